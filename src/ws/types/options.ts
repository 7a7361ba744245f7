import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { ZlibOptions } from "node:zlib";
import type { ConnectionOptions } from "../../connection/options.ts";

/** Parameters of permessage-deflate (RFC 7692 §7.1), by the names that `ws` has for them. */
export interface PerMessageDeflateOptions {
  /**
   * Whether the server compresses each message by itself. On a server false refuses a client that asks for
   * it. Default: what the client asks for.
   */
  serverNoContextTakeover?: boolean | undefined;
  /**
   * The same for what the client sends. On a client false refuses a server that asks for it. Default: what the
   * server asks for.
   */
  clientNoContextTakeover?: boolean | undefined;
  /**
   * The server's window as base-2 logarithm of bytes, 8 to 15. On a server false refuses to have it limited.
   * Default 15.
   */
  serverMaxWindowBits?: number | undefined;
  /** The client's window as base-2 logarithm of bytes, 8 to 15. Default 15, or less where the other side says so. */
  clientMaxWindowBits?: number | undefined;
  /** Of these `level` and `memLevel` count, the rest has no meaning here. */
  zlibDeflateOptions?: DeflateOptions | undefined;
  /** Of no meaning here: how a message is inflated follows from its length. */
  zlibInflateOptions?: ZlibOptions | undefined;
  /**
   * Bytes below which a message is sent as it is, where there is no context takeover; with it all are
   * compressed. Default 1,024.
   */
  threshold?: number | undefined;
  /** Most messages that are compressed on the thread pool at a time, of all connections. Default 4. */
  concurrencyLimit?: number | undefined;
}

/** Options of zlib for what is compressed. */
export interface DeflateOptions {
  /** Of no meaning here. */
  flush?: number | undefined;
  /** Of no meaning here. */
  finishFlush?: number | undefined;
  /** Of no meaning here. */
  chunkSize?: number | undefined;
  /** Of no meaning here: the window is negotiated. */
  windowBits?: number | undefined;
  /** How hard zlib tries, 0 (messages are sent as they are) to 9. Default 6, as -1. */
  level?: number | undefined;
  /** How much memory zlib takes meanwhile, 1 to 9. Default 8. */
  memLevel?: number | undefined;
  /** Of no meaning here. */
  strategy?: number | undefined;
  /** Of no meaning here: the messages before are the dictionary. */
  dictionary?: Buffer | Buffer[] | DataView | undefined;
  /** Of no meaning here. */
  info?: boolean | undefined;
}

/** What `ws` has for both sides. */
export interface CommonOptions extends Bounds {
  /**
   * Whether several events of incoming frames may be emitted in one turn of the event loop. Default true;
   * false takes a turn for each message, Ping and Pong.
   */
  allowSynchronousEvents?: boolean | undefined;
  /** Whether a Ping is answered with a Pong by itself (RFC 6455 §5.5.2). Default true. */
  autoPong?: boolean | undefined;
  /** Milliseconds that the closing handshake may take before the socket is destroyed. Default 30,000. */
  closeTimeout?: number | undefined;
  /** Largest message to receive, in bytes, inflated; 0 for no limit. Default 104,857,600 (100 MiB). */
  maxPayload?: number | undefined;
  /** Most fragments of one received message; 0 for no limit. Default 16,384. */
  maxFragments?: number | undefined;
  /** Of no meaning here: no chunk waits by itself, its bytes are put into the message at once. */
  maxBufferedChunks?: number | undefined;
  /** Of no meaning here: to a peer that does not read only its latest Ping is answered (RFC 6455 §5.5.3). */
  maxPendingAutoPongs?: number | undefined;
  /** Compression: true or parameters for permessage-deflate. Default true on a client, false on a server. */
  perMessageDeflate?: boolean | PerMessageDeflateOptions | undefined;
  /**
   * Whether text that is received is passed on without being judged as UTF-8 (RFC 6455 §8.1), and bytes are
   * sent as text whatever they are. Default false.
   */
  skipUTF8Validation?: boolean | undefined;
}

/**
 * Bounds that `ws` does not have. Where not said otherwise the default is `Infinity`, as if they did not exist;
 * `docs/ws.md` says what each protects from.
 */
export interface Bounds
  extends Undefinable<
    Pick<
      ConnectionOptions,
      | "messageTimeout"
      | "heartbeatInterval"
      | "heartbeatTimeout"
      | "maxSendBuffer"
      | "sendTimeout"
      | "whenSendBufferFull"
      | "maxMessageRate"
      | "maxByteRate"
      | "whenRateExceeded"
      | "shareReads"
      | "directWrites"
    >
  > {}

/** Options that may be given as undefined, which counts as absent. */
type Undefinable<T> = { [Name in keyof T]: T[Name] | undefined };

/** What `verifyClient` is told of a request. */
export interface VerifyClientInfo<Request> {
  /** The Origin field; of version 8 Sec-WebSocket-Origin. */
  origin: string;
  /** Whether the request came over TLS. */
  secure: boolean;
  /** The request. */
  req: Request;
}

/** Decides at once whether a client may connect. */
export type VerifyClientCallbackSync<Request extends IncomingMessage = IncomingMessage> = (
  info: VerifyClientInfo<Request>,
) => boolean;

/** Decides by a call whether a client may connect, and how it is refused. */
export type VerifyClientCallbackAsync<Request extends IncomingMessage = IncomingMessage> = (
  info: VerifyClientInfo<Request>,
  callback: (
    accepted: boolean,
    code?: number,
    message?: string,
    headers?: OutgoingHttpHeaders,
  ) => void,
) => void;
