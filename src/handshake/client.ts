import { ArgumentError, type HandshakeFault } from "../errors.ts";
import { shown } from "../options/describe.ts";
import { acceptKey, isAcceptableKey, WEBSOCKET_VERSION } from "./accept-key.ts";
import { parseAuthority } from "./authority.ts";
import type { Fields } from "./fields.ts";
import { parseLines } from "./head-syntax.ts";
import { type HeaderValues, headerLines } from "./header-lines.ts";
import { targetFault } from "./target.ts";
import { isFieldValue, isToken, listItems } from "./token.ts";

/** What a client asks for. */
export interface UpgradeRequest {
  /** Path and query (the resource name, RFC 6455 §3), or an absolute http(s) URL. */
  readonly target: string;
  /** Host field: host, and port where it is not the default. */
  readonly host: string;
  /** Sec-WebSocket-Key, as `encodeKey` makes it from 16 random bytes. */
  readonly key: string;
  readonly origin?: string | undefined;
  /** Subprotocols in order of preference; none for an empty list. */
  readonly protocols: readonly string[];
  /** The value of Sec-WebSocket-Extensions, where any are offered. */
  readonly extensions?: string | undefined;
  /** Further fields. Neither Host nor, where `origin` is given, Origin. */
  readonly headers: HeaderValues;
}

/** The head of an HTTP response as it was received. */
export interface ResponseHead {
  /** `"1.1"`, for example; "" where the status line is malformed. */
  readonly version: string;
  /** 100 to 999, or 0 where the status line is malformed. */
  readonly status: number;
  /** The reason phrase, often "". */
  readonly statusText: string;
  readonly fields: Fields;
  /** What is wrong with its syntax. {@link checkUpgradeResponse} includes these. */
  readonly faults: readonly HandshakeFault[];
}

/**
 * The head of a client's opening handshake (RFC 6455 §4.1), the empty line included, one byte per
 * character (latin1).
 *
 * @throws ArgumentError where a part of it cannot be sent: what was wrong is named
 */
export function requestHead(request: UpgradeRequest): string {
  const { target, host, key, origin, protocols, extensions, headers } = request;
  const wrongTarget = targetFault(target, undefined);
  if (wrongTarget !== undefined) throw new ArgumentError(wrongTarget);
  if (parseAuthority(host) === undefined) {
    throw new ArgumentError("the Host header is no host, expected host or host:port");
  }
  if (!isAcceptableKey(key)) {
    throw new ArgumentError("the key is not 16 bytes in base64");
  }
  let head =
    `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
    `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: ${WEBSOCKET_VERSION}\r\n`;
  if (origin !== undefined) head += `Origin: ${checkedValue("origin", origin)}\r\n`;
  if (protocols.length > 0) {
    checkProtocols(protocols);
    head += `Sec-WebSocket-Protocol: ${protocols.join(", ")}\r\n`;
  }
  if (extensions !== undefined) {
    head += `Sec-WebSocket-Extensions: ${checkedValue("extensions", extensions)}\r\n`;
  }
  for (const name of Object.keys(headers)) {
    const lowercase = name.toLowerCase();
    if (lowercase === "host") {
      throw new ArgumentError(`the header ${name} is written by the handshake and cannot be given`);
    }
    if (lowercase === "origin" && origin !== undefined) {
      throw new ArgumentError(`the header ${name} is given twice: it is an option of its own`);
    }
  }
  return `${head}${headerLines(headers)}\r\n`;
}

/**
 * Checks a list of subprotocols to offer. Some servers take a secret for one, so that the messages name
 * its place instead.
 *
 * @throws ArgumentError where one is no token, or is there twice (RFC 6455 §4.1)
 */
export function checkProtocols(protocols: readonly string[]): void {
  for (const [index, protocol] of protocols.entries()) {
    if (typeof protocol !== "string" || !isToken(protocol)) {
      throw new ArgumentError(`protocols[${index}] is not a token (RFC 6455 §4.1)`);
    }
    if (protocols.indexOf(protocol) !== index) {
      throw new ArgumentError(
        `protocols[${index}] is there twice, expected each once (RFC 6455 §4.1)`,
      );
    }
  }
}

function checkedValue(what: string, value: string): string {
  if (isFieldValue(value)) return value;
  throw new ArgumentError(`${what} is no text that fits into a header (RFC 9110 §5.5)`);
}

/** How every status line begins (RFC 9112 §4), each 0 being any digit. */
const STATUS_LINE = "HTTP/0.0 000";

/** The {@link StartLineRule} of a response. What speaks another protocol shows it by its first byte. */
export function canBeStatusLine(line: string, ended: boolean): boolean {
  for (let at = 0; at < STATUS_LINE.length; at++) {
    const char = line[at];
    if (char === undefined) return !ended;
    if (STATUS_LINE[at] === "0" ? char < "0" || char > "9" : char !== STATUS_LINE[at]) return false;
  }
  return true;
}

/**
 * Reads the head of a response: to the opening handshake, or of a proxy to CONNECT. Malformed
 * content never throws but is noted in `faults`.
 *
 * @param bytes the head as `HeadReader` delivers it
 * @param maxFields how many header lines it may have
 * @throws HandshakeError `HEAD_TOO_LARGE` where it has more
 */
export function parseResponseHead(bytes: Buffer, maxFields: number): ResponseHead {
  const { startLine, fields, faults } = parseLines(bytes, maxFields);
  // RFC 9112 §4: HTTP-version SP status-code SP [reason]. The last space is missing from so many
  // servers that it is not insisted on.
  const match = /^HTTP\/([0-9]\.[0-9]) ([1-9][0-9]{2})(?: (.*))?$/s.exec(startLine);
  if (match === null) {
    // Whatever else is wrong follows from that: there is no head to have faults of its own.
    const fault = { status: 0, message: `${wrongStart(startLine)} (RFC 9112 §4)` };
    return { version: "", status: 0, statusText: "", fields, faults: [fault] };
  }
  const [, version = "", status = "", statusText = ""] = match;
  return { version, status: Number(status), statusText, fields, faults };
}

function wrongStart(startLine: string): string {
  if (startLine.startsWith("HTTP/")) return `the status line ${shown(startLine)} is malformed`;
  // RFC 8446 §5.1, §6: what a TLS server sends to who does not speak TLS is an alert.
  if (startLine.startsWith("\x15\x03")) return "the answer is one of TLS: is it a wss: server?";
  return `the answer begins with ${shown(startLine)}, which is no HTTP`;
}

/** What the client had sent, as far as the answer must fit it. */
export interface SentRequest {
  readonly key: string;
  readonly protocols: readonly string[];
  /** Whether one of the {@link protocols} must have been chosen. Default: no. */
  readonly requireProtocol?: boolean | undefined;
  /** Whether any extension was offered. The grammar and the names are then for the caller to judge. */
  readonly extensionOffered?: boolean | undefined;
}

/**
 * Everything that keeps a response from opening the connection (RFC 6455 §4.1), its faults of
 * syntax first; empty for a valid one. The status of each fault is 0. For another status than 101
 * that is the only fault named: such a response does not claim to be an opening handshake.
 */
export function checkUpgradeResponse(head: ResponseHead, sent: SentRequest): HandshakeFault[] {
  const found: string[] = [];
  // §4.1 1: any status but 101 is handled as HTTP has it, and opens nothing.
  if (head.status !== 101) {
    if (head.status !== 0) found.push(`the status is ${head.status}, expected 101`);
  } else {
    checkVersion(head, found);
    checkUpgrade(head.fields, found);
    checkConnection(head.fields, found);
    checkAccept(head.fields, sent.key, found);
    checkExtensions(head.fields, sent, found);
    checkProtocol(head.fields, sent, found);
  }
  const own = found.map((message) => ({ status: 0, message: `${message} (RFC 6455 §4.1)` }));
  return [...head.faults.map(({ message }) => ({ status: 0, message })), ...own];
}

/**
 * The same for an answer of HTTP/2 whose status is one of success: there is no key, and nothing of an upgrade (RFC
 * 8441 §5).
 */
export function checkConnectResponse(head: ResponseHead, sent: SentRequest): HandshakeFault[] {
  const found: string[] = [];
  checkExtensions(head.fields, sent, found);
  checkProtocol(head.fields, sent, found);
  return found.map((message) => ({ status: 0, message: `${message} (RFC 6455 §4.1)` }));
}

/** Whether an answer means to open a WebSocket: with 101, over HTTP/2 with any status of success. */
export function isOpening({ version, status }: ResponseHead): boolean {
  return version === "2.0" ? status >= 200 && status < 300 : status === 101;
}

function checkVersion({ version }: ResponseHead, found: string[]): void {
  // RFC 9110 §15.2: HTTP/1.0 knows no 1xx.
  if (version !== "1.1") found.push(`the HTTP version is ${version}, expected 1.1`);
}

function checkUpgrade(fields: Fields, found: string[]): void {
  // §4.1 2: the one value "websocket", in any case.
  const value = fields.get("upgrade");
  if (value?.toLowerCase() === "websocket") return;
  found.push(`Upgrade is ${shownOrMissing(value)}, expected websocket`);
}

function checkConnection(fields: Fields, found: string[]): void {
  // §4.1 3: "Upgrade" among its tokens, in any case.
  const value = fields.get("connection");
  if (listItems(value ?? "").some((item) => item.toLowerCase() === "upgrade")) return;
  found.push(`Connection is ${shownOrMissing(value)}, expected Upgrade in it`);
}

function checkAccept(fields: Fields, key: string, found: string[]): void {
  // §4.1 4: the hash of our key. §11.3.3: exactly once.
  const value = fields.get("sec-websocket-accept");
  const expected = acceptKey(key);
  if (value === expected) return;
  if (fields.count("sec-websocket-accept") > 1) {
    found.push("Sec-WebSocket-Accept is there more than once");
  } else {
    found.push(`Sec-WebSocket-Accept is ${shownOrMissing(value)}, expected ${expected}`);
  }
}

function checkExtensions(fields: Fields, sent: SentRequest, found: string[]): void {
  // §4.1 5: no extension that was not offered.
  const value = fields.get("sec-websocket-extensions");
  if (value === undefined || sent.extensionOffered === true) return;
  if (listItems(value).length > 0) {
    found.push(`the extension ${shown(value)} was not offered`);
  }
}

function checkProtocol(fields: Fields, sent: SentRequest, found: string[]): void {
  // §4.1 6: a subprotocol that was offered. §11.3.4: not more than one.
  const value = fields.get("sec-websocket-protocol");
  const { protocols: offered, requireProtocol = false } = sent;
  if (value === undefined) {
    // The section leaves it to the client whether it goes on without one.
    if (requireProtocol && offered.length > 0) {
      found.push(
        "Sec-WebSocket-Protocol is missing, expected one of those that were offered " +
          "(with requireProtocol: false the connection opens without one)",
      );
    }
    return;
  }
  if (fields.count("sec-websocket-protocol") > 1 || value.includes(",")) {
    found.push("Sec-WebSocket-Protocol names several, expected one subprotocol");
  } else if (!offered.includes(value)) {
    found.push(`the subprotocol ${shown(value)} was not offered`);
  }
}

function shownOrMissing(value: string | undefined): string {
  return value === undefined ? "missing" : shown(value);
}
