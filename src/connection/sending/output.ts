import { encodeHeader, headerSize, MAX_HEADER_SIZE } from "../../protocol/frame-header.ts";
import {
  firstByte,
  maxTextFrameSize,
  writeAsciiFrame,
  writeFrame,
  writeTextFrame,
} from "../../protocol/frame-writer.ts";
import { borrow } from "../../protocol/lent-memory.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { type Flushable, turn } from "../turn.ts";
import { giveBackMemory, type Piece } from "./backlog.ts";
import type { LogRange } from "./broadcast/log.ts";
import { TOO_LARGE_TO_COPY } from "./data.ts";
import { type OnWritten, tellWaiters } from "./on-written.ts";
import {
  LARGEST_SLAB,
  releaseSlab,
  SMALLEST_SLAB,
  takeHeader,
  takeSlab,
  widenSlab,
} from "./slabs.ts";
import { type OutputOwner, ownPiece, StreamWriter } from "./stream-writer.ts";

/** While a write is under way, a slab that has this many bytes is put behind it, and a new one begun. */
const FULL = 64 * 1024;
/** While a write is under way, a frame of as many bytes gets memory of its own, of just its size. */
const LARGE_TO_WAIT = 2 * 1024;

/**
 * The frames that a connection sends, on their way to the system. They are gathered in a slab and written
 * together, when the chunk of input that caused them has been worked off, or at the end of the turn of the event
 * loop: one write per message costs ten times as much (docs/performance.md). What is sent while a write is
 * under way waits in the slab and, when that is full, behind it.
 */
export class Output extends StreamWriter implements Flushable {
  readonly #owner: OutputOwner;
  #slab: Buffer | undefined;
  #used = 0;
  /** In the place of a slab, broadcasts that nothing else was sent between. */
  #range: LogRange | undefined;
  /** Who waits for what has been gathered to be written. */
  #waiters: OnWritten[] | undefined;
  /** Bytes of the chunk that is being worked off, for which frames are gathered; 0 without one. */
  #corked = 0;
  #scheduled = false;

  constructor(owner: OutputOwner) {
    super(owner);
    this.#owner = owner;
  }

  /** Bytes that wait, those under way included; as memory, where that is known to be more. */
  get buffered(): number {
    return this.#used + (this.#range?.length ?? 0) + this.waiting;
  }

  /** Whether more than `mark` bytes wait; costs next to nothing while none do. */
  exceeds(mark: number): boolean {
    if (!this.pending && this.#range === undefined) return this.#used > mark;
    return this.buffered > mark;
  }

  /** Gathers all frames until {@link uncork}, for a chunk of so many bytes. */
  cork(length: number): void {
    this.#corked = length || 1;
  }

  uncork(): void {
    this.#corked = 0;
    if (this.#slab === undefined || this.#scheduled) return;
    // Where others wait for the end of the turn, in a chat for example, more may come for this one too.
    if (turn.gathers) this.#flushLater();
    else this.flush();
  }

  /** Sends a text message or, with another `first` byte, a fragment of one. */
  text(text: string, first = firstByte(Opcode.text)): void {
    const most = maxTextFrameSize(text.length);
    const limit = this.pending ? 3 * LARGE_TO_WAIT : LARGEST_SLAB;
    if (most > limit) {
      this.#largeText(first, text);
      return;
    }
    const slab = this.#room(most);
    this.#used = writeTextFrame(slab, this.#used, first, text, this.#owner.nextKey);
    this.#schedule();
  }

  /**
   * Sends a frame.
   *
   * @returns whether `payload` may be changed. Otherwise it may once {@link OutputOwner.onEmpty} is called
   */
  frame(first: number, payload: Uint8Array): boolean {
    const { length } = payload;
    const { nextKey } = this.#owner;
    if (length < this.#tooLargeToCopy) {
      const slab = this.#room(MAX_HEADER_SIZE + length);
      this.#used = writeFrame(slab, this.#used, first, payload, nextKey);
      this.#schedule();
      return true;
    }
    if (length >= TOO_LARGE_TO_COPY && nextKey === undefined) {
      return this.#writeShared(first, payload);
    }
    // What is masked is changed by that.
    const frame = this.#allocateFrame(length);
    writeFrame(frame, 0, first, payload, nextKey);
    this.#writeOwn(ownPiece(frame));
    return true;
  }

  /** Sends frames that are ready and never change. */
  prepared(frames: Buffer): void {
    if (frames.length >= this.#tooLargeToCopy) {
      this.#writeOwn(ownPiece(frames));
      return;
    }
    const slab = this.#room(frames.length);
    slab.set(frames, this.#used);
    this.#used += frames.length;
    this.#schedule();
  }

  /** Sends a broadcast that others are sent too. */
  broadcast(range: LogRange): void {
    if (this.pending || this.#slab !== undefined) {
      this.#copy(range);
      this.#schedule();
      return;
    }
    const joined = this.#range === undefined ? range : this.#range.joined(range);
    if (joined !== undefined) this.#range = joined;
    else {
      this.#copyRange();
      this.#copy(range);
    }
    // Also within a chunk: what others broadcast in this turn goes with it.
    this.#flushLater();
  }

  flush(): void {
    this.#scheduled = false;
    if (this.pending) {
      // The log ends with the turn.
      if (this.#range !== undefined) this.#copyRange();
    } else if (this.#range !== undefined) this.#flushRange(this.#range);
    else if (this.#slab !== undefined) this.#flushSlab(this.#slab);
  }

  override whenWritten(waiter: OnWritten): void {
    if (this.#slab === undefined && this.#range === undefined) {
      super.whenWritten(waiter);
      return;
    }
    this.#waiters ??= [];
    this.#waiters.push(waiter);
  }

  override drop(reason: () => Error): void {
    if (this.#slab !== undefined) releaseSlab(this.#slab);
    this.#slab = undefined;
    this.#used = 0;
    this.#range = undefined;
    const waiters = this.#takeWaiters();
    if (waiters !== undefined) tellWaiters(waiters, reason());
    super.drop(reason);
  }

  /** From how many bytes on a frame is not put into a slab. */
  get #tooLargeToCopy(): number {
    return this.pending ? LARGE_TO_WAIT : TOO_LARGE_TO_COPY;
  }

  #schedule(): void {
    if (this.#corked === 0) this.#flushLater();
  }

  #flushLater(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    turn.flushLater(this);
  }

  /** The slab, with room for `size` bytes at `#used`. */
  #room(size: number): Buffer {
    if (this.#range !== undefined) this.#copyRange();
    const slab = this.#slab;
    if (slab !== undefined) {
      if (slab.length - this.#used >= size) return slab;
      const most = this.pending ? FULL : LARGEST_SLAB;
      if (this.#used + size <= most) {
        this.#slab = widenSlab(slab, this.#used, this.#used + size);
        return this.#slab;
      }
      this.#flushSlab(slab);
    }
    // An echo takes as many bytes as the chunk has.
    this.#slab = takeSlab(Math.min(Math.max(size, this.#corked), LARGEST_SLAB));
    if (this.pending) this.#owner.onHeldChanged();
    return this.#slab;
  }

  /** Takes what was gathered out of this object. */
  #takeSlab(slab: Buffer): Piece {
    const bytes = slab.subarray(0, this.#used);
    this.#slab = undefined;
    this.#used = 0;
    return { bytes, memory: slab.length, lent: slab, waiters: this.#takeWaiters() };
  }

  #takeWaiters(): OnWritten[] | undefined {
    const waiters = this.#waiters;
    this.#waiters = undefined;
    return waiters;
  }

  /** Puts the broadcasts into a slab: something else is sent behind them, or there is a write under way. */
  #copyRange(): void {
    const range = this.#range!;
    this.#range = undefined;
    this.#copy(range);
  }

  #copy(range: LogRange): void {
    const slab = this.#room(range.length);
    slab.set(range.bytes, this.#used);
    this.#used += range.length;
  }

  #flushRange(range: LogRange): void {
    if (range.log.isLargeFor(range.length)) {
      this.#copyRange();
      this.#flushSlab(this.#slab!);
      return;
    }
    this.#range = undefined;
    const { bytes, log } = range;
    this.write({ bytes, memory: log.size, lent: undefined, waiters: this.#takeWaiters() });
    if (this.pending) range.log.leave();
  }

  /** Writes the slab, or puts it behind the write under way. */
  #flushSlab(slab: Buffer): void {
    // What waits is to hold no more than twice its bytes.
    const large = slab.length > SMALLEST_SLAB && slab.length > 2 * this.#used;
    const narrow = large ? widenSlab(slab, this.#used, this.#used) : slab;
    this.write(this.#takeSlab(narrow));
  }

  #largeText(first: number, text: string): void {
    const { nextKey } = this.#owner;
    // What waits is not to hold more than it needs.
    if (!this.pending) {
      const most = headerSize(text.length, nextKey !== undefined) + text.length;
      const lent = most <= LARGEST_SLAB ? takeSlab(most) : borrow(most);
      const end = writeAsciiFrame(lent, 0, first, text, nextKey);
      if (end !== -1) {
        const bytes = lent.subarray(0, end);
        this.#writeOwn({ bytes, memory: lent.length, lent, waiters: undefined });
        return;
      }
      giveBackMemory(lent);
    }
    const frame = this.#allocateFrame(Buffer.byteLength(text));
    writeTextFrame(frame, 0, first, text, nextKey);
    this.#writeOwn(ownPiece(frame));
  }

  #allocateFrame(length: number): Buffer {
    return Buffer.allocUnsafeSlow(headerSize(length, this.#owner.nextKey !== undefined) + length);
  }

  /** Sends a large payload without a copy, behind its header, in one write. */
  #writeShared(first: number, payload: Uint8Array): boolean {
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    if (this.pending) {
      // A slab for nothing but a header would hold a hundred times its bytes; memory of its own takes 150 more.
      const header = takeHeader(headerSize(payload.length, false));
      encodeHeader(header, 0, first, payload.length, 0);
      this.#writeOwn(ownPiece(header));
      this.#writeOwn(ownPiece(bytes));
      return false;
    }
    const slab = this.#room(MAX_HEADER_SIZE);
    this.#used = encodeHeader(slab, this.#used, first, payload.length, 0);
    this.writeTogether([this.#takeSlab(slab), ownPiece(bytes)]);
    return !this.pending;
  }

  /** Writes frames in memory of their own, behind what has been gathered. */
  #writeOwn(piece: Piece): void {
    if (this.#range !== undefined) this.#copyRange();
    if (this.#slab !== undefined) this.#flushSlab(this.#slab);
    this.write(piece);
  }
}
