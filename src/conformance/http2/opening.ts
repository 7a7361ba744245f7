/** The opening handshake over HTTP/2 (RFC 8441 §4, §5): extended CONNECT and its answer. */
import { type DeflateOffer, offerField } from "../opening/deflate-offer.ts";
import { checkExtensions, JUDGE, type Opened, protocolFault } from "../opening/handshake.ts";
import { open, type Testee } from "../testee.ts";
import type { Head } from "../wire/head.ts";
import type { Recorder } from "../wire/recorder.ts";
import type { Field } from "./hpack.ts";
import { Session, type SessionOptions } from "./session.ts";

/** Connects, and waits for the testee's settings. Rejects when they do not come in time. */
export async function openSession(
  testee: Testee,
  recorder: Recorder,
  wait: number,
  options: SessionOptions = {},
): Promise<Session> {
  const socket = await open(testee, wait);
  if ("alpnProtocol" in socket && socket.alpnProtocol !== "h2") {
    socket.destroy();
    throw new Error("RFC 9113 §3.2: the TLS server did not choose h2 by ALPN");
  }
  const session = new Session(socket, recorder, options);
  if (await session.until(() => session.settings !== undefined, wait)) return session;
  session.abort();
  const silence = session.ended ? "ended the connection" : `sent no SETTINGS within ${wait} ms`;
  throw new Error(session.fault ?? `RFC 9113 §3.4: the testee ${silence}`);
}

/** A right request for a WebSocket, the pseudo-header fields first. */
export function connectRequest(testee: Testee, more: readonly Field[] = []): Field[] {
  const { headers, host, origin, path, secure } = testee;
  return [
    [":method", "CONNECT"],
    [":protocol", "websocket"],
    [":scheme", secure ? "https" : "http"],
    [":path", path],
    [":authority", host],
    ["sec-websocket-version", "13"],
    ["user-agent", JUDGE],
    ...headers.map(([name, value]): Field => [name.toLowerCase(), value]),
    ...(origin === undefined ? [] : [["origin", origin] as const]),
    ...more,
  ];
}

/** The field that offers permessage-deflate. */
export const deflateFields = (offer: DeflateOffer | undefined): Field[] =>
  offer === undefined ? [] : [["sec-websocket-extensions", offerField(offer)]];

/** Fields as lines, for reports. */
export const shownFields = (fields: readonly Field[]): string =>
  fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");

/** The status of an answer, 0 where there is none to be read. */
export const statusOf = (head: Head): number =>
  Number(/^HTTP\/2 (\d{3})$/.exec(head.start)?.[1] ?? 0);

/** Checks the answer to an extended CONNECT: any 2xx opens (RFC 8441 §5). */
export function checkConnectAnswer(
  head: Head,
  offered: DeflateOffer | undefined,
  protocols: readonly string[] = [],
): Opened {
  const status = statusOf(head);
  if (status < 200 || status > 299) {
    return { refused: `RFC 8441 §5: expected a status of 2xx, got "${head.start}"` };
  }
  const refused = protocolFault(head, protocols);
  return refused === undefined ? checkExtensions(head, offered) : { refused };
}
