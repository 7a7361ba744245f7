import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { sharedChunk } from "../protocol/masking/mask-simd.ts";
import { readInto } from "./read-into.ts";
import { isNodeBetween } from "./system-handle.ts";

/** What becomes of a socket's events. */
export interface SocketListener {
  /**
   * @param chunk what was read is at its beginning; where it is {@link sharedChunk}, the next read of
   * any socket overwrites it
   * @param length bytes that were read
   */
  onData(chunk: Buffer, length: number): void;
  /** More has come on a stream that is paused, and waits in it: see `readAhead` of its transport. */
  onReadAhead?(): void;
  /** What was written is with the system. Tells nothing where nothing was waited for. */
  onDrain(): void;
  /** The peer has ended its side. */
  onEnd(): void;
  onError(error: Error): void;
  /** The stream is gone. The last call. */
  onSocketClose(): void;
}

const listener = Symbol("listener");

/**
 * Node's own listener for "end", on the versions whose source was read. It forbids to write behind the
 * end, unless `allowHalfOpen` is set: then it does nothing, but for the array that it and ours would be
 * in, of 64 bytes a connection.
 */
const forbidWriting = isNodeBetween(20, 26) ? new Socket().listeners("end").at(0) : undefined;

interface BoundStream extends Duplex {
  [listener]?: SocketListener;
}

/**
 * Sends the events of `stream` to `target`, from now on. The functions are shared by all streams:
 * five closures for each would cost an idle connection some 600 bytes.
 *
 * @param drains whether the event "drain" is one of them. It is for who waits for all that was written;
 * where each write tells of its end, it would tell of the same a second time
 */
export function bindSocket(stream: Duplex, target: SocketListener, drains = true): void {
  const bound = stream as BoundStream;
  const isNew = bound[listener] === undefined;
  bound[listener] = target;
  if (!drains) bound.off("drain", onDrain);
  if (!isNew) return;
  bound.on("data", onData);
  if (drains) bound.on("drain", onDrain);
  bound.on("end", onEnd);
  if (bound.allowHalfOpen && forbidWriting !== undefined) {
    bound.off("end", forbidWriting as () => void);
  }
  bound.on("error", onError);
  bound.on("close", onClose);
}

/** Whether a stream's events go to somebody by {@link bindSocket}. */
export function isBound(stream: Duplex): boolean {
  return (stream as BoundStream)[listener] !== undefined;
}

/** Undoes {@link bindSocket}: the socket belongs to somebody else now. */
export function unbindSocket(stream: Duplex): void {
  const bound = stream as BoundStream;
  bound.off("data", onData);
  bound.off("drain", onDrain);
  bound.off("end", onEnd);
  bound.off("error", onError);
  bound.off("close", onClose);
  delete bound[listener];
}

/**
 * Whether the listener of a stream is told of what arrives while it is paused. There is no event for that: the
 * stream only puts it into its queue.
 */
export function tellReadAhead(stream: Duplex, told: boolean): void {
  if (told) stream.push = pushAhead;
  else delete (stream as Partial<Duplex>).push;
}

function pushAhead(this: BoundStream, ...chunk: Parameters<Duplex["push"]>): boolean {
  const takesMore = Duplex.prototype.push.apply(this, chunk);
  this[listener]?.onReadAhead?.();
  return takesMore;
}

/**
 * From now on `socket` reads into {@link sharedChunk}, where that can be had; otherwise it goes on as
 * before. {@link bindSocket} must have been called.
 */
export function shareReads(socket: Socket): void {
  if (sharedChunk === undefined || !readInto(socket, sharedChunk, onRead)) return;
  // Without a buffer of its own a socket that is paused reads on, into its queue. From now on what it
  // reads would pass by that queue; paused again, it does not read.
  if (socket.isPaused()) socket.pause();
}

function onRead(this: BoundStream, length: number, chunk: Buffer): boolean {
  // Others may listen for "data" too, to count bytes for example. What they get is theirs to keep.
  if (this.listenerCount("data") > 1) this.emit("data", Buffer.from(chunk.subarray(0, length)));
  else this[listener]?.onData(chunk, length);
  return !this.isPaused();
}

function onData(this: BoundStream, chunk: Buffer): void {
  this[listener]?.onData(chunk, chunk.length);
}

function onDrain(this: BoundStream): void {
  this[listener]?.onDrain();
}

function onEnd(this: BoundStream): void {
  this[listener]?.onEnd();
}

function onError(this: BoundStream, error: Error): void {
  this[listener]?.onError(error);
}

function onClose(this: BoundStream): void {
  this[listener]?.onSocketClose();
}
