import type { Socket } from "node:net";
import { encodeHeader, headerSize, MAX_HEADER_SIZE } from "../../protocol/frame-header.ts";
import {
  firstByte,
  type KeySource,
  maxTextFrameSize,
  writeAsciiFrame,
  writeFrame,
  writeTextFrame,
} from "../../protocol/frame-writer.ts";
import { borrow, giveBack } from "../../protocol/lent-memory.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { handleOf } from "../../socket/system-handle.ts";
import { canWriteDirectly, type DirectWriter, writeDirectly } from "../../socket/write-directly.ts";
import { TOO_LARGE_TO_COPY } from "./data.ts";
import { LARGE_SLAB, releaseSlab, SMALL_SLAB, takeSlab } from "./slabs.ts";

const NOTHING = Buffer.alloc(0);

/**
 * The sending half of a connection: frames are gathered in a slab and written together, when the
 * chunk of input that caused them has been worked off, or at the end of the tick. One write per
 * message costs ten times as much (docs/performance.md).
 */
export class Output implements DirectWriter {
  readonly #socket: Socket;
  readonly #nextKey: KeySource | undefined;
  /** TLS, and a stream of somebody's own, reads a buffer after it was written: they are given copies. */
  readonly #copies: boolean;
  /** Whether writes may pass by the socket's stream. */
  readonly #direct: boolean;
  /** Bytes of the direct write that the operating system has not taken all of, 0 without one. */
  #pending = 0;
  #slab: Buffer | undefined;
  #used = 0;
  #corked = false;
  #scheduled = false;
  /** What the socket held after the last write; it can only have become less since. */
  #backlog = 0;
  #empty: PromiseWithResolvers | undefined;

  /**
   * @param nextKey masks what is sent (client); undefined on a server
   * @param directWrites see `ConnectionOptions`
   */
  constructor(socket: Socket, nextKey: KeySource | undefined, directWrites: boolean) {
    this.#socket = socket;
    this.#nextKey = nextKey;
    this.#copies = "encrypted" in socket || handleOf(socket) === undefined;
    this.#direct = directWrites && canWriteDirectly(socket);
  }

  /** Bytes that wait here and in the socket. */
  get buffered(): number {
    return this.#used + this.held;
  }

  /** Whether more than `mark` bytes wait; costs next to nothing while none do. */
  exceeds(mark: number): boolean {
    return this.#backlog + this.#used > mark && this.buffered > mark;
  }

  /** Gathers all frames until {@link uncork}. */
  cork(): void {
    this.#corked = true;
  }

  uncork(): void {
    this.#corked = false;
    if (this.#slab !== undefined) this.flush();
  }

  /** Sends a text message or, with another `first` byte, a fragment of one. */
  text(text: string, first = firstByte(Opcode.text)): void {
    const most = maxTextFrameSize(text.length);
    if (most > LARGE_SLAB) {
      this.writeLargeText(first, text);
      return;
    }
    const slab = this.room(most);
    this.#used = writeTextFrame(slab, this.#used, first, text, this.#nextKey);
    this.schedule();
  }

  /**
   * Sends a frame.
   *
   * @returns undefined when `payload` was copied or is with the operating system; otherwise a
   * promise that resolves once it is, before which it must not be changed. It rejects if the
   * connection ends before, which need not be handled.
   */
  frame(first: number, payload: Uint8Array): Promise<void> | undefined {
    if (payload.length < TOO_LARGE_TO_COPY) {
      const slab = this.room(MAX_HEADER_SIZE + payload.length);
      this.#used = writeFrame(slab, this.#used, first, payload, this.#nextKey);
      this.schedule();
      return undefined;
    }
    if (this.#nextKey !== undefined) {
      this.writeMasked(first, payload);
      return undefined;
    }
    return this.writeShared(first, payload);
  }

  /** Sends bytes that are frames already and never change, such as those of a broadcast. */
  prepared(frames: Buffer): void {
    const gathering = this.#slab !== undefined || this.#corked;
    if (!gathering || frames.length >= TOO_LARGE_TO_COPY) {
      this.writeOwned(frames);
      return;
    }
    const slab = this.room(frames.length);
    slab.set(frames, this.#used);
    this.#used += frames.length;
    this.schedule();
  }

  /** Writes what has been gathered. */
  flush(): void {
    this.#scheduled = false;
    const slab = this.#slab;
    if (slab === undefined) return;
    this.write(this.take(slab));
    this.giveBackSlab(slab);
    if (this.#empty !== undefined) this.watch();
  }

  /** Resolves when nothing waits any more; rejects if the connection ends before. */
  whenEmpty(): Promise<void> {
    if (this.#empty !== undefined) return this.#empty.promise;
    const empty = withResolvers();
    this.#empty = empty;
    // Nobody has to await it: a rejection that nobody handles would end the process.
    empty.promise.catch(() => {});
    this.watch();
    return empty.promise;
  }

  /** The socket has emitted "drain", or "finish" once it was ended, when it emits no "drain" any more. */
  onDrain(): void {
    this.#backlog = this.held;
    this.watch();
  }

  /** A direct write that was pending has ended. */
  onWritten(bytes: Uint8Array): void {
    // It may be a slab too, which was not borrowed: nothing happens to that.
    giveBack(bytes);
    this.#pending = 0;
    this.onDrain();
  }

  /** Whether somebody waits for {@link whenEmpty}. */
  get awaited(): boolean {
    return this.#empty !== undefined;
  }

  /** Drops what has not been written: the connection has ended. Whoever waits gets the error. */
  end(error: Error | undefined): void {
    if (this.#slab !== undefined) releaseSlab(this.#slab);
    this.#slab = undefined;
    this.#used = 0;
    this.#backlog = 0;
    if (error !== undefined) this.#empty?.reject(error);
    this.#empty = undefined;
  }

  /** Resolves {@link whenEmpty}, or makes sure that the socket will tell when it can. */
  private watch(): void {
    // A direct write that is pending calls onDrain when it ends.
    if (this.#empty === undefined || this.#used > 0 || this.#pending > 0) return;
    if (this.#socket.writableLength === 0) {
      this.#empty.resolve();
      this.#empty = undefined;
    } else if (!this.#socket.writableNeedDrain && !this.#socket.writableEnded) {
      // Less waits than the socket's own mark, so it will not emit "drain"; but writes end in
      // order, and so an empty one ends when all before it have.
      this.#socket.write(NOTHING, (error) => {
        if (!error) this.onDrain();
      });
    }
  }

  private schedule(): void {
    if (this.#corked || this.#scheduled) return;
    this.#scheduled = true;
    // After the microtasks: what a chain of promises sends is gathered too.
    process.nextTick(flush, this);
  }

  /** The slab, with room for `size` bytes at `#used`. */
  private room(size: number): Buffer {
    const slab = this.#slab;
    if (slab !== undefined) {
      if (slab.length - this.#used >= size) return slab;
      if (slab.length === SMALL_SLAB && LARGE_SLAB - this.#used >= size) return this.widen(slab);
      this.flush();
    }
    this.#slab = takeSlab(this.#corked ? LARGE_SLAB : size);
    return this.#slab;
  }

  private widen(slab: Buffer): Buffer {
    const wide = takeSlab(LARGE_SLAB);
    slab.copy(wide, 0, 0, this.#used);
    releaseSlab(slab);
    this.#slab = wide;
    return wide;
  }

  /** Takes the gathered bytes out of this object, for a write. */
  private take(slab: Buffer): Buffer {
    const bytes = slab.subarray(0, this.#used);
    this.#slab = undefined;
    this.#used = 0;
    return this.#copies ? Buffer.from(bytes) : bytes;
  }

  /**
   * A plain socket that holds nothing right after a write has handed all of it to the operating
   * system, and the slab is free. Otherwise it belongs to that write, and the next slab is
   * another: this happens only to a peer that does not keep up.
   */
  private giveBackSlab(slab: Buffer): void {
    if (this.#copies || this.#backlog === 0) releaseSlab(slab);
  }

  private writeLargeText(first: number, text: string): void {
    const most = headerSize(text.length, this.#nextKey !== undefined) + text.length;
    const borrowed = borrow(most);
    const end = writeAsciiFrame(borrowed, 0, first, text, this.#nextKey);
    if (end !== -1) {
      this.flush();
      this.write(borrowed.subarray(0, end), true);
      return;
    }
    giveBack(borrowed);
    const frame = this.allocateFrame(Buffer.byteLength(text));
    writeTextFrame(frame, 0, first, text, this.#nextKey);
    this.writeOwned(frame);
  }

  /** Sends a large payload that must be masked, which changes it: a copy. */
  private writeMasked(first: number, payload: Uint8Array): void {
    const frame = this.allocateFrame(payload.length);
    writeFrame(frame, 0, first, payload, this.#nextKey);
    this.writeOwned(frame);
  }

  private allocateFrame(length: number): Buffer {
    return Buffer.allocUnsafeSlow(headerSize(length, this.#nextKey !== undefined) + length);
  }

  /** Writes a frame that is in a buffer of its own, behind what has been gathered. */
  private writeOwned(frame: Buffer): void {
    this.flush();
    this.write(frame);
  }

  /** Bytes that the socket holds. */
  private get held(): number {
    return this.#pending + this.#socket.writableLength;
  }

  /** @param borrowed whether the memory is to be given back once nobody reads it any more */
  private write(bytes: Buffer, borrowed = false): void {
    const socket = this.#socket;
    if (this.#direct && this.#backlog === 0) {
      const outcome = writeDirectly(socket, bytes, this);
      if (outcome === "written") {
        if (borrowed) giveBack(bytes);
        return;
      }
      if (outcome === "pending") {
        this.#pending = bytes.length;
        this.#backlog = bytes.length;
        return;
      }
    }
    if (borrowed) {
      socket.write(bytes, (error) => {
        // A stream of somebody's own may have passed them on.
        if (!error && handleOf(socket) !== undefined) giveBack(bytes);
      });
    } else {
      socket.write(bytes);
    }
    this.#backlog = this.held;
  }

  /** Sends a large payload without a copy, behind its header, in one system call. */
  private writeShared(first: number, payload: Uint8Array): Promise<void> | undefined {
    const slab = this.room(MAX_HEADER_SIZE);
    this.#used = encodeHeader(slab, this.#used, first, payload.length, 0);
    this.#scheduled = false;
    const socket = this.#socket;
    socket.cork();
    socket.write(this.take(slab));
    socket.write(payload);
    socket.uncork();
    this.#backlog = this.held;
    this.giveBackSlab(slab);
    if (this.#empty !== undefined) this.watch();
    return this.#backlog === 0 ? undefined : this.whenEmpty();
  }
}

interface PromiseWithResolvers {
  readonly promise: Promise<void>;
  resolve(): void;
  reject(error: Error): void;
}

// Promise.withResolvers came with Node 22.
function withResolvers(): PromiseWithResolvers {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

function flush(output: Output): void {
  output.flush();
}
