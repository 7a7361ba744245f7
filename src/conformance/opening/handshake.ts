/** The judge's own part of the opening handshake as a client (RFC 6455 §4.1). */
import { randomBytes } from "node:crypto";
import { Deflate } from "../wire/deflate.ts";
import {
  acceptFor,
  extensionsOf,
  fieldValues,
  formatHead,
  type Head,
  hasToken,
  statusOf,
} from "../wire/head.ts";
import { type DeflateOffer, offerField, readAnswer } from "./deflate-offer.ts";
import type { HeadParts } from "./head-changes.ts";

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

/** A key as §4.1 wants it; any will do where the same request is sent again and again. */
export const KEY = "YmFyZXdpcmUgY29uZm9ybQ==";

/** A request as it should be, in parts, to be changed at will. */
export function rightRequest(
  { headers, host, origin, path }: Omit<RequestOptions, "deflate">,
  key: string,
): HeadParts {
  const fields: [string, string][] = [
    ["Host", host],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", key],
    ["Sec-WebSocket-Version", "13"],
    ...headers.map(([name, value]): [string, string] => [name, value]),
  ];
  if (origin !== undefined) fields.push(["Origin", origin]);
  return { start: `GET ${path} HTTP/1.1`, fields };
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
  return switchFault(head, [key]) ?? protocolFault(head, protocols);
}

/** What is wrong with an answer besides extensions and subprotocols; the key may be one of several. */
export function switchFault(head: Head, keys: readonly string[]): string | undefined {
  const status = statusOf(head);
  if (status !== 101) return `§4.1: expected status 101, got "${head.start}"`;
  if (!hasToken(head, "Upgrade", "websocket")) return "§4.1: no Upgrade: websocket in the answer";
  if (!hasToken(head, "Connection", "upgrade")) return "§4.1: no Connection: Upgrade in the answer";
  const accepts = fieldValues(head, "Sec-WebSocket-Accept");
  if (accepts.length !== 1) return `§4.1: ${accepts.length} Sec-WebSocket-Accept fields, not one`;
  const right = keys.map(acceptFor);
  if (right.includes(accepts[0]!)) return undefined;
  return `§4.1: Sec-WebSocket-Accept is ${accepts[0]}, expected ${right.join(" or ")}`;
}

/** What is wrong with the subprotocol in an answer: it is not one of those offered (§4.1). */
export function protocolFault(head: Head, protocols: readonly string[]): string | undefined {
  const chosen = fieldValues(head, "Sec-WebSocket-Protocol").filter((value) => value !== "");
  return chosen.some((value) => !protocols.includes(value))
    ? "§4.1: a subprotocol was chosen that was not offered"
    : undefined;
}
