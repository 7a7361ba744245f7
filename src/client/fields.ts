/** The header fields of a client's request that its caller chooses. */

import { ArgumentError } from "../errors.ts";
import { checkHeader } from "../handshake/response.ts";
import { isToken, shownToken } from "../handshake/token.ts";
import { basicAuthorization, type Credentials } from "./target.ts";

/** Header fields to send: `{ name: value }`, or pairs of name and value (a `Headers`, a `Map`). */
export type HeaderFields =
  | Readonly<Record<string, string | readonly string[]>>
  | Iterable<readonly [name: string, value: string]>;

/** The options that become header fields of the request. */
export interface FieldOptions {
  /**
   * Further header fields of the request; an array of values is sent as that many lines. Those
   * that the handshake writes itself, Host among them, cannot be given.
   */
  readonly headers?: HeaderFields;
  /** Cookies to send, by name; names and values as RFC 6265 §4.1.1 has them. */
  readonly cookies?: Readonly<Record<string, string>>;
  /** Value of the Origin field, as browsers send it. Default: no such field. */
  readonly origin?: string;
}

/**
 * The header fields that a client sends besides those of the handshake itself: its `headers`,
 * cookies, and the credentials of its URL. Each name has the values of its lines.
 *
 * @throws ArgumentError for a name or value that cannot be sent, or a field that is given twice.
 */
export function clientFields(
  options: FieldOptions,
  credentials: Credentials | undefined,
): Record<string, string[]> {
  const fields: Record<string, string[]> = Object.create(null);
  for (const [name, value] of headerLines(options.headers ?? {})) {
    checkHeader(name, value);
    fields[name] ??= [];
    fields[name].push(value);
  }
  const cookie = cookieValue(options.cookies ?? {});
  if (cookie !== "") addOnce(fields, "Cookie", cookie, "the option cookies");
  if (credentials !== undefined) {
    addOnce(fields, "Authorization", basicAuthorization(credentials), "the URL");
  }
  return fields;
}

/** One pair for each line to send. */
function headerLines(headers: HeaderFields): (readonly [name: string, value: string])[] {
  if (typeof headers !== "object" || headers === null) {
    throw new ArgumentError("headers is neither an object nor a list of pairs of name and value");
  }
  if (isIterable(headers)) return [...headers];
  return Object.entries(headers).flatMap(([name, given]) =>
    (Array.isArray(given) ? given : [given]).map((value) => [name, value] as const),
  );
}

function isIterable(headers: HeaderFields): headers is Iterable<readonly [string, string]> {
  return Symbol.iterator in headers;
}

function addOnce(
  fields: Record<string, string[]>,
  name: string,
  value: string,
  source: string,
): void {
  if (Object.keys(fields).some((given) => given.toLowerCase() === name.toLowerCase())) {
    throw new ArgumentError(`${name} is given twice: by ${source} and in headers`);
  }
  fields[name] = [value];
}

function cookieValue(cookies: Readonly<Record<string, string>>): string {
  if (typeof cookies !== "object" || cookies === null) {
    throw new ArgumentError("cookies is not an object of names and values");
  }
  return Object.entries(cookies)
    .map(([name, value]) => `${checkCookieName(name)}=${checkCookieValue(name, value)}`)
    .join("; ");
}

// RFC 6265 §4.1.1: a token as name; in the value visible ASCII without ", comma, semicolon and \.
function checkCookieName(name: string): string {
  if (isToken(name)) return name;
  throw new ArgumentError(`the cookie name ${shownToken(name)} is not a token`);
}

function checkCookieValue(name: string, value: string): string {
  if (typeof value === "string" && /^[!#-+\--:<-[\]-~]*$/.test(value)) return value;
  throw new ArgumentError(
    `the value of the cookie ${name} has a character that a cookie cannot have; encodeURIComponent() helps`,
  );
}
