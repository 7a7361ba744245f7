/**
 * What crossws and this adapter have in common, in the shape that crossws 0.4 gives it. crossws itself is not
 * imported: its hooks fit here, and these objects do what its own do.
 */

/** What several of these types may be: there at once, or later. */
export type MaybePromise<T> = T | Promise<T>;

/** Header fields, as the constructor of `Headers` takes them. */
export type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;

/** How to send one message. */
export interface SendOptions {
  /** Whether to compress it, where compression was agreed upon. Default: what the options of the route say. */
  readonly compress?: boolean;
}

/** What `peer.websocket` has of a WebSocket. Its members are optional because other adapters may lack them. */
export interface PeerSocket {
  /** The number of the state: 1 for open, 2 for closing, 3 for closed. */
  readonly readyState?: number;
  /** The subprotocol; where none was agreed upon, the field of the request that offers some. */
  readonly protocol?: string;
  /** The extensions; where none was agreed upon, the field of the request that offers some. */
  readonly extensions?: string;
  /** The address that was asked for, `ws:` or `wss:`. */
  readonly url?: string;
  /** Bytes that were sent but are not with the operating system yet. */
  readonly bufferedAmount?: number;
  /** What `message.data` is: see {@link Message.data}. */
  binaryType?: string;
}

/** A connected client. */
export interface Peer {
  /** A random UUID, made when it is first asked for. */
  readonly id: string;
  /** What `upgrade` has returned as `context`, and what hooks put there. */
  readonly context: Record<string, unknown>;
  /** Topics and {@link peers} are within it: what `upgrade` or `getNamespace` says, else the path. */
  readonly namespace: string;
  /** Address of the client; undefined on a Unix socket. */
  readonly remoteAddress: string | undefined;
  /** The request that has opened the connection. Its address begins with `http:` or `https:`. */
  readonly request: Request;
  /** The connection in the shape of a WebSocket. */
  readonly websocket: PeerSocket;
  /** The peers of its namespace, itself included. */
  readonly peers: ReadonlySet<Peer>;
  /** The topics that it is subscribed to. They stay known when the connection has ended. */
  readonly topics: ReadonlySet<string>;
  /** Bytes that were sent but are not with the operating system yet. */
  readonly bufferedAmount: number;
  /**
   * Waits until at most `threshold` bytes (default 0) wait to be sent, or the connection has ended. It looks every
   * `pollInterval` milliseconds (default 100). It rejects with the reason of the `signal`.
   */
  waitForDrain(options?: {
    readonly threshold?: number;
    readonly pollInterval?: number;
    readonly signal?: AbortSignal;
  }): Promise<void>;
  /**
   * Sends a message. Strings go as text, bytes and Blobs as binary, null and undefined as empty text, other objects
   * as JSON. Once the connection is closed nothing is sent, and nothing thrown.
   *
   * @returns {@link bufferedAmount}
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: as crossws has it
  send(data: unknown, options?: SendOptions): number | undefined | void;
  /** Sends a message to the peers of its namespace that are subscribed to a topic, but not to itself. */
  publish(topic: string, data: unknown, options?: SendOptions): void;
  /** From now on it gets what is published to the topic in its namespace. */
  subscribe(topic: string): void;
  /** Ends a subscription. */
  unsubscribe(topic: string): void;
  /** Begins the closing handshake. */
  close(code?: number, reason?: string): void;
  /** Ends the connection at once. */
  terminate(): void;
  /** Sends a Ping with at most 125 bytes; the hook `error` is told if that cannot be. */
  ping(data?: unknown): void;
  /** Its {@link id}. */
  toString(): string;
}

/** A message that has come. */
export interface Message {
  /** A random UUID, made when it is first asked for. */
  readonly id: string;
  /** Who has sent it. */
  readonly peer?: Peer;
  /** A string for text, a Buffer for binary. The Buffer may share its memory with other messages. */
  readonly rawData: unknown;
  /**
   * What `peer.websocket.binaryType` says: a Buffer (`"nodebuffer"`, the default), or by `"arraybuffer"`, `"blob"`,
   * `"uint8array"`, `"text"`.
   */
  readonly data: unknown;
  /** The message as text; bytes that are no UTF-8 become U+FFFD. */
  text(): string;
  /** What the text means as JSON. */
  json<T = unknown>(): T;
  /** The bytes; text in UTF-8. */
  uint8Array(): Uint8Array;
  /** The bytes in memory of their own. */
  arrayBuffer(): ArrayBuffer | SharedArrayBuffer;
  /** The bytes as a Blob. */
  blob(): Blob;
  /** As {@link text}. */
  toString(): string;
}

/** Settings of permessage-deflate for one connection, with the names that `ws` has for them. */
export interface PerMessageDeflateOptions {
  /** Whether each message of the server is compressed by itself. Default false. */
  readonly serverNoContextTakeover?: boolean;
  /** Whether the client is asked to do so. Default false. */
  readonly clientNoContextTakeover?: boolean;
  /** Base-2 logarithm of the window in bytes, 8 to 15. Default 12. */
  readonly serverMaxWindowBits?: number;
  /** The same logarithm of bytes. Default 12. Where both are given, the smaller one holds for both directions. */
  readonly clientMaxWindowBits?: number;
  /** Messages with fewer bytes are not compressed. Default 64. */
  readonly threshold?: number;
  /** How hard zlib tries (1 to 9, default 3) and how much memory it takes (1 to 9, default 8). */
  readonly zlibDeflateOptions?: { readonly level?: number; readonly memLevel?: number };
  /** Has no meaning here. */
  readonly zlibInflateOptions?: object;
}

/** What the hook `upgrade` may return. */
export interface UpgradeResult {
  /** Header fields of the 101 response. `Sec-WebSocket-Protocol` among them chooses the subprotocol. */
  readonly headers?: HeadersInit;
  /** The subprotocol, one of those that the client offers. */
  readonly protocol?: string;
  /** Whether to agree upon compression, and how. Default: what the options of the route say. */
  readonly perMessageDeflate?: boolean | PerMessageDeflateOptions;
  /** In place of the path. */
  readonly namespace?: string;
  /** Is put into `peer.context`. */
  readonly context?: Record<string, unknown>;
  /** Not possible here: the connection is refused with 500. */
  readonly handled?: boolean;
}

/** The request of the hook `upgrade`. */
export type HookRequest = Request & { readonly context?: Record<string, unknown> };

/** What is called when something happens. Those of crossws' `defineHooks` fit. */
export interface Hooks {
  /**
   * A request has come, well-formed and from an allowed origin. A Response that is returned or thrown, or is the
   * `response` of what is thrown, is the answer instead of the connection.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: what a hook without a return has
  upgrade?(request: HookRequest): MaybePromise<UpgradeResult | Response | void>;
  /** The connection is open. */
  open?(peer: Peer): unknown;
  /** A message has come. Messages do not wait for a promise of the hook before them. */
  message?(peer: Peer, message: Message): unknown;
  /** The connection has ended. */
  close?(peer: Peer, details: { readonly code?: number; readonly reason?: string }): unknown;
  /** All that waited for the peer is with the operating system. */
  drain?(peer: Peer): unknown;
  /** Something has ended the connection, told before `close`; or a Ping could not be sent. */
  error?(peer: Peer, error: Error): unknown;
  /** A Ping has come, which has been answered. */
  ping?(peer: Peer, data: Uint8Array): unknown;
  /** A Pong with a payload has come. */
  pong?(peer: Peer, data: Uint8Array): unknown;
}
