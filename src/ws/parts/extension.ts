import { ArgumentError } from "../../errors.ts";
import { type ExtensionOffer, formatExtensions, parseExtensions } from "../../extensions/header.ts";

/** Parameters of an extension by name, each with all the values that it was given; `true` for none. */
export type ParsedParams = Record<string, (string | true)[]>;

/** Parameters of an extension to be written. */
export type Params = Readonly<Record<string, Value | readonly Value[]>>;

type Value = string | number | boolean;

/**
 * Reads a Sec-WebSocket-Extensions value (RFC 6455 §9.1).
 *
 * @returns for each extension by name all its offers, in their order
 * @throws SyntaxError for what is no such value
 */
function parse(header: string): Record<string, ParsedParams[]> {
  const offers = parseExtensions(header);
  if (offers === undefined) {
    throw new SyntaxError(`not a list of extensions (RFC 6455 §9.1): ${header}`);
  }
  const parsed: Record<string, ParsedParams[]> = Object.create(null);
  for (const { name, params } of offers) {
    parsed[name] ??= [];
    parsed[name].push(paramsOf(params));
  }
  return parsed;
}

function paramsOf(list: ExtensionOffer["params"]): ParsedParams {
  const params: ParsedParams = Object.create(null);
  for (const [name, value] of list) {
    params[name] ??= [];
    params[name].push(value);
  }
  return params;
}

/**
 * Writes a Sec-WebSocket-Extensions value, the inverse of {@link parse}.
 *
 * @throws SyntaxError for what fits into none
 */
function format(extensions: Readonly<Record<string, Params | readonly Params[]>>): string {
  const list = Object.entries(extensions).flatMap(([name, offers]) =>
    asList(offers).map((params) => ({ name, params: entriesOf(params as Params) })),
  );
  try {
    return formatExtensions(list);
  } catch (error) {
    throw error instanceof ArgumentError ? new SyntaxError(error.message) : error;
  }
}

function entriesOf(params: Params): (readonly [name: string, value: string | true])[] {
  return Object.entries(params).flatMap(([name, values]) =>
    asList(values).map((value) => [name, value === true ? true : String(value)] as const),
  );
}

function asList<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}

/** Reads and writes Sec-WebSocket-Extensions. */
export const extension = { format, parse };
