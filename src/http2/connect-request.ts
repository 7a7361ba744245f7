/** The request of an extended CONNECT (RFC 8441 §4) as a server judges it. */
import type { IncomingHttpHeaders } from "node:http2";
import { HandshakeError, type HandshakeFault } from "../errors.ts";
import { parseAuthority } from "../handshake/authority.ts";
import type { HeadLimits } from "../handshake/head-reader.ts";
import { parseRequestHead, RequestCheck, type RequestHead } from "../handshake/request.ts";
import { isFieldValue } from "../handshake/token.ts";
import { shown } from "../options/describe.ts";

/** A request of HTTP/2. */
export interface ConnectRequest {
  /** As those of HTTP/1.1 have it. Its method is "CONNECT", its version "2.0"; `Host` is what `:authority` says. */
  readonly head: RequestHead;
  /** `:protocol`, undefined for a CONNECT that asks for a tunnel. */
  readonly protocol: string | undefined;
  readonly scheme: string | undefined;
  /** Whether the request ends its stream, so that no frame can follow. */
  readonly ended: boolean;
}

/**
 * The request that `node:http2` has read.
 *
 * @param rawHeaders names and values in turn
 * @throws HandshakeError `HEAD_TOO_LARGE` (status 431) where it breaks a limit
 */
export function connectRequestFrom(
  headers: IncomingHttpHeaders,
  rawHeaders: readonly string[],
  ended: boolean,
  limits: HeadLimits,
): ConnectRequest {
  const authority = pseudo(headers, ":authority");
  const text =
    `CONNECT ${pseudo(headers, ":path") || "*"} HTTP/2.0\r\n` +
    `${fieldLines(authority, rawHeaders)}\r\n`;
  if (text.length > limits.maxBytes) {
    const message = `the head is larger than the limit of ${limits.maxBytes} bytes`;
    throw new HandshakeError("HEAD_TOO_LARGE", message, { status: 431 });
  }
  return {
    head: parseRequestHead(Buffer.from(text, "latin1"), limits.maxFields),
    protocol: pseudo(headers, ":protocol"),
    scheme: pseudo(headers, ":scheme"),
    ended,
  };
}

/** The fields as lines of HTTP/1.1. */
function fieldLines(authority: string | undefined, rawHeaders: readonly string[]): string {
  let lines = authority === undefined ? "" : `host: ${authority}\r\n`;
  const cookies: string[] = [];
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const [name = "", value = ""] = rawHeaders.slice(i, i + 2);
    // RFC 9113 §8.3.1: Host has to say the same as :authority, which `checkConnectRequest` sees to.
    if (name.startsWith(":") || (name === "host" && value === authority)) continue;
    // RFC 9113 §8.2.3: what comes as several fields is one, for who knows no HTTP/2.
    if (name === "cookie") cookies.push(value);
    // What cannot be in a field is not to become a line of its own here.
    else lines += `${name}: ${isFieldValue(value) ? value : "\0"}\r\n`;
  }
  const cookie = cookies.join("; ");
  if (cookie !== "") lines += `cookie: ${isFieldValue(cookie) ? cookie : "\0"}\r\n`;
  return lines;
}

/** Everything that keeps a request of HTTP/2 from opening a WebSocket (RFC 8441 §4, §5); empty for a valid one. */
export function checkConnectRequest(request: ConnectRequest): readonly HandshakeFault[] {
  const { head, protocol, scheme, ended } = request;
  if (protocol !== "websocket") return [unknownProtocol(protocol)];
  const check = new RequestCheck(head.fields);
  // RFC 8441 §4: unlike other CONNECTs, one with :protocol has :scheme and :path.
  if (scheme !== "http" && scheme !== "https") {
    check.fault(`:scheme is ${shown(scheme ?? "")}, expected http or https (RFC 8441 §5)`);
  }
  if (!head.target.startsWith("/") || /[#]|[^!-~]/.test(head.target)) {
    check.fault(":path is no path with a query, in visible ASCII (RFC 9113 §8.3.1)");
  }
  const host = head.fields.get("host");
  // RFC 9113 §8.3.1: who translates a request of HTTP/1.1 may leave it in Host.
  if (host === undefined) check.fault(":authority is missing (RFC 8441 §5)");
  else if (head.fields.count("host") > 1) {
    check.fault("Host is not what :authority is (RFC 9113 §8.3.1)");
  } else if (parseAuthority(host) === undefined) {
    check.fault(`:authority is ${shown(host)}, expected host or host:port (RFC 8441 §5)`);
  }
  check.version();
  check.atMostOnce("origin", "Origin", "RFC 6454 §7.3");
  check.protocols();
  check.body();
  if (ended) check.fault("the request ends its stream, so no frame can follow (RFC 8441 §5)");
  return [...head.faults, ...check.faults];
}

/** RFC 9110 §15.6.2: this server does not support what is asked for. */
function unknownProtocol(protocol: string | undefined): HandshakeFault {
  const what = protocol === undefined ? "missing" : shown(protocol);
  return { status: 501, message: `:protocol is ${what}, expected websocket (RFC 8441 §4)` };
}

function pseudo(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
}
