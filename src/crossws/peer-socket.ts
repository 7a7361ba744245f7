import type { Connection } from "../connection/connection.ts";
import type { Peer, PeerSocket } from "./types.ts";

const READY_STATES = { open: 1, closing: 2, closed: 3 } as const;

/** A connection in the shape of a WebSocket, as far as hooks look at one. */
export class ConnectionSocket implements PeerSocket {
  binaryType = "nodebuffer";
  readonly #connection: Connection;
  readonly #peer: Peer;

  constructor(connection: Connection, peer: Peer) {
    this.#connection = connection;
    this.#peer = peer;
  }

  get readyState(): number {
    return READY_STATES[this.#connection.state];
  }

  get protocol(): string {
    return this.#connection.protocol || this.#asked("sec-websocket-protocol");
  }

  get extensions(): string {
    return this.#connection.extensions || this.#asked("sec-websocket-extensions");
  }

  get url(): string {
    return this.#peer.request.url.replace(/^http/, "ws");
  }

  get bufferedAmount(): number {
    return this.#connection.bufferedAmount;
  }

  /** Sends a message: `peer.send` takes more. */
  send(data: string | ArrayBuffer | ArrayBufferView | Blob): void {
    this.#peer.send(data);
  }

  /** Begins the closing handshake, as `peer.close` does. */
  close(code?: number, reason?: string): void {
    this.#peer.close(code, reason);
  }

  #asked(field: string): string {
    return this.#connection.request?.headers.get(field) ?? "";
  }
}
