import type { Socket } from "node:net";

/**
 * When the sockets of a TLS server were accepted, so that the time of the TLS handshake counts
 * for the deadline of the opening handshake. The two sockets, of TCP and of TLS, are known to be
 * the same by their peer's address.
 */
export class AcceptTimes {
  readonly #times = new Map<string, number>();

  /** A TCP socket was accepted. */
  note(socket: Socket): void {
    const key = peerOf(socket);
    this.#times.set(key, performance.now());
    socket.once("close", () => this.#times.delete(key));
  }

  /** Milliseconds since the TCP socket under this TLS socket was accepted. */
  age(socket: Socket): number {
    const accepted = this.#times.get(peerOf(socket));
    return accepted === undefined ? 0 : performance.now() - accepted;
  }
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
