import type { SocketListener } from "./events.ts";

/**
 * What a connection needs of the stream that it runs over. One object serves all streams of a kind, so
 * that a connection has none of its own. `Stream` is the kind.
 */
export interface Transport<Stream extends object = object> {
  /**
   * The most bytes to hand over at a time: a stream that only tells when a write has ended is given pieces,
   * or a large one to a slow peer could not be told from one that is stuck.
   */
  readonly largestWrite: number;
  /** Sends the stream's events to `listener` from now on. */
  bind(stream: Stream, listener: SocketListener): void;
  /** Stops reading; the peer is held up by the flow control of the stream. */
  pause(stream: Stream): void;
  resume(stream: Stream): void;
  /** Whether it is paused. */
  isPaused(stream: Stream): boolean;
  /**
   * Bytes that have arrived and wait in the stream because it is paused. Where more can come then, `onReadAhead`
   * of its listener is called.
   */
  readAhead(stream: Stream): number;
  /**
   * Hands bytes over, of which there must be some. Only one write is under way at a time.
   *
   * @returns true if the system has taken them, and they may change. Otherwise `onDrain` of `listener`
   * is called when it has, before which they must not; never if the stream ends before
   */
  write(stream: Stream, bytes: Buffer, listener: SocketListener): boolean;
  /** The same for several buffers, in one write where that can be. */
  writeAll(stream: Stream, buffers: readonly Buffer[], listener: SocketListener): boolean;
  /**
   * Bytes of the write under way that the system has not taken, as far as can be known: it tells a peer
   * that takes little from one that takes nothing. -1 where only the end of a write is known.
   */
  left(stream: Stream): number;
  /** Ends this side, when nothing is being written. */
  end(stream: Stream): void;
  destroy(stream: Stream): void;
  ref(stream: Stream): void;
  unref(stream: Stream): void;
}
