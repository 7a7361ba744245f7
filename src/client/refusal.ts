/** The error for a response whose status says no: the server's to the handshake, a proxy's to CONNECT. */

import type { Duplex } from "node:stream";
import { HandshakeError } from "../errors.ts";
import type { ResponseHead } from "../handshake/client.ts";
import type { HandshakeAttempt } from "./attempt.ts";
import { readRefusalBody } from "./refusal-body.ts";

/** Where the body of a refusal comes from, and how much of it is wanted. */
export interface RefusalSource {
  readonly stream: Duplex;
  readonly attempt: HandshakeAttempt;
  /** Bytes of the body that are kept. */
  readonly maxRefusalBody: number;
}

/**
 * The error for a response whose status says no, with all of it: status, header fields and body, which is
 * waited for within the attempt's deadline and no longer than a second without bytes. The stream is of no
 * use afterwards.
 */
export async function refusal(
  code: "REFUSED" | "PROXY_REFUSED",
  message: string,
  head: ResponseHead,
  { stream, attempt, maxRefusalBody }: RefusalSource,
): Promise<HandshakeError> {
  const limits = { maxBytes: maxRefusalBody, timeout: attempt.liftDeadline() };
  const body = await readRefusalBody(stream, (name) => head.fields.get(name), limits);
  const { status, statusText, fields } = head;
  const received = { status, statusText, headers: fields, body };
  return new HandshakeError(code, message, { status }, { received });
}
