import { ArgumentError } from "../errors.ts";
import { acceptKey, WEBSOCKET_VERSION } from "./accept-key.ts";
import { type HeaderValues, headerLines } from "./header-lines.ts";
import { reasonPhrase } from "./reason-phrases.ts";
import { isFieldValue, isToken } from "./token.ts";

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
