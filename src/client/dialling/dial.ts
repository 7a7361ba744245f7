/** The way to a server: TCP, a Unix socket or the caller's own stream, a proxy if need be, TLS on top. */

import type { Duplex } from "node:stream";
import { TLSSocket, type ConnectionOptions as TlsOptions } from "node:tls";
import { ArgumentError, HandshakeError } from "../../errors.ts";
import type { HeadLimits } from "../../handshake/head-reader.ts";
import type { HandshakeAttempt } from "../attempt.ts";
import type { FieldLines } from "../fields.ts";
import { type ProxyServer, proxyLabel } from "../proxy/choice.ts";
import { connectThroughHttp } from "../proxy/http.ts";
import { connectThroughSocks4 } from "../proxy/socks4.ts";
import { connectThroughSocks5 } from "../proxy/socks5.ts";
import { placeOf, type Target } from "../target.ts";
import { type CreateConnection, givenStream } from "./given-stream.ts";
import { isGone, lost, reasonOf } from "./settled.ts";
import { openSocket, type TcpSettings } from "./tcp.ts";
import { startTls } from "./tls.ts";
import { tlsFailure } from "./tls-failure.ts";

/** What {@link dial} needs besides the target. */
export interface DialSettings extends TcpSettings {
  /** The caller's stream, or what makes one; undefined where the library connects. */
  readonly given: Duplex | CreateConnection | undefined;
  /** The proxy to go through; undefined for none. */
  readonly proxy: ProxyServer | undefined;
  /** Header fields for an HTTP proxy, its credentials among them. */
  readonly proxyFields: FieldLines;
  /** For TLS with the server. */
  readonly tls: TlsOptions;
  /** What may be agreed upon with the server by ALPN. */
  readonly alpn: readonly string[];
  /** For TLS with a proxy of kind `https`. */
  readonly proxyTls: TlsOptions;
  /** How long a proxy's answer may be. */
  readonly limits: HeadLimits;
  /** Bytes of the body of a proxy's refusal that are kept. */
  readonly maxRefusalBody: number;
}

/**
 * Opens the byte stream to `target`, ready for the opening handshake: connected, through the
 * proxy, TLS done for `wss`. The stream is paused, and `attempt` owns it.
 *
 * @throws HandshakeError `CONNECT_FAILED`, `TLS_FAILED`, `CONNECTION_LOST`, `PROXY_FAILED` or
 * `PROXY_REFUSED`.
 */
export async function dial(
  target: Target,
  settings: DialSettings,
  attempt: HandshakeAttempt,
): Promise<Duplex> {
  const stream = settings.proxy
    ? await openTunnel(target, settings.proxy, settings, attempt)
    : await openDirect(target, settings, attempt);
  if (!target.secure) return stream;
  const place = placeOf(target);
  attempt.enter(`TLS with ${place}`);
  try {
    return await startTls(stream, target.host, settings.tls, attempt, settings.alpn);
  } catch (error) {
    // Over a proxy that speaks TLS that is right; who has made TLS with the server has not asked for it.
    const twice = settings.given !== undefined && stream instanceof TLSSocket;
    const hint = twice ? "; the stream that was given has TLS already: is ws: meant?" : "";
    if (isGone(error)) {
      throw lost(`${place} closed the connection during the TLS handshake${hint}`, error);
    }
    throw tlsFailure(`TLS with ${place}`, "tls", error, hint);
  }
}

async function openDirect(
  target: Target,
  settings: DialSettings,
  attempt: HandshakeAttempt,
): Promise<Duplex> {
  const { given } = settings;
  try {
    return given === undefined
      ? await openSocket(target, settings, attempt, "")
      : await givenStream(given, target, attempt);
  } catch (cause) {
    if (cause instanceof ArgumentError) throw cause;
    const message = `could not connect to ${placeOf(target)}: ${reasonOf(cause)}`;
    throw new HandshakeError("CONNECT_FAILED", message, { status: 0 }, { cause });
  }
}

async function openTunnel(
  target: Target,
  proxy: ProxyServer,
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
