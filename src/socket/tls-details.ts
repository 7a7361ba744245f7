import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type PeerCertificate, TLSSocket } from "node:tls";
import { socketBelow } from "./http2/stream.ts";

/** What TLS has agreed upon with the peer. */
export interface TlsDetails {
  /** For example `"TLSv1.3"`; null before the handshake has ended. */
  readonly version: string | null;
  /** Standard name of the cipher suite. */
  readonly cipher: string;
  /** Whether the peer's certificate was verified; false also where none was asked for. */
  readonly authorized: boolean;
  /** Why it was not, where it was not. */
  readonly authorizationError: Error | undefined;
  /** The name that the client asked for by SNI, false or undefined for none. */
  readonly servername: string | false | undefined;
  /** The peer's certificate; an empty object where it sent none. */
  readonly peerCertificate: PeerCertificate;
}

/** @internal The TLS details of a stream, undefined for a plain one and for one that is destroyed. */
export function tlsDetails(stream: Duplex): TlsDetails | undefined {
  const socket = socketBelow(stream);
  if (!(socket instanceof TLSSocket) || socket.destroyed) return undefined;
  return {
    version: socket.getProtocol(),
    cipher: socket.getCipher().standardName,
    authorized: socket.authorized,
    authorizationError: socket.authorizationError ?? undefined,
    servername: (socket as { servername?: string | false }).servername,
    peerCertificate: socket.getPeerCertificate(),
  };
}

/**
 * @internal The socket that TLS runs over, for which there is no public name; undefined where this Node
 * does not keep it under the one that Node 20 to 26 do.
 */
export function socketUnder(socket: TLSSocket): Socket | undefined {
  return (socket as { readonly _parent?: Socket | null })._parent ?? undefined;
}
