/** The client's side of the opening handshake (RFC 6455 §4.1), from nothing to an open connection. */

import { randomBytes } from "node:crypto";
import type { Duplex } from "node:stream";
import type { MessageCodec } from "../compression/codec.ts";
import { HandshakeError } from "../errors.ts";
import type { DeflateWishes } from "../extensions/permessage-deflate.ts";
import { encodeKey } from "../handshake/accept-key.ts";
import { isOpening, type ResponseHead, requestHead } from "../handshake/client.ts";
import { type Agreement, judgeAnswer } from "./answer.ts";
import { HandshakeAttempt } from "./attempt.ts";
import { dial } from "./dialling/dial.ts";
import { isTlsError, lost } from "./dialling/settled.ts";
import type { Answered } from "./http2/request.ts";
import type { ClientPlan, Hop } from "./plan.ts";
import { readResponseHead } from "./response-reading.ts";
import { labelOf, placeOf } from "./target.ts";

/** What a successful opening handshake gives. */
export interface OpenedClient extends Omit<Agreement, "compression"> {
  /**
   * Connected, TLS done, paused. What the server sent right behind its response is still in it.
   * Nobody listens for its errors.
   */
  readonly stream: Duplex;
  /** The head of the server's response. */
  readonly response: ResponseHead;
  /** Where compression was agreed upon. */
  readonly codec: MessageCodec | undefined;
}

/**
 * Connects and does the opening handshake, then calls `adopt` with the result, whose error it
 * passes on, and returns what it returns. `adopt` must listen for the stream's errors before it
 * returns. Where anything fails, all streams are destroyed.
 *
 * @throws ArgumentError for a request that cannot be sent, HandshakeError, the signal's reason.
 */
export async function openClient<T>(
  plan: ClientPlan,
  adopt: (opened: OpenedClient) => T,
): Promise<T> {
  const { hop, handshakeTimeout, signal } = plan;
  const attempt = new HandshakeAttempt(labelOf(hop.target), handshakeTimeout, signal);
  try {
    const opened = await follow(plan, attempt);
    attempt.success(opened.stream);
    return adopt(opened);
  } catch (error) {
    throw attempt.failure(error);
  }
}

/** Asks, and asks where redirects lead to, as far as the plan allows. */
async function follow(plan: ClientPlan, attempt: HandshakeAttempt): Promise<OpenedClient> {
  let { hop, options } = plan;
  for (let taken = 0; ; taken++) {
    // §4.1: the nonce MUST be chosen at random for every connection.
    const key = encodeKey(randomBytes(16));
    const { stream, response } = await exchange(hop, key, plan, attempt);
    if (isOpening(response) || response.status === 0) {
      const { compression, ...agreed } = await judgeAnswer(
        response,
        key,
        labelOf(hop.target),
        plan,
      );
      return { stream, response, ...agreed, codec: await codecFor(compression, plan) };
    }
    // Most are accepted by the server that they ask, and need not load it.
    const { afterRefusal } = await import("./after-refusal.ts");
    const source = { stream, attempt, ...hop.dial };
    ({ hop, options } = await afterRefusal(response, { hop, options, taken }, source, plan));
    attempt.leave();
  }
}

async function codecFor(
  compression: Agreement["compression"],
  { settings }: ClientPlan,
): Promise<MessageCodec | undefined> {
  if (compression === undefined) return undefined;
  // Most clients go without. The attempt owns the stream meanwhile.
  const { messageCodec } = await import("../compression/codec.ts");
  return messageCodec(compression, settings);
}

/** Sends one request, and reads the head of the answer. */
async function exchange(
  hop: Hop,
  key: string,
  plan: ClientPlan,
  attempt: HandshakeAttempt,
): Promise<Answered> {
  if (plan.http === 1) return askOverHttp1(hop, key, plan, attempt, undefined);
  // Few clients ask for it, and the others need not load it.
  const { openOverHttp2 } = await import("./http2/open.ts");
  const outcome = await openOverHttp2(hop, plan, attempt);
  if (outcome?.response !== undefined) return outcome;
  const http1 = { ...hop, dial: { ...hop.dial, alpn: ["http/1.1"] } };
  return askOverHttp1(http1, key, plan, attempt, outcome?.stream);
}

/** @param given a stream that is there already */
async function askOverHttp1(
  hop: Hop,
  key: string,
  plan: ClientPlan,
  attempt: HandshakeAttempt,
  given: Duplex | undefined,
): Promise<Answered> {
  const stream = await ask(hop, key, plan, attempt, given);
  return { stream, response: await readAnswer(stream, hop) };
}

/** Sends one request, on a stream of its own. */
async function ask(
  { target, host, fields, dial: settings }: Hop,
  key: string,
  plan: ClientPlan,
  attempt: HandshakeAttempt,
  given: Duplex | undefined,
): Promise<Duplex> {
  const { origin, protocols } = plan;
  const wishes = plan.settings.compression;
  const request = requestHead({
    target: target.resource,
    host,
    key,
    origin,
    protocols,
    extensions: wishes === undefined ? undefined : await offered(wishes),
    headers: fields,
  });
  const stream = given ?? (await dial(target, settings, attempt));
  attempt.enter(`the opening handshake (HTTP) with ${placeOf(target)}`);
  stream.write(request, "latin1");
  return stream;
}

/** What is offered of compression, which most clients go without. */
async function offered(wishes: DeflateWishes): Promise<string> {
  const { offerDeflate } = await import("../extensions/permessage-deflate.ts");
  return offerDeflate(wishes);
}

async function readAnswer(stream: Duplex, { target, dial: settings }: Hop): Promise<ResponseHead> {
  const place = placeOf(target);
  let head: ResponseHead | undefined;
  try {
    head = await readResponseHead(stream, settings.limits);
  } catch (error) {
    if (error instanceof HandshakeError) throw error;
    // In TLS 1.3 a server judges the client's certificate only after the client's handshake.
    if (isTlsError(error)) {
      const { tlsFailure } = await import("./dialling/tls-failure.ts");
      throw tlsFailure(`TLS with ${place}`, "tls", error);
    }
    throw lost(`the connection to ${place} broke during the opening handshake`, error);
  }
  if (head === undefined) {
    throw lost(`${place} closed the connection instead of answering the opening handshake`);
  }
  return head;
}
