/** Reads HTTP/1.1 responses on the client's side: the server's to the handshake, a proxy's to CONNECT. */

import type { Duplex } from "node:stream";
import { HandshakeError } from "../errors.ts";
import { canBeStatusLine, parseResponseHead, type ResponseHead } from "../handshake/client.ts";
import { type HeadLimits, HeadReader } from "../handshake/head-reader.ts";
import { readUntil } from "../socket/reading.ts";

/** Interim responses (status 1xx) that are passed over before the final one. */
const MOST_INTERIM_RESPONSES = 8;

/**
 * Reads the head of the final response and leaves what follows it in the stream, paused.
 * Resolves with undefined when the peer hangs up before.
 *
 * @throws HandshakeError `HEAD_TOO_LARGE`; the stream's error.
 */
export async function readResponseHead(
  stream: Duplex,
  limits: HeadLimits,
): Promise<ResponseHead | undefined> {
  let head: ResponseHead;
  let interim = 0;
  do {
    const reader = new HeadReader(limits, canBeStatusLine);
    try {
      if (!(await readUntil(stream, (chunk) => reader.push(chunk)))) return undefined;
      head = parseResponseHead(reader.bytes, limits.maxFields);
    } catch (error) {
      throw isTooLarge(error) ? tooLarge(error) : error;
    }
    // RFC 9110 §15.2: a client must be able to parse interim responses before the final one.
  } while (isInterim(head.status) && ++interim <= MOST_INTERIM_RESPONSES);
  return head;
}

/** 101 is final here: it is what was asked for. */
function isInterim(status: number): boolean {
  return status >= 100 && status < 200 && status !== 101;
}

function isTooLarge(error: unknown): error is HandshakeError {
  return error instanceof HandshakeError && error.code === "HEAD_TOO_LARGE";
}

/** The reader and the parser speak as a server would, with a status to answer; here is none. */
function tooLarge(error: HandshakeError): HandshakeError {
  return new HandshakeError(error.code, `in the response, ${error.message}`, { status: 0 });
}
