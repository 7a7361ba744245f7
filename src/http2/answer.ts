/** The answers of a server to an extended CONNECT (RFC 8441 §5). */
import type { OutgoingHttpHeaders } from "node:http2";
import { ArgumentError } from "../errors.ts";
import { acceptKey, isAcceptableKey, WEBSOCKET_VERSION } from "../handshake/accept-key.ts";
import { checkHeader, type HeaderValues } from "../handshake/header-lines.ts";
import type { Acceptance, Refusal } from "../handshake/response.ts";

/** RFC 9113 §8.2.2: what HTTP/2 has no such fields for. Those that the handshake writes are refused anyway. */
const OF_CONNECTION = new Set(["keep-alive", "proxy-connection", "te"]);

/**
 * The fields of the answer that opens the connection. RFC 8441 §5 has no Sec-WebSocket-Accept; a client that sends
 * Sec-WebSocket-Key all the same may insist on one, as undici 7 does.
 *
 * @throws ArgumentError as for HTTP/1.1
 */
export function acceptFields(acceptance: Acceptance): OutgoingHttpHeaders {
  const { key, protocol, extensions, headers } = acceptance;
  return {
    ":status": 200,
    ...(isAcceptableKey(key) ? { "sec-websocket-accept": acceptKey(key) } : {}),
    ...(protocol === undefined ? {} : { "sec-websocket-protocol": protocol }),
    ...(extensions === undefined ? {} : { "sec-websocket-extensions": extensions }),
    ...givenFields(headers),
  };
}

/** A whole answer that refuses. */
export interface RefusalAnswer {
  readonly fields: OutgoingHttpHeaders;
  readonly body: Uint8Array;
}

/**
 * The answer that refuses a request. One of 400 names the version that is spoken: 426, which HTTP/1.1 has for
 * that, asks for an upgrade, of which HTTP/2 has none (RFC 9113 §8.6).
 *
 * @throws ArgumentError as for HTTP/1.1
 */
export function refusalAnswer({ status, headers, body = "" }: Refusal): RefusalAnswer {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new ArgumentError(`the status of an answer is ${status}, expected 200 to 599`);
  }
  // RFC 8441 §5: any status of success opens the connection.
  if (status < 300) {
    throw new ArgumentError(
      `the status of a refusal over HTTP/2 is ${status}, expected 300 to 599`,
    );
  }
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  if (status === 304 && bytes.length > 0) {
    throw new ArgumentError(`an answer with status ${status} has no body`);
  }
  const sent = status === 426 ? 400 : status;
  const fields: OutgoingHttpHeaders = { ":status": sent };
  if (sent === 400) fields["sec-websocket-version"] = WEBSOCKET_VERSION;
  if (bytes.length > 0) fields["content-type"] = "text/plain; charset=utf-8";
  if (status !== 304) fields["content-length"] = bytes.length;
  return { fields: { ...fields, ...givenFields(headers) }, body: bytes };
}

/** Names in lower case (RFC 9113 §8.2.1), without those that are about a connection of HTTP/1.1. */
export function givenFields(headers: HeaderValues | undefined): Record<string, string | string[]> {
  const fields: Record<string, string | string[]> = {};
  for (const [name, given] of Object.entries(headers ?? {})) {
    const values = Array.isArray(given) ? given : [given];
    for (const value of values) checkHeader(name, value);
    const lowercase = name.toLowerCase();
    if (!OF_CONNECTION.has(lowercase)) fields[lowercase] = [...values];
  }
  return fields;
}
