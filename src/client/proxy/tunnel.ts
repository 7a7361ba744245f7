/** The way to a server through a proxy, whatever that speaks. */

import type { Duplex } from "node:stream";
import { HandshakeError } from "../../errors.ts";
import type { HandshakeAttempt } from "../attempt.ts";
import type { DialSettings } from "../dialling/settings.ts";
import { reasonOf } from "../dialling/settled.ts";
import { openSocket } from "../dialling/tcp.ts";
import { startTls } from "../dialling/tls.ts";
import { tlsFailure } from "../dialling/tls-failure.ts";
import { placeOf, type Target } from "../target.ts";
import { type ProxyServer, proxyLabel } from "./choice.ts";
import { connectThroughHttp } from "./http.ts";
import { connectThroughSocks4 } from "./socks4.ts";
import { connectThroughSocks5 } from "./socks5.ts";

/**
 * Connects to `proxy`, and has it connect to `target`. When it resolves the stream leads there, and `attempt` owns it.
 *
 * @throws HandshakeError `PROXY_FAILED` or `PROXY_REFUSED`
 */
export async function tunnelThrough(
  proxy: ProxyServer,
  target: Target,
  settings: DialSettings,
  attempt: HandshakeAttempt,
): Promise<Duplex> {
  const stream = await openProxy(proxy, settings, attempt);
  attempt.enter(`the proxy ${proxyLabel(proxy)} on its way to ${placeOf(target)}`);
  if (proxy.kind === "socks5") {
    await connectThroughSocks5(stream, target.host, target.port, proxy.credentials);
  } else if (proxy.kind === "socks4a") {
    await connectThroughSocks4(stream, target.host, target.port, proxy.credentials);
  } else {
    await connectThroughHttp(stream, target, proxy, settings, attempt);
  }
  return stream;
}

async function openProxy(
  proxy: ProxyServer,
  settings: DialSettings,
  attempt: HandshakeAttempt,
): Promise<Duplex> {
  const place = { host: proxy.host, port: proxy.port, socketPath: undefined };
  let socket: Duplex;
  try {
    socket = await openSocket(place, settings, attempt, " of the proxy");
  } catch (cause) {
    const message = `could not connect to the proxy ${proxyLabel(proxy)}: ${reasonOf(cause)}`;
    throw new HandshakeError("PROXY_FAILED", message, { status: 0 }, { cause });
  }
  if (proxy.kind !== "https") return socket;
  attempt.enter(`TLS with the proxy ${proxyLabel(proxy)}`);
  try {
    return await startTls(socket, proxy.host, settings.proxyTls, attempt);
  } catch (cause) {
    // To a caller a proxy that cannot be used is one thing, whatever is wrong with it.
    const { message } = tlsFailure(`TLS with the proxy ${proxyLabel(proxy)}`, "proxyTls", cause);
    throw new HandshakeError("PROXY_FAILED", message, { status: 0 }, { cause });
  }
}
