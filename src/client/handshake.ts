/** The client's side of the opening handshake (RFC 6455 §4.1), from nothing to an open connection. */

import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { HandshakeError } from "../errors.ts";
import { parseExtensions } from "../extensions/header.ts";
import {
  checkDeflateAnswer,
  type DeflateAgreement,
  type DeflateWishes,
  offerDeflate,
} from "../extensions/permessage-deflate.ts";
import { encodeKey } from "../handshake/accept-key.ts";
import {
  checkUpgradeResponse,
  type ResponseHead,
  requestHead,
  type SentRequest,
} from "../handshake/client.ts";
import { listFaults } from "../handshake/fault.ts";
import { shown } from "../options/describe.ts";
import { HandshakeAttempt } from "./attempt.ts";
import { lost, openTransport, placeOf } from "./dial.ts";
import type { ClientPlan } from "./options.ts";
import { readResponseHead, refusal } from "./response-reading.ts";
import type { Target } from "./target.ts";
import { isTlsError, tlsFailure } from "./tls-failure.ts";

/** What a successful opening handshake gives. */
export interface OpenedClient {
  /**
   * Connected, TLS done, paused. What the server sent right behind its response is still in it.
   * Nobody listens for its errors.
   */
  readonly socket: Socket;
  /** The subprotocol that the server chose, `""` for none. */
  readonly protocol: string;
  /** The server's Sec-WebSocket-Extensions, `""` for none. */
  readonly extensions: string;
  /** What was agreed upon about compression; undefined to go without. */
  readonly compression: DeflateAgreement | undefined;
  /** The head of the server's response. */
  readonly response: ResponseHead;
}

/**
 * Connects and does the opening handshake, then calls `adopt` with the result, whose error it
 * passes on, and returns what it returns. `adopt` must listen for the socket's errors before it
 * returns. Where anything fails, all sockets are destroyed.
 *
 * @throws ArgumentError for a request that cannot be sent, HandshakeError, the signal's reason.
 */
export async function openClient<T>(
  plan: ClientPlan,
  adopt: (opened: OpenedClient) => T,
): Promise<T> {
  const { target, protocols, origin } = plan;
  const wishes = plan.settings.compression;
  // §4.1: the nonce MUST be chosen at random for every connection.
  const key = encodeKey(randomBytes(16));
  const request = requestHead({
    target: target.resource,
    host: target.authority,
    key,
    origin,
    protocols,
    extensions: wishes === undefined ? undefined : offerDeflate(wishes),
    headers: plan.fields,
  });
  const attempt = new HandshakeAttempt(labelOf(target), plan.handshakeTimeout, plan.signal);
  try {
    const socket = await openTransport(target, plan.transport, attempt);
    attempt.enter(`the opening handshake (HTTP) with ${placeOf(target)}`);
    socket.write(request, "latin1");
    const response = await readAnswer(socket, plan);
    const compression = agreedCompression(response, wishes);
    const extensionFault = typeof compression === "string" ? compression : undefined;
    const sent = { key, protocols, extensionOffered: wishes !== undefined };
    await checkAnswer(response, { ...sent, extensionFault }, socket, target, attempt);
    attempt.success(socket);
    return adopt({
      socket,
      protocol: response.fields.get("sec-websocket-protocol") ?? "",
      extensions: response.fields.get("sec-websocket-extensions") ?? "",
      compression: typeof compression === "string" ? undefined : compression,
      response,
    });
  } catch (error) {
    throw attempt.failure(error);
  }
}

/** The target for messages: no credentials, no path and no query, which may be secret. */
function labelOf(target: Target): string {
  const scheme = target.secure ? "wss" : "ws";
  return target.socketPath === undefined
    ? `${scheme}://${target.authority}`
    : `${scheme}+unix:${target.socketPath}`;
}

/** Where a redirect leads, without user name, password and query. */
function shownPlace(location: string): string {
  return shown(location.replace(/[?#].*/s, "").replace(/\/\/[^/]*@/, "//"));
}

async function readAnswer(socket: Socket, plan: ClientPlan): Promise<ResponseHead> {
  const place = placeOf(plan.target);
  let head: ResponseHead | undefined;
  try {
    head = await readResponseHead(socket, plan.transport.limits);
  } catch (error) {
    if (error instanceof HandshakeError) throw error;
    // In TLS 1.3 a server judges the client's certificate only after the client's handshake.
    if (isTlsError(error)) throw tlsFailure(`TLS with ${place}`, "tls", error);
    throw lost(`the connection to ${place} broke during the opening handshake`, error);
  }
  if (head === undefined) {
    throw lost(`${place} closed the connection instead of answering the opening handshake`);
  }
  return head;
}

/** What the server's extensions mean: the agreement, undefined for none, or what is wrong. */
function agreedCompression(
  { fields }: ResponseHead,
  wishes: DeflateWishes | undefined,
): DeflateAgreement | string | undefined {
  const value = fields.get("sec-websocket-extensions");
  if (wishes === undefined || value === undefined) return undefined;
  const answer = parseExtensions(value);
  if (answer !== undefined) return checkDeflateAnswer(answer, wishes);
  return `Sec-WebSocket-Extensions is ${shown(value)}, which breaks its grammar (RFC 6455 §9.1)`;
}

/** Returns if the response opens the connection (§4.1); throws what it is instead. */
async function checkAnswer(
  response: ResponseHead,
  sent: SentRequest & { readonly extensionFault: string | undefined },
  socket: Socket,
  target: Target,
  attempt: HandshakeAttempt,
): Promise<void> {
  const { status, statusText } = response;
  if (status !== 101 && status !== 0) {
    const location = response.fields.get("location");
    const message =
      `${labelOf(target)} refused the opening handshake: ${status} ${shown(statusText)}` +
      (location === undefined
        ? ""
        : `; Location is ${shownPlace(location)}, which is not followed`);
    throw await refusal("REFUSED", message, response, socket, attempt);
  }
  const faults = checkUpgradeResponse(response, sent);
  if (sent.extensionFault !== undefined && status === 101) {
    faults.push({ status: 0, message: sent.extensionFault });
  }
  if (faults.length === 0) return;
  throw new HandshakeError(
    "BAD_RESPONSE",
    `${labelOf(target)} did not answer the opening handshake as RFC 6455 has it: ${listFaults(faults)}`,
    { status, headers: response.fields.toRecord() },
    { faults },
  );
}
