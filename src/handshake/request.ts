import type { HandshakeFault } from "../errors.ts";
import { shown } from "../options/describe.ts";
import { isAcceptableKey, WEBSOCKET_VERSION } from "./accept-key.ts";
import { type Authority, parseAuthority } from "./authority.ts";
import { NO_FAULTS } from "./fault.ts";
import type { Fields } from "./fields.ts";
import { type HeadLines, linesFrom, parseLines } from "./head-syntax.ts";
import { targetFault } from "./target.ts";
import { isToken, listItems, parseTokenList, shownToken, tokenEnd } from "./token.ts";

const SPACE = 0x20;
const DELETE = 0x7f;

/** The head of an HTTP request as it was received. */
export interface RequestHead {
  /**
   * The head as it was received, one character per byte, from which it can be parsed again; ""
   * where `node:http` has read it.
   */
  readonly text: string;
  /** As sent, case and all; "" where the request line is malformed. */
  readonly method: string;
  /** The request target, neither decoded nor normalised; "" where the request line is malformed. */
  readonly target: string;
  /** `"1.1"`, for example; "" where the request line is malformed. */
  readonly version: string;
  /** The header fields. */
  readonly fields: Fields;
  /** What is wrong with its syntax. `checkUpgradeRequest` includes these. */
  readonly faults: readonly HandshakeFault[];
}

/** How every request line ends (RFC 9112 §2.3), each 0 being any digit. */
const VERSION = "HTTP/0.0";

/** The `StartLineRule` of a request (RFC 9112 §3). What speaks another protocol soon shows it. */
export function canBeRequestLine(line: string, ended: boolean): boolean {
  const method = tokenEnd(line, 0);
  if (method === line.length) return !ended;
  if (method === 0 || line[method] !== " ") return false;
  const target = targetEnd(line, method + 1);
  if (target === line.length) return !ended;
  if (target === method + 1 || line[target] !== " ") return false;
  const version = target + 1;
  for (let at = 0; at < VERSION.length; at++) {
    const char = line[version + at];
    if (char === undefined) return !ended;
    if (VERSION[at] === "0" ? char < "0" || char > "9" : char !== VERSION[at]) return false;
  }
  const rest = line.slice(version + VERSION.length);
  return rest === "" || (!ended && rest === "\r");
}

/** Index of the first character from `start` on that ends a request target: a space or a control character. */
function targetEnd(line: string, start: number): number {
  let at = start;
  while (line.charCodeAt(at) > SPACE && line.charCodeAt(at) !== DELETE) at++;
  return at;
}

/**
 * Reads the head of a request. Malformed content never throws but is noted in `faults`.
 *
 * @param bytes the head as `HeadReader` delivers it
 * @param maxFields how many header lines it may have
 * @throws HandshakeError `HEAD_TOO_LARGE` (status 431) where it has more
 */
export function parseRequestHead(bytes: Buffer, maxFields: number): RequestHead {
  return requestFrom(parseLines(bytes, maxFields));
}

/** The head of a request that `node:http` has read: its `method`, `url`, `httpVersion`, `rawHeaders`. */
export function requestHeadFrom(
  method: string,
  target: string,
  version: string,
  rawHeaders: readonly string[],
): RequestHead {
  return requestFrom(linesFrom(`${method} ${target} HTTP/${version}`, rawHeaders));
}

function requestFrom({ text, startLine, fields, faults }: HeadLines): RequestHead {
  // RFC 9112 §3: method SP request-target SP HTTP-version, one space each.
  const afterMethod = startLine.indexOf(" ");
  const afterTarget = startLine.indexOf(" ", afterMethod + 1);
  const method = startLine.slice(0, Math.max(afterMethod, 0));
  const target = startLine.slice(afterMethod + 1, Math.max(afterTarget, 0));
  const protocol = startLine.slice(afterTarget + 1);
  if (isToken(method) && target !== "" && /^HTTP\/[0-9]\.[0-9]$/.test(protocol)) {
    return { text, method, target, version: protocol.slice(5), fields, faults };
  }
  // Whatever else is wrong follows from that.
  const fault = { status: 400, message: `${wrongStart(startLine)} (RFC 9112 §3)` };
  return { text, method: "", target: "", version: "", fields, faults: [fault] };
}

function wrongStart(startLine: string): string {
  // RFC 8446 §5.1: a record of the TLS handshake.
  if (startLine.startsWith("\x16\x03")) return "this is TLS, and no TLS is spoken on this port";
  return `the request line ${shownToken(startLine)} is malformed`;
}

/**
 * Whether this request means to open a WebSocket, well or badly: it asks to upgrade to websocket,
 * with or without a version behind the name, or has any Sec-WebSocket field. All else is HTTP.
 */
export function isUpgradeAttempt({ fields }: RequestHead): boolean {
  if (fields.hasPrefix("sec-websocket-")) return true;
  const upgrade = fields.get("upgrade");
  if (upgrade === undefined) return false;
  return listItems(upgrade).some((item) => /^"?websocket(?:[\s"/]|$)/i.test(item));
}

/** Whether a head is the beginning of the preface by which a client of HTTP/2 begins (RFC 9113 §3.4). */
export function isHttp2Preface({ method, target, version, fields }: RequestHead): boolean {
  return method === "PRI" && target === "*" && version === "2.0" && fields.names.length === 0;
}

/**
 * The subprotocols that the client offers, in its order of preference (RFC 6455 §4.1). Empty where
 * it offers none, or where the field is malformed.
 */
export function offeredProtocols(fields: Fields): string[] {
  const value = fields.get("sec-websocket-protocol");
  return (value === undefined ? undefined : parseTokenList(value)) ?? [];
}

/**
 * Everything that keeps a request from being a client's opening handshake (RFC 6455 §4.2.1), its
 * faults of syntax first; empty for a valid one. Origin and the grammar of
 * Sec-WebSocket-Extensions are judged elsewhere.
 */
export function checkUpgradeRequest(head: RequestHead): readonly HandshakeFault[] {
  const check = new RequestCheck(head.fields);
  const host = check.host();
  check.requestLine(head, host);
  check.upgrade();
  check.connection();
  check.key();
  check.version();
  check.atMostOnce("origin", "Origin", "RFC 6454 §7.3");
  check.protocols();
  check.body();
  if (check.faults.length === 0) return head.faults.length === 0 ? NO_FAULTS : head.faults;
  return [...head.faults, ...check.faults];
}

/** One method per rule; each adds to {@link faults}. */
export class RequestCheck {
  readonly faults: HandshakeFault[] = [];
  readonly #fields: Fields;

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  requestLine(head: RequestHead, host: Authority | undefined): void {
    // The parser has reported a malformed request line.
    if (head.method === "") return;
    // §4.1: the method is GET and the HTTP version at least 1.1.
    if (head.method !== "GET") {
      this.fault(`the method is ${shown(head.method)}, expected GET (RFC 6455 §4.1)`);
    }
    // A later major version has other frames altogether (RFC 8441 for HTTP/2), not this syntax.
    if (!/^1\.[1-9]$/.test(head.version)) {
      this.fault(`the HTTP version is ${head.version}, expected 1.1 or higher (RFC 6455 §4.1)`);
    }
    const fault = targetFault(head.target, host);
    if (fault !== undefined) this.fault(`${fault} (RFC 6455 §4.1)`);
  }

  host(): Authority | undefined {
    // §4.2.1 2: Host. RFC 9112 §3.2: exactly one, or 400.
    const value = this.#exactlyOne("host", "Host", "RFC 9112 §3.2");
    if (value === undefined) return undefined;
    const host = parseAuthority(value);
    if (host === undefined) {
      this.fault(`Host is ${shown(value)}, expected host or host:port (RFC 9110 §7.2)`);
    }
    return host;
  }

  upgrade(): void {
    // §4.2.1 3: a list of protocols, one of which is "websocket" in any case.
    const value = this.#fields.get("upgrade");
    if (value === undefined) {
      this.fault("Upgrade is missing, expected websocket (RFC 6455 §4.2.1)");
      return;
    }
    if (value.toLowerCase() === "websocket") return;
    const items = listItems(value);
    if (!items.every(isProtocolName)) {
      this.fault(`Upgrade is malformed: ${shown(value)} (RFC 9110 §7.8)`);
    } else if (!includes(items, "websocket")) {
      this.fault(`Upgrade is ${shown(value)}, expected websocket (RFC 6455 §4.2.1)`);
    }
  }

  connection(): void {
    // §4.2.1 4: a list of tokens, one of which is "Upgrade" in any case.
    const value = this.#fields.get("connection");
    if (value === undefined) {
      this.fault("Connection is missing, expected Upgrade (RFC 6455 §4.2.1)");
      return;
    }
    if (value.toLowerCase() === "upgrade") return;
    const items = parseTokenList(value);
    if (items === undefined) {
      this.fault(`Connection is malformed: ${shown(value)} (RFC 9110 §7.6.1)`);
    } else if (!includes(items, "upgrade")) {
      this.fault(`Connection is ${shown(value)}, expected Upgrade in it (RFC 6455 §4.2.1)`);
    }
  }

  key(): void {
    // §4.2.1 5: 16 bytes in base64. §11.3.1: not more than once.
    const value = this.#exactlyOne("sec-websocket-key", "Sec-WebSocket-Key", "RFC 6455 §11.3.1");
    if (value !== undefined && !isAcceptableKey(value)) {
      const what = `Sec-WebSocket-Key is ${shown(value)}`;
      this.fault(`${what}, expected 16 bytes in base64 (RFC 6455 §4.2.1)`);
    }
  }

  version(): void {
    // §4.2.1 6, §4.4: any other version is answered with 426 and the versions that are spoken.
    const value = this.#fields.get("sec-websocket-version");
    if (value === WEBSOCKET_VERSION) return;
    if (this.#fields.count("sec-websocket-version") > 1) {
      this.fault("Sec-WebSocket-Version is there more than once (RFC 6455 §11.3.5)");
      return;
    }
    const what = value === undefined ? "missing" : shown(value);
    const message = `Sec-WebSocket-Version is ${what}, expected ${WEBSOCKET_VERSION} (RFC 6455 §4.4)`;
    this.faults.push({ status: 426, message });
  }

  protocols(): void {
    // §4.1 10: tokens, all different. §11.3.4: may be spread over several lines.
    const value = this.#fields.get("sec-websocket-protocol");
    if (value === undefined) return;
    const items = parseTokenList(value);
    if (items === undefined || items.length === 0) {
      this.fault("Sec-WebSocket-Protocol is malformed, expected a list of tokens (RFC 6455 §4.1)");
    } else if (new Set(items).size < items.length) {
      this.fault("Sec-WebSocket-Protocol names a subprotocol twice (RFC 6455 §4.1)");
    }
  }

  body(): void {
    // Behind the head come frames. Where an intermediary would see a body there instead, two
    // parsers disagree about where requests begin: refused, whatever the body.
    if (this.#fields.has("transfer-encoding")) {
      this.fault(
        "Transfer-Encoding is not allowed: an opening handshake has no body (RFC 6455 §4.1)",
      );
    }
    const length = this.atMostOnce("content-length", "Content-Length", "RFC 9110 §8.6");
    if (length !== undefined && !/^0+$/.test(length)) {
      const what = `Content-Length is ${shown(length)}`;
      this.fault(`${what}, expected none or 0: an opening handshake has no body (RFC 6455 §4.1)`);
    }
  }

  /** The value of a field that may be there once; several are a fault. */
  atMostOnce(name: string, written: string, section: string): string | undefined {
    const value = this.#fields.get(name);
    if (value === undefined || this.#fields.count(name) === 1) return value;
    this.fault(`${written} is there more than once (${section})`);
    return undefined;
  }

  #exactlyOne(name: string, written: string, section: string): string | undefined {
    if (!this.#fields.has(name)) this.fault(`${written} is missing (${section})`);
    return this.atMostOnce(name, written, section);
  }

  fault(message: string): void {
    this.faults.push({ status: 400, message });
  }
}

/** RFC 9110 §7.8: a name, or a name and a version with a slash between. */
function isProtocolName(item: string): boolean {
  const slash = item.indexOf("/");
  if (slash === -1) return isToken(item);
  return isToken(item.slice(0, slash)) && isToken(item.slice(slash + 1));
}

function includes(items: string[], lowercase: string): boolean {
  return items.some((item) => item.toLowerCase() === lowercase);
}
