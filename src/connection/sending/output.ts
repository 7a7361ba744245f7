import { encodeHeader, headerSize, MAX_HEADER_SIZE } from "../../protocol/frame-header.ts";
import {
  firstByte,
  type KeySource,
  maxTextFrameSize,
  writeAsciiFrame,
  writeFrame,
  writeTextFrame,
} from "../../protocol/frame-writer.ts";
import { borrow } from "../../protocol/lent-memory.ts";
import { Opcode } from "../../protocol/opcode.ts";
import { type Flushable, turn } from "../turn.ts";
import { Backlog, type BacklogTarget, giveBackMemory, type Piece } from "./backlog.ts";
import type { LogRange } from "./broadcast-log.ts";
import { TOO_LARGE_TO_COPY } from "./data.ts";
import { type OnWritten, tellWaiters } from "./on-written.ts";
import { LARGEST_SLAB, releaseSlab, SMALLEST_SLAB, takeSlab, widenSlab } from "./slabs.ts";

/** What an output writes to, and whom it tells. */
export interface OutputOwner extends BacklogTarget {
  /** The source of the keys that mask what is sent (client); undefined on a server. */
  readonly nextKey: KeySource | undefined;
  /** A write has not ended at once: something waits from now on, until {@link onEmpty}. */
  onPending(): void;
  /** Nothing waits any more, after {@link onPending}. */
  onEmpty(): void;
  /** Something holds memory behind a write that is under way. */
  onHeldChanged(): void;
}

/** While a write is under way, a slab that has this many bytes is put behind it, and a new one begun. */
const FULL = 64 * 1024;
/** While a write is under way, a frame of as many bytes gets memory of its own, of just its size. */
const LARGE_TO_WAIT = 2 * 1024;

/**
 * The frames that a connection sends, on their way to the system. They are gathered in a slab and written
 * together, when the chunk of input that caused them has been worked off, or at the end of the turn of the event
 * loop: one write per message costs ten times as much (docs/performance.md). What is sent while a write is
 * under way waits in the slab and, when that is full, in the {@link Backlog}.
 */
export class Output implements Flushable {
  readonly #owner: OutputOwner;
  #slab: Buffer | undefined;
  #used = 0;
  /** In the place of a slab, broadcasts that nothing else was sent between. */
  #range: LogRange | undefined;
  /** While a write is under way. */
  #backlog: Backlog | undefined;
  /** Who waits for what has been gathered to be written. */
  #waiters: OnWritten[] | undefined;
  /** Bytes of the chunk that is being worked off, for which frames are gathered; 0 without one. */
  #corked = 0;
  #scheduled = false;

  constructor(owner: OutputOwner) {
    this.#owner = owner;
  }

  /** Bytes that wait, those under way included; as memory, where that is known to be more. */
  get buffered(): number {
    return this.#used + (this.#range?.length ?? 0) + (this.#backlog?.bytes ?? 0);
  }

  /** Whether more than `mark` bytes wait; costs next to nothing while none do. */
  exceeds(mark: number): boolean {
    if (this.#backlog === undefined && this.#range === undefined) return this.#used > mark;
    return this.buffered > mark;
  }

  /** Whether a write is under way, which ends by the peer's reading. */
  get pending(): boolean {
    return this.#backlog !== undefined;
  }

  /** See `SendWatchTarget`. */
  get written(): number {
    return this.#backlog?.written ?? 0;
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
    const limit = this.#backlog === undefined ? LARGEST_SLAB : 3 * LARGE_TO_WAIT;
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
    this.#write(ownPiece(frame));
    return true;
  }

  /** Sends frames that are ready and never change. */
  prepared(frames: Buffer): void {
    if (frames.length >= this.#tooLargeToCopy) {
      this.#write(ownPiece(frames));
      return;
    }
    const slab = this.#room(frames.length);
    slab.set(frames, this.#used);
    this.#used += frames.length;
    this.#schedule();
  }

  /** Sends a broadcast that others are sent too. */
  broadcast(range: LogRange): void {
    if (this.#backlog !== undefined || this.#slab !== undefined) {
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

  /** Writes what has been gathered, unless a write is under way. */
  flush(): void {
    this.#scheduled = false;
    if (this.#backlog !== undefined) {
      // The log ends with the turn.
      if (this.#range !== undefined) this.#copyRange();
    } else if (this.#range !== undefined) this.#flushRange(this.#range);
    else if (this.#slab !== undefined) this.#flushSlab(this.#slab);
  }

  /** Tells `waiter` once all that was sent up to now is with the system, or never will be. */
  whenWritten(waiter: OnWritten): void {
    if (this.#slab !== undefined || this.#range !== undefined) {
      this.#waiters ??= [];
      this.#waiters.push(waiter);
    } else if (this.#backlog !== undefined) this.#backlog.wait(waiter);
    else tellWaiters([waiter]);
  }

  /** A write has ended. */
  onDrain(): void {
    if (this.#backlog === undefined || this.#backlog.goOn()) return;
    this.#backlog = undefined;
    this.flush();
    if (this.#backlog === undefined) this.#owner.onEmpty();
  }

  /**
   * Drops what waits behind the write under way: a peer that takes nothing holds too much.
   *
   * @param reason makes the error for those who wait for it
   */
  drop(reason: () => Error): void {
    if (this.#slab !== undefined) releaseSlab(this.#slab);
    this.#slab = undefined;
    this.#used = 0;
    this.#range = undefined;
    const waiters = this.#takeWaiters();
    if (waiters !== undefined) tellWaiters(waiters, reason());
    this.#backlog?.drop(reason);
  }

  /** The connection has ended: nothing will be written any more. */
  end(reason: () => Error): void {
    this.drop(reason);
    this.#backlog?.end(reason);
    this.#backlog = undefined;
  }

  /** From how many bytes on a frame is not put into a slab. */
  get #tooLargeToCopy(): number {
    return this.#backlog === undefined ? TOO_LARGE_TO_COPY : LARGE_TO_WAIT;
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
      const most = this.#backlog === undefined ? LARGEST_SLAB : FULL;
      if (this.#used + size <= most) {
        this.#slab = widenSlab(slab, this.#used, this.#used + size);
        return this.#slab;
      }
      if (this.#backlog === undefined) this.#flushSlab(slab);
      else this.#backlog.push(this.#takeSlab(slab));
    }
    // An echo takes as many bytes as the chunk has.
    this.#slab = takeSlab(Math.min(Math.max(size, this.#corked), LARGEST_SLAB));
    if (this.#backlog !== undefined) this.#owner.onHeldChanged();
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
    this.#handOver({ bytes, memory: log.size, lent: undefined, waiters: this.#takeWaiters() });
    if (this.#backlog !== undefined) range.log.leave();
  }

  #flushSlab(slab: Buffer): void {
    // What a write holds that does not end at once is to be no more than twice its bytes.
    const large = slab.length > SMALLEST_SLAB && slab.length > 2 * this.#used;
    const narrow = large ? widenSlab(slab, this.#used, this.#used) : slab;
    this.#handOver(this.#takeSlab(narrow));
  }

  #largeText(first: number, text: string): void {
    const { nextKey } = this.#owner;
    // What waits is not to hold more than it needs.
    if (this.#backlog === undefined) {
      const most = headerSize(text.length, nextKey !== undefined) + text.length;
      const lent = most <= LARGEST_SLAB ? takeSlab(most) : borrow(most);
      const end = writeAsciiFrame(lent, 0, first, text, nextKey);
      if (end !== -1) {
        const bytes = lent.subarray(0, end);
        this.#write({ bytes, memory: lent.length, lent, waiters: undefined });
        return;
      }
      giveBackMemory(lent);
    }
    const frame = this.#allocateFrame(Buffer.byteLength(text));
    writeTextFrame(frame, 0, first, text, nextKey);
    this.#write(ownPiece(frame));
  }

  #allocateFrame(length: number): Buffer {
    return Buffer.allocUnsafeSlow(headerSize(length, this.#owner.nextKey !== undefined) + length);
  }

  /** Sends a large payload without a copy, behind its header, in one write. */
  #writeShared(first: number, payload: Uint8Array): boolean {
    const slab = this.#room(MAX_HEADER_SIZE);
    this.#used = encodeHeader(slab, this.#used, first, payload.length, 0);
    const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
    const pieces = [this.#takeSlab(slab), ownPiece(bytes)];
    const { stream, transport } = this.#owner;
    if (this.#backlog !== undefined) {
      for (const piece of pieces) this.#backlog.push(piece);
      this.#owner.onHeldChanged();
    } else if (bytes.length > transport.largestWrite) {
      this.#writeInParts(pieces);
    } else if (transport.writeAll(stream, [pieces[0]!.bytes, bytes], this.#owner)) {
      releaseSlab(slab);
      tellWaiters(pieces[0]!.waiters);
    } else {
      this.#waitFor(pieces);
    }
    return this.#backlog === undefined;
  }

  /** Writes frames in memory of their own, behind what has been gathered. */
  #write(piece: Piece): void {
    if (this.#range !== undefined) this.#copyRange();
    if (this.#slab !== undefined) {
      if (this.#backlog === undefined) this.#flushSlab(this.#slab);
      else this.#backlog.push(this.#takeSlab(this.#slab));
    }
    // A flush may have begun to wait.
    if (this.#backlog === undefined) this.#handOver(piece);
    else {
      this.#backlog.push(piece);
      this.#owner.onHeldChanged();
    }
  }

  /** Hands bytes to the transport, while nothing is under way. */
  #handOver(piece: Piece): void {
    const { stream, transport } = this.#owner;
    if (piece.bytes.length > transport.largestWrite) this.#writeInParts([piece]);
    else if (!transport.write(stream, piece.bytes, this.#owner)) this.#waitFor([piece]);
    else {
      if (piece.lent !== undefined) giveBackMemory(piece.lent);
      if (piece.waiters !== undefined) tellWaiters(piece.waiters);
    }
  }

  /** Writes what is too large for one write. */
  #writeInParts(pieces: readonly Piece[]): void {
    const backlog = this.#waitFor([]);
    for (const piece of pieces) backlog.push(piece);
    if (backlog.goOn()) return;
    this.#backlog = undefined;
    this.#owner.onEmpty();
  }

  /** A write was begun that has not ended. */
  #waitFor(pieces: readonly Piece[]): Backlog {
    const backlog = new Backlog(this.#owner);
    this.#backlog = backlog;
    backlog.began(pieces);
    this.#owner.onPending();
    return backlog;
  }
}

/** Bytes in memory of their own, which is nobody's to give back. */
function ownPiece(bytes: Buffer): Piece {
  return { bytes, memory: bytes.length, lent: undefined, waiters: undefined };
}
