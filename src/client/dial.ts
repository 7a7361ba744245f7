/** The way to a server: TCP or a Unix socket, through a proxy if need be, TLS on top. */

import { connect as connectTcp, isIP, type LookupFunction, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions as TlsOptions } from "node:tls";
import { HandshakeError } from "../errors.ts";
import type { HeadLimits } from "../handshake/head-reader.ts";
import { givenOptions } from "../options/checks.ts";
import type { HandshakeAttempt } from "./attempt.ts";
import { connectThroughHttp } from "./http-proxy.ts";
import { type ProxyServer, proxyLabel } from "./proxy-choice.ts";
import { connectThroughSocks } from "./socks-proxy.ts";
import { hostAndPort, type Target } from "./target.ts";
import { tlsFailure } from "./tls-failure.ts";

/** What {@link openTransport} needs besides the target. */
export interface TransportSettings {
  /** The proxy to go through; undefined for none. */
  readonly proxy: ProxyServer | undefined;
  /** For TLS with the server. */
  readonly tls: TlsOptions;
  /** For TLS with a proxy of kind `https`. */
  readonly proxyTls: TlsOptions;
  /** IP version to resolve names to: 4, 6 or 0 for both. */
  readonly family: 0 | 4 | 6;
  /** How long a proxy's answer may be. */
  readonly limits: HeadLimits;
  /** Resolves names in the place of `dns.lookup`. */
  readonly lookup: LookupFunction | undefined;
}

/** Codes of errors that say no more than that the other side has gone. */
const GONE = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED"]);

/**
 * Opens the byte stream to `target`, ready for the opening handshake: connected, through the
 * proxy, TLS done for `wss`. The socket is paused, and `attempt` owns it.
 *
 * @throws HandshakeError `CONNECT_FAILED`, `TLS_FAILED`, `CONNECTION_LOST`, `PROXY_FAILED` or
 * `PROXY_REFUSED`.
 */
export async function openTransport(
  target: Target,
  settings: TransportSettings,
  attempt: HandshakeAttempt,
): Promise<Socket> {
  const { proxy } = settings;
  const socket = proxy
    ? await openTunnel(target, proxy, settings, attempt)
    : await openDirect(target, settings, attempt);
  socket.setNoDelay(true);
  if (!target.secure) return socket;
  const place = placeOf(target);
  attempt.enter(`TLS with ${place}`);
  try {
    return await startTls(socket, target.host, settings.tls, attempt);
  } catch (error) {
    if (isGone(error)) throw lost(`${place} closed the connection during the TLS handshake`, error);
    throw tlsFailure(`TLS with ${place}`, "tls", error);
  }
}

/** `host:port` or the file name of the socket, for messages. */
export function placeOf(target: Target): string {
  return target.socketPath ?? hostAndPort(target.host, target.port);
}

/** True for an error which says no more than that the peer has gone. */
function isGone(error: unknown): boolean {
  return GONE.has((error as NodeJS.ErrnoException | undefined)?.code ?? "");
}

/** A connection that ended before the handshake did. */
export function lost(message: string, cause?: unknown): HandshakeError {
  const options = cause === undefined ? undefined : { cause };
  return new HandshakeError("CONNECTION_LOST", message, { status: 0 }, options);
}

async function openDirect(
  target: Target,
  settings: TransportSettings,
  attempt: HandshakeAttempt,
): Promise<Socket> {
  try {
    return await openSocket(target, settings, attempt, "");
  } catch (cause) {
    const message = `could not connect to ${placeOf(target)}: ${reasonOf(cause)}`;
    throw new HandshakeError("CONNECT_FAILED", message, { status: 0 }, { cause });
  }
}

async function openTunnel(
  target: Target,
  proxy: ProxyServer,
  settings: TransportSettings,
  attempt: HandshakeAttempt,
): Promise<Socket> {
  const socket = await openProxy(proxy, settings, attempt);
  attempt.enter(`the proxy ${proxyLabel(proxy)} on its way to ${placeOf(target)}`);
  if (proxy.kind === "socks5") {
    await connectThroughSocks(socket, target.host, target.port, proxy.credentials);
  } else {
    await connectThroughHttp(socket, target, proxy, settings.limits, attempt);
  }
  return socket;
}

async function openProxy(
  proxy: ProxyServer,
  settings: TransportSettings,
  attempt: HandshakeAttempt,
): Promise<Socket> {
  const place = { host: proxy.host, port: proxy.port, socketPath: undefined };
  let socket: Socket;
  try {
    socket = await openSocket(place, settings, attempt, " of the proxy");
  } catch (cause) {
    const message = `could not connect to the proxy ${proxyLabel(proxy)}: ${reasonOf(cause)}`;
    throw new HandshakeError("PROXY_FAILED", message, { status: 0 }, { cause });
  }
  socket.setNoDelay(true);
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

/** Connects by TCP or to a Unix socket; rejects with what `node:net` reports. */
function openSocket(
  place: Pick<Target, "host" | "port" | "socketPath">,
  settings: TransportSettings,
  attempt: HandshakeAttempt,
  whose: string,
): Promise<Socket> {
  const { host, port, socketPath } = place;
  const { family, lookup } = settings;
  const address = socketPath ?? hostAndPort(host, port);
  const named = socketPath === undefined && isIP(host) === 0;
  attempt.enter(named ? `the DNS lookup${whose} for ${host}` : `connecting${whose} to ${address}`);
  const socket = attempt.own(
    connectTcp(
      socketPath === undefined
        ? { host, port, family, ...(lookup && { lookup }) }
        : { path: socketPath },
    ),
  );
  socket.once("lookup", () => attempt.enter(`the TCP connection${whose} to ${address}`));
  return settled(socket, "connect");
}

/** Starts TLS as the client on a connected socket; rejects with what `node:tls` reports. */
function startTls(
  socket: Socket,
  host: string,
  options: TlsOptions,
  attempt: HandshakeAttempt,
): Promise<Socket> {
  const secure = attempt.own(
    connectTls({
      // RFC 6066 §3: literal IP addresses are not sent as a server name. `host` is what the
      // certificate is checked against where no servername is given.
      ...givenOptions(options),
      servername: options.servername ?? (isIP(host) === 0 ? host : ""),
      host,
      socket,
      // The opening handshake of RFC 6455 is HTTP/1.1: no other protocol may be agreed on.
      ALPNProtocols: ["http/1.1"],
    }),
  );
  return settled(secure, "secureConnect");
}

/** Waits for `event`; rejects with the socket's error, or a plain one when it just closes. */
function settled(socket: Socket, event: "connect" | "secureConnect"): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const onEvent = (): void => {
      stop();
      // Nothing is read before somebody is there to read it.
      socket.pause();
      resolve(socket);
    };
    const onError = (error: Error): void => {
      stop();
      reject(error);
    };
    const onClose = (): void => {
      onError(Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" }));
    };
    const stop = (): void => {
      socket.off(event, onEvent).off("error", onError).off("close", onClose);
    };
    socket.on(event, onEvent).on("error", onError).on("close", onClose);
  });
}

/** The message of an error; of each, where several addresses were tried. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
