import {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  STATUS_CODES,
  validateHeaderName,
  validateHeaderValue,
} from "node:http";
import type { Duplex } from "node:stream";
import { isAcceptableKey } from "../../handshake/accept-key.ts";
import { checkUpgradeRequest, requestHeadFrom } from "../../handshake/request.ts";
import { endPolitely } from "../../socket/polite-end.ts";

/** Why a request does not open a WebSocket, and how it is answered. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** What the versions have in common is all that is needed here: hybi-08 has frames of RFC 6455. */
const VERSIONS = [8, 13];

/** As `ws` takes a key: its last digit may have bits that mean nothing. */
const LOOSE_KEY = /^[+/0-9A-Za-z]{22}==$/;

/**
 * What `ws` finds wrong with a request (RFC 6455 §4.2.1), undefined for nothing.
 *
 * @param strict whether the key has to be in canonical base64
 */
export function refusalOf(request: IncomingMessage, strict: boolean): Refusal | undefined {
  const { method, headers } = request;
  if (method !== "GET") return { status: 405, message: "Invalid HTTP method" };
  if (headers.upgrade?.toLowerCase() !== "websocket") return bad("Invalid Upgrade header");
  const key = headers["sec-websocket-key"];
  if (key === undefined || !(strict ? isAcceptableKey(key) : LOOSE_KEY.test(key))) {
    return bad("Missing or invalid Sec-WebSocket-Key header");
  }
  if (!VERSIONS.includes(versionOf(request))) {
    return {
      ...bad("Missing or invalid Sec-WebSocket-Version header"),
      headers: { "Sec-WebSocket-Version": "13, 8" },
    };
  }
  return undefined;
}

/** Version of the protocol that a request asks for. */
export function versionOf({ headers }: IncomingMessage): number {
  return Number(headers["sec-websocket-version"]);
}

/** A request that is malformed, for the reason given. */
export function bad(message: string): Refusal {
  return { status: 400, message };
}

/** What is wrong with a request by the rest of RFC 6455 §4.2.1 and by RFC 9112, undefined for nothing. */
export function faultOf(request: IncomingMessage): Refusal | undefined {
  const { method = "", url = "", httpVersion, rawHeaders } = request;
  // Others make requests of their own, which have never been lines of text.
  if (!rawHeaders?.length) return undefined;
  const faults = checkUpgradeRequest(requestHeadFrom(method, url, httpVersion, rawHeaders));
  // The version has been judged, as another one is allowed here.
  const fault = faults.find(({ status }) => status !== 426);
  return fault === undefined ? undefined : bad(fault.message);
}

/**
 * Answers a request that opens nothing, and ends its stream.
 *
 * @throws TypeError for header fields that cannot be sent
 */
export function refuse(stream: Duplex, { status, message, headers = {} }: Refusal): void {
  const body = message || (STATUS_CODES[status] ?? "");
  const fields = {
    Connection: "close",
    "Content-Type": "text/html",
    "Content-Length": Buffer.byteLength(body),
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => line(name, String(value)));
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join("")}\r\n`;
  endPolitely(stream as Parameters<typeof endPolitely>[0], Buffer.from(head + body));
}

function line(name: string, value: string): string {
  validateHeaderName(name);
  validateHeaderValue(name, value);
  return `${name}: ${value}\r\n`;
}
