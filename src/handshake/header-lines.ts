/** Header fields that a caller gives, for requests and responses alike. */

import { ArgumentError } from "../errors.ts";
import { isFieldValue, isToken, shownToken, trimmed } from "./token.ts";

/** Header fields that a caller gives: one value, or one for each of several lines (Set-Cookie). */
export type HeaderValues = Readonly<Record<string, string | readonly string[]>>;

/** Fields that this library writes itself, beside all of Sec-WebSocket-*. */
const OWN_FIELDS = new Set(["connection", "upgrade", "content-length", "transfer-encoding"]);

/**
 * Checks a header field that a caller gives (RFC 9110 §5). The message does not repeat its value.
 *
 * @throws ArgumentError where the name is no token, where the value has CR, LF, NUL, another
 *   control character, a character above U+00FF or space around it, or where the field is one that
 *   the handshake writes itself: Connection, Upgrade, Sec-WebSocket-*, Content-Length,
 *   Transfer-Encoding
 */
export function checkHeader(name: string, value: string): void {
  if (!isToken(name)) {
    const written = shownToken(String(name));
    throw new ArgumentError(`the header name ${written} is not a token (RFC 9110 §5.1)`);
  }
  const lowercase = name.toLowerCase();
  if (OWN_FIELDS.has(lowercase) || lowercase.startsWith("sec-websocket-")) {
    throw new ArgumentError(`the header ${name} is written by the handshake and cannot be given`);
  }
  const fault = valueFault(value);
  if (fault === undefined) return;
  throw new ArgumentError(
    `the value of the header ${name} ${fault}, expected latin1 text without control characters ` +
      "or space around it (RFC 9110 §5.5)",
  );
}

/** What keeps a value from being sent in a field; undefined for nothing. */
function valueFault(value: unknown): string | undefined {
  if (typeof value !== "string") return "is no string";
  if (/[\r\n]/.test(value)) return "has a line break in it";
  if (!isFieldValue(value)) return "has a character that cannot be sent";
  return trimmed(value) === value ? undefined : "has space around it";
}

/**
 * Header fields as lines, each ended with CR LF; `""` for none.
 *
 * @throws ArgumentError as {@link checkHeader} does
 */
export function headerLines(headers: HeaderValues | undefined): string {
  let lines = "";
  for (const [name, given] of Object.entries(headers ?? {})) {
    for (const value of Array.isArray(given) ? given : [given]) {
      checkHeader(name, value);
      lines += `${name}: ${value}\r\n`;
    }
  }
  return lines;
}
