import { ArgumentError } from "../errors.ts";
import { describe } from "../options/describe.ts";
import { acceptKey } from "./accept-key.ts";
import { reasonPhrase } from "./reason-phrases.ts";
import { WEBSOCKET_VERSION } from "./request.ts";
import { isFieldValue, isToken, shownToken, trimmed } from "./token.ts";

/** Header fields that a caller gives: one value, or one for each of several lines (Set-Cookie). */
export type HeaderValues = Readonly<Record<string, string | readonly string[]>>;

/** What an answer to an accepted opening handshake says. */
export interface Acceptance {
  /** Sec-WebSocket-Key of the request. */
  readonly key: string;
  /** The subprotocol that was chosen, one of those offered. */
  readonly protocol?: string | undefined;
  /** The value of Sec-WebSocket-Extensions, where an extension is in use. */
  readonly extensions?: string | undefined;
  readonly headers?: HeaderValues | undefined;
}

/** A final answer other than 101. A `HandshakeError` with a status from 200 on is one. */
export interface Refusal {
  /** 200 to 599. */
  readonly status: number;
  readonly headers?: HeaderValues | undefined;
  /** Text is sent as UTF-8. */
  readonly body?: string | Uint8Array | undefined;
}

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
  if (typeof value !== "string") return `is ${describe(value)}`;
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

/**
 * The head of the answer that opens the connection (RFC 6455 §4.2.2), the empty line included, one
 * byte per character (latin1).
 *
 * @throws ArgumentError where the subprotocol is no token, the extensions are no field value, or a
 *   header cannot be sent
 */
export function acceptHead({ key, protocol, extensions, headers }: Acceptance): string {
  let head =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${acceptKey(key)}\r\n`;
  if (protocol !== undefined) {
    if (!isToken(protocol)) {
      throw new ArgumentError("the subprotocol is not a token (RFC 6455 §4.1)");
    }
    head += `Sec-WebSocket-Protocol: ${protocol}\r\n`;
  }
  if (extensions !== undefined) {
    if (!isFieldValue(extensions)) {
      throw new ArgumentError("the extensions are no text that fits into a header");
    }
    head += `Sec-WebSocket-Extensions: ${extensions}\r\n`;
  }
  if (headers !== undefined) head += headerLines(headers);
  return `${head}\r\n`;
}

/**
 * A whole HTTP/1.1 response that refuses a handshake and ends the connection. Text has the content
 * type `text/plain; charset=utf-8` unless the headers name another; 426 names the protocol and the
 * version to upgrade to (RFC 6455 §4.4).
 *
 * @throws ArgumentError where the status is none of 200 to 599, where 204 or 304 has a body, or
 *   where a header cannot be sent
 */
export function answerBytes(answer: Refusal): Buffer {
  const { body = "" } = answer;
  const content = typeof body === "string" ? Buffer.from(body) : body;
  return Buffer.concat([Buffer.from(answerHead(answer, content.length), "latin1"), content]);
}

/**
 * The head of that response alone, the empty line included, one byte per character (latin1).
 *
 * @param bodyLength bytes of the body that follows
 * @throws ArgumentError as {@link answerBytes} does
 */
export function answerHead(answer: Refusal, bodyLength: number): string {
  const { status, headers } = answer;
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new ArgumentError(`the status of an answer is ${status}, expected 200 to 599`);
  }
  // RFC 9110 §15.3.5, §15.4.5: these two end with their head.
  const bodiless = status === 204 || status === 304;
  if (bodiless && bodyLength > 0) {
    throw new ArgumentError(`an answer with status ${status} has no body`);
  }
  // RFC 9110 §15.5.22: 426 says what to upgrade to; §7.8: Upgrade is announced in Connection.
  const upgrade = status === 426;
  let head = `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${headerLines(headers)}`;
  if (bodyLength > 0 && !hasContentType(headers)) {
    head += "Content-Type: text/plain; charset=utf-8\r\n";
  }
  if (!bodiless) head += `Content-Length: ${bodyLength}\r\n`;
  if (upgrade) head += `Upgrade: websocket\r\nSec-WebSocket-Version: ${WEBSOCKET_VERSION}\r\n`;
  return `${head}Connection: ${upgrade ? "Upgrade, close" : "close"}\r\n\r\n`;
}

function hasContentType(headers: HeaderValues | undefined): boolean {
  return Object.keys(headers ?? {}).some((name) => name.toLowerCase() === "content-type");
}
