/** The sockets of the load generator, of whatever runtime it runs on. */

/** One connection. */
export interface Connection {
  /** Sends bytes, which must not change afterwards. */
  write(bytes: Uint8Array): void;
  /** Closes the connection, whatever is still on the way. */
  destroy(): void;
  /** Belongs to whoever uses the connection. */
  state: ConnectionState;
}

/** What the users of a connection keep with it. */
export interface ConnectionState {
  /** Bytes received so far, the handshake apart. */
  received: number;
  /** Messages sent so far. */
  sent: number;
  /** When the last message was sent, in ms of `performance.now()`. */
  sentAt: number;
  /** The head of the handshake as far as it has come, undefined once it is complete or where there is none. */
  head: string | undefined;
  /** Index of the handshake key used. */
  key: number;
  /** Whether we have answered the server's first words, where it has any. */
  greeted: boolean;
  /** Whether a Close has come in answer to ours. */
  closed: boolean;
}

/** What happens on connections; one object for all of them. */
export interface Handler {
  open(connection: Connection): void;
  /** `chunk` is valid during the call only. */
  data(connection: Connection, chunk: Buffer): void;
  close(connection: Connection, error: Error | undefined): void;
}

/** A way to have connections. */
export interface Transport {
  /** Name and version, for the report. */
  readonly name: string;
  /** @param tls "h2" for TLS with which HTTP/2 is agreed upon */
  connect(port: number, tls: boolean | "h2", handler: Handler): void;
  /** Listens on a port of 127.0.0.1 that the system chooses. */
  listen(handler: Handler): Promise<{ port: number; close(): void }>;
}

/** A fresh state for a connection. */
export function newState(): ConnectionState {
  return { received: 0, sent: 0, sentAt: 0, head: "", key: 0, greeted: false, closed: false };
}
