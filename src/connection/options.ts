import {
  type CompressionOptions,
  type CompressionSettings,
  compressionSettings,
} from "../compression/options.ts";
import { checkChoice, checkLimit, checkTimeout } from "../options/checks.ts";
import type { Texts } from "../protocol/message-assembler.ts";

/**
 * Limits, timeouts and buffers of a connection, the same on a server and on a client. Every one
 * has a safe default; `Infinity` turns a limit or a timeout off.
 */
export interface ConnectionOptions {
  /**
   * Largest message to receive, in bytes; judged by the length that a frame declares and by the
   * sum of a message's frames, before anything is stored, and for a compressed message by what it
   * inflates to, while it inflates. Default 1,048,576 (1 MiB). A larger message closes the
   * connection with 1009.
   */
  readonly maxMessageSize?: number;
  /** Most fragments of one received message. Default 16,384. More close with 1008. */
  readonly maxFragments?: number;
  /**
   * Milliseconds that a received message may take from its first byte to its last. Default
   * 30,000. A slower one closes the connection with 1008.
   */
  readonly messageTimeout?: number;
  /** Milliseconds of silence from the peer after which it is pinged. Default 25,000. */
  readonly heartbeatInterval?: number;
  /**
   * Milliseconds that the peer has to answer that ping. If it does not, it counts as dead, and the socket is
   * destroyed (1006, seen only locally). Default 20,000.
   */
  readonly heartbeatTimeout?: number;
  /**
   * Milliseconds that the closing handshake may take before the socket is destroyed. Traffic
   * does not extend it. Default 10,000.
   */
  readonly closeTimeout?: number;
  /**
   * Bytes waiting to be sent above which `send` returns a promise, which resolves when all of
   * them are with the operating system. Default 65,536 (64 KiB).
   */
  readonly highWaterMark?: number;
  /**
   * Most bytes that may wait to be sent. What would exceed it is handled as
   * {@link whenSendBufferFull} says; a single message is always taken while nothing waits.
   * Default 16,777,216 (16 MiB).
   */
  readonly maxSendBuffer?: number;
  /**
   * How many milliseconds the peer may take nothing while bytes wait to be sent. After that the socket is
   * destroyed: the peer gets no Close frame, and this side reports 1006. Default 30,000.
   */
  readonly sendTimeout?: number;
  /**
   * What becomes of a message that does not fit into {@link maxSendBuffer}: `"close"` (default)
   * closes the connection with 1013, `"drop"` drops the message and counts it in
   * `connection.dropped`.
   */
  readonly whenSendBufferFull?: "close" | "drop";
  /**
   * Most messages that may wait for `receive` or an iterator. When so many wait, reading stops, and TCP holds the
   * peer up. It goes on when a quarter of them is left. What one read has brought, up to 128 KiB, still goes into
   * the queue. Default 16.
   */
  readonly maxQueuedMessages?: number;
  /**
   * Most bytes of the messages that may wait for `receive` or an iterator. Each message counts 64 bytes more than it
   * has. When so many wait, reading stops, as for {@link maxQueuedMessages}. The queue takes at most one message
   * beyond this limit. Default 1,048,576 (1 MiB).
   */
  readonly maxQueuedBytes?: number;
  /**
   * Most messages a second that the peer may send on average. It may send the messages of one second all at once.
   * Pings and Pongs count. Default Infinity.
   */
  readonly maxMessageRate?: number;
  /**
   * Most bytes a second that the peer may send on average. It may send those of one second all at once. Default
   * Infinity.
   */
  readonly maxByteRate?: number;
  /**
   * What happens when the peer sends more than {@link maxMessageRate} or {@link maxByteRate} allows. `"hold"`
   * (default) stops reading until it is within them again; `"close"` closes the connection with 1008.
   */
  readonly whenRateExceeded?: "hold" | "close";
  /**
   * What a text message is handed over as. `"string"` (default) gives a string. `"buffer"` gives a Buffer with its
   * bytes in UTF-8. In both cases a message that is no valid UTF-8 closes the connection with 1007.
   */
  readonly text?: "string" | "buffer";
  /**
   * What a binary message is handed over as. `"buffer"` (default) gives a Buffer, which may share its memory with
   * other messages. `"arraybuffer"` gives an ArrayBuffer that holds only this message.
   */
  readonly binary?: "buffer" | "arraybuffer";
  /**
   * Compression of messages (permessage-deflate, RFC 7692), where the other side agrees to it:
   * `true` for the defaults of {@link CompressionOptions}, or some of them. Default false.
   */
  readonly compression?: boolean | CompressionOptions;
  /**
   * Whether all connections read into one buffer, which saves time and memory. This uses parts of Node that are not
   * documented, so it is done only on versions of Node that were tested. Default true.
   */
  readonly shareReads?: boolean;
  /**
   * Whether writes go past Node's stream straight to the socket's handle, as long as the operating system takes all
   * of them at once. This saves time. It uses parts of Node that are not documented, so it is done only where it was
   * tested: on TCP and Unix sockets, on Node 20 to 25. Default true.
   */
  readonly directWrites?: boolean;
}

/** All the options, checked, defaults filled in; one object for all connections of a route. */
export interface ConnectionSettings
  extends Required<Omit<ConnectionOptions, "compression" | "text">> {
  /** As what text is received. */
  readonly text: Texts;
  /** Whether iterations end without an error however the connection ends: somebody makes another. */
  readonly endsQuietly: boolean;
  /** Which side of its connections this is. */
  readonly role: "server" | "client";
  /** How to compress, undefined for not at all. */
  readonly compression: CompressionSettings | undefined;
}

const DEFAULTS: Required<ConnectionOptions> = {
  maxMessageSize: 1024 * 1024,
  maxFragments: 16_384,
  messageTimeout: 30_000,
  heartbeatInterval: 25_000,
  heartbeatTimeout: 20_000,
  closeTimeout: 10_000,
  highWaterMark: 64 * 1024,
  maxSendBuffer: 16 * 1024 * 1024,
  sendTimeout: 30_000,
  whenSendBufferFull: "close",
  maxQueuedMessages: 16,
  maxQueuedBytes: 1024 * 1024,
  maxMessageRate: Number.POSITIVE_INFINITY,
  maxByteRate: Number.POSITIVE_INFINITY,
  whenRateExceeded: "hold",
  text: "string",
  binary: "buffer",
  compression: false,
  shareReads: true,
  directWrites: true,
};

/** The names of all connection options. */
export const CONNECTION_OPTION_NAMES = Object.keys(DEFAULTS);

/**
 * Checks the connection options among `options` and fills in the defaults.
 *
 * @throws ArgumentError that names the option and says what it takes
 */
export function connectionSettings(
  options: ConnectionOptions,
  role: "server" | "client",
): ConnectionSettings {
  type Name = keyof ConnectionOptions;
  const limit = (name: Name, unit: string, least = 1) =>
    checkLimit(name, options[name] ?? DEFAULTS[name], least, unit);
  const ms = (name: Name) => checkTimeout(name, options[name] ?? DEFAULTS[name]);
  const choice = <T extends string | boolean>(name: Name, ...choices: readonly T[]) =>
    checkChoice(name, options[name] ?? DEFAULTS[name], choices);
  return {
    role,
    endsQuietly: false,
    maxMessageSize: limit("maxMessageSize", "bytes", 0),
    maxFragments: limit("maxFragments", "fragments"),
    messageTimeout: ms("messageTimeout"),
    heartbeatInterval: ms("heartbeatInterval"),
    heartbeatTimeout: ms("heartbeatTimeout"),
    closeTimeout: ms("closeTimeout"),
    highWaterMark: limit("highWaterMark", "bytes"),
    maxSendBuffer: limit("maxSendBuffer", "bytes"),
    sendTimeout: ms("sendTimeout"),
    whenSendBufferFull: choice("whenSendBufferFull", "close", "drop"),
    maxQueuedMessages: limit("maxQueuedMessages", "messages"),
    maxQueuedBytes: limit("maxQueuedBytes", "bytes"),
    maxMessageRate: limit("maxMessageRate", "messages a second"),
    maxByteRate: limit("maxByteRate", "bytes a second"),
    whenRateExceeded: choice("whenRateExceeded", "hold", "close"),
    text: choice("text", "string", "buffer"),
    binary: choice("binary", "buffer", "arraybuffer"),
    compression: compressionSettings(options.compression ?? DEFAULTS.compression),
    shareReads: choice("shareReads", true, false),
    directWrites: choice("directWrites", true, false),
  };
}
