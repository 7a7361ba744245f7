/** The judge's own opening handshake (RFC 6455 §4), in both roles. */
import { randomBytes } from "node:crypto";
import { chooseAnswer, type DeflateOffer, offerField, readAnswer } from "./deflate-offer.ts";
import { Deflate } from "./wire/deflate.ts";
import {
  acceptFor,
  extensionsOf,
  fieldValues,
  formatHead,
  type Head,
  hasToken,
  statusOf,
} from "./wire/head.ts";

/** Named in requests and answers. */
export const JUDGE = "barewire-conform";

/** What a request is made of besides what §4.1 demands. */
export interface RequestOptions {
  /** Host and port as they stand in the URL. */
  readonly host: string;
  /** Path and query. */
  readonly path: string;
  /** More fields, as given. */
  readonly headers: readonly (readonly [string, string])[];
  readonly origin: string | undefined;
  readonly deflate: DeflateOffer | undefined;
}

/** A request head (§4.1) and the key in it. */
export function openingRequest(options: RequestOptions): { head: string; key: string } {
  const key = randomBytes(16).toString("base64");
  const head = formatHead(`GET ${options.path} HTTP/1.1`, [
    ["User-Agent", JUDGE],
    ["Host", options.host],
    ["Upgrade", "WebSocket"],
    ["Connection", "Upgrade"],
    ["Pragma", "no-cache"],
    ["Cache-Control", "no-cache"],
    ...options.headers,
    ["Sec-WebSocket-Key", key],
    ...(options.origin === undefined ? [] : [["Origin", options.origin] as const]),
    ...(options.deflate === undefined
      ? []
      : [["Sec-WebSocket-Extensions", offerField(options.deflate)] as const]),
    ["Sec-WebSocket-Version", "13"],
  ]);
  return { head, key };
}

/** An answer that leads to a connection, or the reason why it does not. */
export type Opened = { readonly deflate: Deflate | undefined } | { readonly refused: string };

/** The subprotocols that the fields of a request offer (§4.1). */
export function offeredProtocols(headers: RequestOptions["headers"]): readonly string[] {
  return headers
    .filter(([name]) => name.toLowerCase() === "sec-websocket-protocol")
    .flatMap(([, value]) => value.split(",").map((protocol) => protocol.trim()));
}

/** Checks a server's answer (§4.1, items 1 to 6 on the response). */
export function checkAnswer(
  head: Head,
  key: string,
  offered: DeflateOffer | undefined,
  protocols: readonly string[] = [],
): Opened {
  const refused = answerFault(head, key, protocols);
  return refused === undefined ? checkExtensions(head, offered) : { refused };
}

/** Checks the extensions in an answer: none, or permessage-deflate as it was offered (§9.1). */
export function checkExtensions(head: Head, offered: DeflateOffer | undefined): Opened {
  const extensions = extensionsOf(head);
  if (extensions.length === 0) return { deflate: undefined };
  const [first, second] = extensions;
  if (offered === undefined || first!.name !== "permessage-deflate") {
    return { refused: `§4.1: the extension ${first!.name} was not offered` };
  }
  if (second !== undefined) return { refused: "§9.1: more extensions answered than offered" };
  const parameters = readAnswer(first!);
  if (typeof parameters === "string") return { refused: parameters };
  return { deflate: new Deflate(parameters) };
}

function answerFault(head: Head, key: string, protocols: readonly string[]): string | undefined {
  const status = statusOf(head);
  if (status !== 101) return `§4.1: expected status 101, got "${head.start}"`;
  if (!hasToken(head, "Upgrade", "websocket")) return "§4.1: no Upgrade: websocket in the answer";
  if (!hasToken(head, "Connection", "upgrade")) return "§4.1: no Connection: Upgrade in the answer";
  const accepts = fieldValues(head, "Sec-WebSocket-Accept");
  if (accepts.length !== 1) return `§4.1: ${accepts.length} Sec-WebSocket-Accept fields, not one`;
  if (accepts[0] !== acceptFor(key)) {
    return `§4.1: Sec-WebSocket-Accept is ${accepts[0]}, expected ${acceptFor(key)}`;
  }
  return protocolFault(head, protocols);
}

/** What is wrong with the subprotocol in an answer: it is not one of those offered (§4.1). */
export function protocolFault(head: Head, protocols: readonly string[]): string | undefined {
  const chosen = fieldValues(head, "Sec-WebSocket-Protocol").filter((value) => value !== "");
  return chosen.some((value) => !protocols.includes(value))
    ? "§4.1: a subprotocol was chosen that was not offered"
    : undefined;
}

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
