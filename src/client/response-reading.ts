/** Reads HTTP/1.1 responses on the client's side: the server's to the handshake, a proxy's to CONNECT. */

import type { Socket } from "node:net";
import { HandshakeError } from "../errors.ts";
import { canBeStatusLine, parseResponseHead, type ResponseHead } from "../handshake/client.ts";
import { type HeadLimits, HeadReader } from "../handshake/head-reader.ts";
import { readUntil } from "../socket/reading.ts";
import type { HandshakeAttempt } from "./attempt.ts";
import { readRefusalBody } from "./refusal-body.ts";

/** Interim responses (status 1xx) that are passed over before the final one. */
const MOST_INTERIM_RESPONSES = 8;

/** Milliseconds to wait for the start of a refusal's body, if the deadline leaves as many. */
const BODY_PATIENCE = 1000;

/**
 * Reads the head of the final response and leaves what follows it in the socket, paused.
 * Resolves with undefined when the peer hangs up before.
 *
 * @throws HandshakeError `HEAD_TOO_LARGE`; the socket's error.
 */
export async function readResponseHead(
  socket: Socket,
  limits: HeadLimits,
): Promise<ResponseHead | undefined> {
  let head: ResponseHead;
  let interim = 0;
  do {
    const reader = new HeadReader(limits, canBeStatusLine);
    try {
      if (!(await readUntil(socket, (chunk) => reader.push(chunk)))) return undefined;
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

/**
 * The error for a response whose status says no: with its status, its header fields, and the
 * first 4,096 bytes of its body, which are waited for within the attempt's deadline and no longer
 * than a second. The socket is of no use afterwards.
 */
export async function refusal(
  code: "REFUSED" | "PROXY_REFUSED",
  message: string,
  head: ResponseHead,
  socket: Socket,
  attempt: HandshakeAttempt,
): Promise<HandshakeError> {
  const patience = Math.min(BODY_PATIENCE, attempt.liftDeadline());
  const body = await readRefusalBody(socket, (name) => head.fields.get(name), patience);
  const headers = head.fields.toRecord();
  return new HandshakeError(code, message, { status: head.status, headers, body });
}
