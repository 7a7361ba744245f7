/** The judge's own part of the opening handshake as a server (RFC 6455 §4.2). */
import { Deflate } from "../wire/deflate.ts";
import {
  acceptFor,
  extensionsOf,
  fieldValues,
  formatHead,
  type Head,
  hasToken,
} from "../wire/head.ts";
import { chooseAnswer, type DeflateOffer } from "./deflate-offer.ts";
import { JUDGE, type Opened, offeredProtocols } from "./handshake.ts";

/** An answer to a client: the head to send and what it opens. */
export interface Answer {
  readonly head: string;
  readonly opened: Opened;
}

/**
 * Answers a client's request (§4.2): 101 with the first subprotocol it asks for that is one of
 * `protocols`, or an error with a status that fits.
 */
export function answerRequest(
  head: Head,
  wishes: DeflateOffer | undefined,
  protocols: readonly string[] = [],
): Answer {
  const fault = requestFault(head);
  if (fault !== undefined) return refusal(fault.status, fault.why);
  const chosen = wishes === undefined ? undefined : chooseAnswer(wishes, extensionsOf(head));
  const protocol = offeredProtocols(head.fields).find((name) => protocols.includes(name));
  const answer = formatHead("HTTP/1.1 101 Switching Protocols", [
    ["Server", JUDGE],
    ["Upgrade", "WebSocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptFor(fieldValues(head, "Sec-WebSocket-Key")[0]!)],
    ...(protocol === undefined ? [] : [["Sec-WebSocket-Protocol", protocol] as const]),
    ...(chosen === undefined ? [] : [["Sec-WebSocket-Extensions", chosen.field] as const]),
  ]);
  const deflate = chosen === undefined ? undefined : new Deflate(chosen.parameters);
  return { head: answer, opened: { deflate } };
}

/** An HTTP error as an answer, with the reason as its body. */
export function refusal(status: number, why: string): Answer {
  const body = `${why}\n`;
  const fields: [string, string][] = [
    ["Server", JUDGE],
    ["Connection", "close"],
    ["Content-Type", "text/plain; charset=utf-8"],
    ["Content-Length", String(Buffer.byteLength(body))],
  ];
  if (status === 426) fields.push(["Upgrade", "websocket"], ["Sec-WebSocket-Version", "13"]);
  const head = formatHead(`HTTP/1.1 ${status} Refused`, fields) + body;
  return { head, opened: { refused: why } };
}

function requestFault(head: Head): { status: number; why: string } | undefined {
  const bad = (why: string) => ({ status: 400, why });
  if (!/^GET \S+ HTTP\/1\.1$/.test(head.start))
    return bad(`§4.2.1: expected GET, got ${head.start}`);
  if (fieldValues(head, "Host").length !== 1) return bad("§4.2.1: expected one Host field");
  if (!hasToken(head, "Upgrade", "websocket")) {
    return { status: 426, why: "§4.2.1: this address speaks WebSocket only" };
  }
  if (!hasToken(head, "Connection", "upgrade")) return bad("§4.2.1: no Connection: Upgrade");
  const versions = fieldValues(head, "Sec-WebSocket-Version");
  if (versions.length !== 1 || versions[0] !== "13") {
    return {
      status: 426,
      why: `§4.2.1: expected version 13, got ${versions.join(", ") || "none"}`,
    };
  }
  const keys = fieldValues(head, "Sec-WebSocket-Key");
  if (keys.length !== 1 || !/^[A-Za-z0-9+/]{22}==$/.test(keys[0]!)) {
    return bad("§4.2.1: expected one Sec-WebSocket-Key of 16 bytes in base64");
  }
  return undefined;
}
