import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { socketBelow } from "./http2/stream.ts";

/**
 * Who is at the two ends of a connection. It is read once, while TCP is there: the system does not know
 * any more when it is gone.
 */
export interface PeerFacts {
  /** Address of the peer, or what a trusted proxy says of it; undefined on a Unix socket. */
  readonly remoteAddress: string | undefined;
  /** Port of the peer; undefined like {@link remoteAddress}. */
  readonly remotePort: number | undefined;
  /** Address of this side, or the one that the peer's proxy was reached at; undefined on a Unix socket. */
  readonly localAddress: string | undefined;
  /** Port of this side; undefined like {@link localAddress}. */
  readonly localPort: number | undefined;
  /** Whether the peer speaks TLS; undefined where a trusted proxy has ended it and does not say. */
  readonly secure: boolean | undefined;
}

/**
 * What the system says of an open stream. The two addresses take some 3 µs and 280 bytes (Node 20: Node
 * itself keeps them too), so this is for who needs them.
 */
export function peerFacts(stream: Duplex): PeerFacts {
  // No instanceof: a stream of somebody's own may say who is there, too.
  const { remoteAddress, remotePort, localAddress, localPort } = socketBelow(
    stream,
  ) as Partial<Socket>;
  return { remoteAddress, remotePort, localAddress, localPort, secure: isEncrypted(stream) };
}

/** Whether a stream is one of TLS, or runs over one. */
export function isEncrypted(stream: Duplex): boolean {
  return "encrypted" in socketBelow(stream);
}
