import type { SocketListener } from "../../../src/socket/events.ts";
import type { Transport } from "../../../src/socket/transport.ts";

/**
 * A stream, and its transport, that takes what is written at once, or only when it is told to. What it has not
 * taken it holds as it was given, and reads it when it takes it, as the system does.
 */
export class Sink implements Transport {
  /** What has been taken. */
  readonly writes: Buffer[] = [];
  largestWrite = Number.POSITIVE_INFINITY;
  slow = false;
  ended = false;
  #waiting: readonly Buffer[] = [];
  #listener: SocketListener | undefined;

  readAhead(): number {
    return 0;
  }

  write(_: object, bytes: Buffer, listener: SocketListener): boolean {
    return this.writeAll(_, [bytes], listener);
  }

  writeAll(_: object, buffers: readonly Buffer[], listener: SocketListener): boolean {
    if (this.#waiting.length > 0) throw new Error("two writes at a time");
    if (buffers.some(({ length }) => length > this.largestWrite)) throw new Error("too large");
    if (buffers.length === 0) throw new Error("nothing to write");
    this.#waiting = buffers;
    this.#listener = listener;
    if (!this.slow) this.#take();
    return !this.slow;
  }

  /** Takes the write that waits, and tells who wrote it. */
  takeOne(): boolean {
    if (this.#waiting.length === 0) return false;
    this.#take();
    this.#listener?.onDrain();
    return true;
  }

  /** Takes all that waits and will come. */
  release(): void {
    this.slow = false;
    this.takeOne();
  }

  #take(): void {
    this.writes.push(Buffer.concat(this.#waiting));
    this.#waiting = [];
  }

  /** All that has been taken. */
  get bytes(): Buffer {
    return Buffer.concat(this.writes);
  }

  /** Bytes of memory that cannot be freed while the write waits. */
  get pinned(): number {
    const memories = new Set(this.#waiting.map(({ buffer }) => buffer));
    return [...memories].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  end(): void {
    this.ended = true;
  }

  left(): number {
    return -1;
  }

  isPaused(): boolean {
    return false;
  }

  bind(): void {}
  pause(): void {}
  resume(): void {}
  destroy(): void {}
  ref(): void {}
  unref(): void {}
}
