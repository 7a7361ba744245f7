/** What a server's 101 agrees to, or what is wrong with it (RFC 6455 §4.1). */

import { HandshakeError } from "../errors.ts";
import type { DeflateAgreement, DeflateWishes } from "../extensions/permessage-deflate.ts";
import {
  checkConnectResponse,
  checkUpgradeResponse,
  isOpening,
  type ResponseHead,
} from "../handshake/client.ts";
import { listFaults } from "../handshake/fault.ts";
import type { ClientPlan } from "./plan.ts";

/** What both sides have agreed upon. */
export interface Agreement {
  /** The subprotocol that the server chose, `""` for none. */
  readonly protocol: string;
  /** The server's Sec-WebSocket-Extensions, `""` for none. */
  readonly extensions: string;
  /** What was agreed upon about compression; undefined to go without. */
  readonly compression: DeflateAgreement | undefined;
}

/**
 * Judges a response that opens, or no HTTP response at all.
 *
 * @param key Sec-WebSocket-Key of the request
 * @param label the server, for messages
 * @throws HandshakeError `BAD_RESPONSE`, with all that is wrong
 */
export async function judgeAnswer(
  response: ResponseHead,
  key: string,
  label: string,
  { protocols, requireProtocol, settings }: ClientPlan,
): Promise<Agreement> {
  const { status, statusText, fields } = response;
  const wishes = settings.compression;
  const sent = { key, protocols, requireProtocol, extensionOffered: wishes !== undefined };
  const isHttp2 = response.version === "2.0";
  const faults = (isHttp2 ? checkConnectResponse : checkUpgradeResponse)(response, sent);
  const compression = isOpening(response) ? await agreedCompression(response, wishes) : undefined;
  if (typeof compression === "string") faults.push({ status: 0, message: compression });
  if (faults.length === 0 && typeof compression !== "string") {
    const protocol = fields.get("sec-websocket-protocol") ?? "";
    return { protocol, extensions: fields.get("sec-websocket-extensions") ?? "", compression };
  }
  const body = Buffer.alloc(0);
  const received = status === 0 ? undefined : { status, statusText, headers: fields, body };
  throw new HandshakeError(
    "BAD_RESPONSE",
    `${label} did not answer the opening handshake as RFC 6455 has it: ${listFaults(faults)}`,
    { status },
    { faults, received },
  );
}

/** What the server's extensions mean: the agreement, undefined for none, or what is wrong. */
async function agreedCompression(
  { fields }: ResponseHead,
  wishes: DeflateWishes | undefined,
): Promise<DeflateAgreement | string | undefined> {
  const value = fields.get("sec-websocket-extensions");
  if (wishes === undefined || value === undefined) return undefined;
  const { readDeflateAnswer } = await import("../extensions/permessage-deflate.ts");
  return readDeflateAnswer(value, wishes);
}
