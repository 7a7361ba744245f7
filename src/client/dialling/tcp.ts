/** The socket itself: TCP, or a Unix socket. */

import { connect, isIP, type LookupFunction, type Socket } from "node:net";
import type { HandshakeAttempt } from "../attempt.ts";
import { hostAndPort, type Target } from "../target.ts";
import { settled } from "./settled.ts";

/** How names are resolved and which address this side has. */
export interface TcpSettings {
  /** IP version to resolve names to: 4, 6 or 0 for both. */
  readonly family: 0 | 4 | 6;
  /** Resolves names in the place of `dns.lookup`. */
  readonly lookup: LookupFunction | undefined;
  /** IP address of this side; undefined for whichever the system takes. */
  readonly localAddress: string | undefined;
  /** Port of this side; undefined for whichever the system takes. */
  readonly localPort: number | undefined;
}

/**
 * Connects by TCP or to a Unix socket; rejects with what `node:net` reports.
 *
 * @param whose for messages: `""`, or " of the proxy"
 */
export async function openSocket(
  place: Pick<Target, "host" | "port" | "socketPath">,
  settings: TcpSettings,
  attempt: HandshakeAttempt,
  whose: string,
): Promise<Socket> {
  const { host, port, socketPath } = place;
  const address = socketPath ?? hostAndPort(host, port);
  const named = socketPath === undefined && isIP(host) === 0;
  attempt.enter(named ? `the DNS lookup${whose} for ${host}` : `connecting${whose} to ${address}`);
  const socket = attempt.own(
    connect(
      socketPath === undefined ? { host, port, ...tcpOptions(settings) } : { path: socketPath },
    ),
  );
  socket.once("lookup", () => attempt.enter(`the TCP connection${whose} to ${address}`));
  await settled(socket, "connect");
  // A message is often a few bytes, which must not wait for more of them (RFC 896).
  if (socketPath === undefined) socket.setNoDelay(true);
  return socket;
}

/** `node:net` takes an option that is undefined for one that is wrong. */
function tcpOptions({ family, lookup, localAddress, localPort }: TcpSettings) {
  return {
    family,
    ...(lookup && { lookup }),
    ...(localAddress !== undefined && { localAddress }),
    ...(localPort !== undefined && { localPort }),
  };
}
