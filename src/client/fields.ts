/** The header fields of a client's request that its caller chooses. */

import { ArgumentError } from "../errors.ts";
import { parseAuthority } from "../handshake/authority.ts";
import { checkHeader } from "../handshake/header-lines.ts";
import { isToken, shownToken } from "../handshake/token.ts";
import { basicAuthorization, type Credentials } from "./target.ts";

/** Header fields to send: `{ name: value }`, or pairs of name and value (a `Headers`, a `Map`). */
export type HeaderFields =
  | Readonly<Record<string, string | readonly string[]>>
  | Iterable<readonly [name: string, value: string]>;

/** The options that become header fields of the request. */
export interface FieldOptions {
  /**
   * Further header fields of the request; an array of values is sent as that many lines. Those that the
   * handshake writes itself cannot be given, but for `Host`, which is that of the URL where it is not.
   */
  readonly headers?: HeaderFields;
  /** Cookies to send, by name; names and values as RFC 6265 §4.1.1 has them. */
  readonly cookies?: Readonly<Record<string, string>>;
  /** Value of the Origin field, as browsers send it. Default: no such field. */
  readonly origin?: string;
}

/** Header fields by name as it is written, each with the values of its lines. */
export type FieldLines = Readonly<Record<string, readonly string[]>>;

/** The header fields that are chosen by the caller. */
export interface ClientFields {
  /** The Host field, where the caller has one of its own. */
  readonly host: string | undefined;
  /** All others. */
  readonly lines: FieldLines;
}

/**
 * The header fields that a client sends besides those of the handshake itself: its `headers`,
 * cookies, and the credentials of its URL.
 *
 * @throws ArgumentError for a name or value that cannot be sent, or a field that is given twice.
 */
export function clientFields(
  options: FieldOptions,
  credentials: Credentials | undefined,
): ClientFields {
  const lines = fieldLines("headers", options.headers ?? {});
  const cookie = cookieValue(options.cookies ?? {});
  if (cookie !== "") addOnce(lines, "Cookie", cookie, "the option cookies");
  if (credentials !== undefined) {
    addOnce(lines, "Authorization", basicAuthorization(credentials), "the URL");
  }
  return { host: takeHost(lines), lines };
}

/**
 * The header fields for an HTTP proxy: its `proxyHeaders`, beside the credentials of its URL.
 *
 * @throws ArgumentError as {@link clientFields}
 */
export function proxyFields(
  headers: HeaderFields,
  credentials: Credentials | undefined,
): FieldLines {
  const lines = fieldLines("proxyHeaders", headers);
  if (nameIn(lines, "Host") !== undefined) {
    throw new ArgumentError("proxyHeaders has a Host; that of CONNECT is its target");
  }
  if (credentials !== undefined) {
    const value = basicAuthorization(credentials);
    addOnce(lines, "Proxy-Authorization", value, "the proxy's URL");
  }
  return lines;
}

function fieldLines(option: string, headers: HeaderFields): Record<string, string[]> {
  const lines: Record<string, string[]> = Object.create(null);
  for (const [name, value] of headerPairs(option, headers)) {
    checkHeader(name, value);
    lines[name] ??= [];
    lines[name].push(value);
  }
  return lines;
}

/** Takes the Host field away from the others. */
function takeHost(lines: Record<string, string[]>): string | undefined {
  const name = nameIn(lines, "Host");
  if (name === undefined) return undefined;
  const [host, ...others] = lines[name] ?? [];
  delete lines[name];
  // RFC 9112 §3.2: exactly one.
  if (others.length > 0 || nameIn(lines, "Host") !== undefined) {
    throw new ArgumentError("the header Host is given twice");
  }
  if (parseAuthority(host ?? "") === undefined) {
    throw new ArgumentError("the header Host is no host, expected host or host:port");
  }
  return host;
}

/** One pair for each line to send. */
export function headerPairs(
  option: string,
  headers: HeaderFields,
): (readonly [name: string, value: string])[] {
  if (typeof headers !== "object" || headers === null) {
    throw new ArgumentError(`${option} is neither an object nor a list of pairs of name and value`);
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
  lines: Record<string, string[]>,
  name: string,
  value: string,
  source: string,
): void {
  if (nameIn(lines, name) !== undefined) {
    throw new ArgumentError(`${name} is given twice: by ${source} and among the headers`);
  }
  lines[name] = [value];
}

/** The name by which a field is there, in whatever case. */
function nameIn(lines: FieldLines, name: string): string | undefined {
  return Object.keys(lines).find((given) => given.toLowerCase() === name.toLowerCase());
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
