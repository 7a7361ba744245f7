/** The way to a server: TCP, a Unix socket or the caller's own stream, a proxy if need be, TLS on top. */

import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import { ArgumentError, HandshakeError } from "../../errors.ts";
import type { HandshakeAttempt } from "../attempt.ts";
import type { ProxyServer } from "../proxy/choice.ts";
import { placeOf, type Target } from "../target.ts";
import { givenStream } from "./given-stream.ts";
import type { DialSettings } from "./settings.ts";
import { isGone, lost, reasonOf } from "./settled.ts";
import { openSocket } from "./tcp.ts";
import { startTls } from "./tls.ts";

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
    // It has much to say, and is needed only here.
    const { tlsFailure } = await import("./tls-failure.ts");
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
  // Few clients go through a proxy, and the others need not load it.
  const { tunnelThrough } = await import("../proxy/tunnel.ts");
  return tunnelThrough(proxy, target, settings, attempt);
}
