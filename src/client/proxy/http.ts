/** The client's side of HTTP CONNECT (RFC 9110 §9.3.6). */

import type { Duplex } from "node:stream";
import { HandshakeError } from "../../errors.ts";
import type { ResponseHead } from "../../handshake/client.ts";
import { listFaults } from "../../handshake/fault.ts";
import type { HeadLimits } from "../../handshake/head-reader.ts";
import { headerLines } from "../../handshake/header-lines.ts";
import type { HandshakeAttempt } from "../attempt.ts";
import type { FieldLines } from "../fields.ts";
import { refusal } from "../refusal.ts";
import { readResponseHead } from "../response-reading.ts";
import { hostAndPort } from "../target.ts";
import { type ProxyServer, proxyLabel } from "./choice.ts";

/** What a tunnel through an HTTP proxy is asked for with. */
export interface TunnelSettings {
  /** Header fields beside Host, the proxy's credentials among them. */
  readonly proxyFields: FieldLines;
  /** How long the proxy's answer may be. */
  readonly limits: HeadLimits;
  /** Bytes of the body of a refusal that are kept. */
  readonly maxRefusalBody: number;
}

/**
 * Has the HTTP proxy at the other end of `stream` open a tunnel to `target`. When it resolves,
 * the stream leads to the target and holds whatever came behind the proxy's answer.
 *
 * @throws HandshakeError `PROXY_REFUSED`, with what it answered, when the proxy says no;
 * `PROXY_FAILED` when its answer is malformed or too long, or it hangs up.
 */
export async function connectThroughHttp(
  stream: Duplex,
  target: { readonly host: string; readonly port: number },
  proxy: ProxyServer,
  settings: TunnelSettings,
  attempt: HandshakeAttempt,
): Promise<void> {
  const address = hostAndPort(target.host, target.port);
  // §4.1: a client that goes through a proxy has it open a TCP connection, for ws: as for wss:.
  // RFC 9110 §9.3.6: CONNECT's target is host and port, always both.
  const request = `CONNECT ${address} HTTP/1.1\r\nHost: ${address}\r\n`;
  stream.write(`${request}${headerLines(settings.proxyFields)}\r\n`, "latin1");
  const head = await readAnswer(stream, proxy, settings.limits);
  const { status } = head;
  // RFC 9110 §9.3.6: any 2xx is success, and Content-Length or Transfer-Encoding in it are ignored.
  if (status >= 200 && status < 300) return;
  const hint =
    status === 407 ? " (put credentials into the proxy's URL: http://user:password@host:port)" : "";
  const message = `the proxy ${proxyLabel(proxy)} refused to connect to ${address}: it answered ${status}${hint}`;
  const { maxRefusalBody } = settings;
  throw await refusal("PROXY_REFUSED", message, head, { stream, attempt, maxRefusalBody });
}

async function readAnswer(
  stream: Duplex,
  proxy: ProxyServer,
  limits: HeadLimits,
): Promise<ResponseHead> {
  const fail = (reason: string, options?: ConstructorParameters<typeof HandshakeError>[3]) =>
    new HandshakeError(
      "PROXY_FAILED",
      `the proxy ${proxyLabel(proxy)} failed: ${reason}`,
      { status: 0 },
      options,
    );
  let head: ResponseHead | undefined;
  try {
    head = await readResponseHead(stream, limits);
  } catch (cause) {
    throw fail(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (head === undefined) throw fail("it hung up instead of answering CONNECT");
  const { faults } = head;
  if (faults.length > 0) {
    throw fail(`its answer to CONNECT is malformed: ${listFaults(faults)}`, { faults });
  }
  return head;
}
