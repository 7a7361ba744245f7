/** The client's side of HTTP CONNECT (RFC 9110 §9.3.6). */

import type { Socket } from "node:net";
import { HandshakeError } from "../errors.ts";
import type { ResponseHead } from "../handshake/client.ts";
import { listFaults } from "../handshake/fault.ts";
import type { HeadLimits } from "../handshake/head-reader.ts";
import type { HandshakeAttempt } from "./attempt.ts";
import { type ProxyServer, proxyLabel } from "./proxy-choice.ts";
import { readResponseHead, refusal } from "./response-reading.ts";
import { basicAuthorization, hostAndPort } from "./target.ts";

/**
 * Has the HTTP proxy at the other end of `socket` open a tunnel to `target`, with the proxy's
 * credentials. When it resolves, the socket leads to the target and holds whatever came behind
 * the proxy's answer.
 *
 * @throws HandshakeError `PROXY_REFUSED`, with what it answered, when the proxy says no;
 * `PROXY_FAILED` when its answer is malformed or too long, or it hangs up.
 */
export async function connectThroughHttp(
  socket: Socket,
  target: { readonly host: string; readonly port: number },
  proxy: ProxyServer,
  limits: HeadLimits,
  attempt: HandshakeAttempt,
): Promise<void> {
  const address = hostAndPort(target.host, target.port);
  // §4.1: a client that goes through a proxy has it open a TCP connection, for ws: as for wss:.
  // RFC 9110 §9.3.6: CONNECT's target is host and port, always both.
  const lines = [`CONNECT ${address} HTTP/1.1`, `Host: ${address}`];
  if (proxy.credentials) {
    lines.push(`Proxy-Authorization: ${basicAuthorization(proxy.credentials)}`);
  }
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  const head = await readAnswer(socket, proxy, limits);
  const { status } = head;
  // RFC 9110 §9.3.6: any 2xx is success, and Content-Length or Transfer-Encoding in it are ignored.
  if (status >= 200 && status < 300) return;
  const hint =
    status === 407 ? " (put credentials into the proxy's URL: http://user:password@host:port)" : "";
  const message = `the proxy ${proxyLabel(proxy)} refused to connect to ${address}: it answered ${status}${hint}`;
  throw await refusal("PROXY_REFUSED", message, head, socket, attempt);
}

async function readAnswer(
  socket: Socket,
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
    head = await readResponseHead(socket, limits);
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
