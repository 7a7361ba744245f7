import { giveBack } from "../../protocol/lent-memory.ts";
import type { SocketListener } from "../../socket/events.ts";
import type { Transport } from "../../socket/transport.ts";
import { type OnWritten, tellWaiters } from "./on-written.ts";
import { LARGEST_SLAB, releaseSlab } from "./slabs.ts";

/** Bytes to be written. */
export interface Piece {
  readonly bytes: Buffer;
  /** Bytes of memory that they hold, which may be more. */
  readonly memory: number;
  /** Slab or borrowed memory that they lie in, to be given back once they are written. */
  readonly lent: Buffer | undefined;
  /** Who waits for them to be written. */
  waiters: OnWritten[] | undefined;
}

/** Where a backlog goes to. */
export interface BacklogTarget extends SocketListener {
  readonly stream: object;
  readonly transport: Transport;
}

/** Bytes from which on no more pieces are put into one write: that one ends tells that the peer reads. */
const BATCH = 256 * 1024;

/** Writes that have begun or ended, of all connections. */
let writes = 0;

/**
 * A write that takes its time, and the frames behind it. An output has one only while it waits for its
 * peer. One write is under way at a time; what waits holds the memory that it counts.
 */
export class Backlog {
  readonly #target: BacklogTarget;
  /** Bytes of memory of the pieces that wait. */
  #waiting = 0;
  /** Bytes of memory of the write under way, 0 without one. */
  #underWay = 0;
  #pieces: Piece[] = [];
  #first = 0;
  /** How much of the first piece has been written. */
  #offset = 0;
  readonly #lent: Buffer[] = [];
  /** Who waits for the write under way to end. */
  readonly #waiters: OnWritten[] = [];
  /** Another number for each write of any connection. */
  written = ++writes;

  constructor(target: BacklogTarget) {
    this.#target = target;
  }

  /** Bytes of memory that wait, those under way included. */
  get bytes(): number {
    return this.#waiting + this.#underWay;
  }

  /** Whether nothing waits behind the write under way. */
  get allUnderWay(): boolean {
    return this.#first === this.#pieces.length && this.#offset === 0;
  }

  /** A write was handed to the transport that has not ended. */
  began(pieces: readonly Piece[]): void {
    for (const piece of pieces) this.#isUnderWay(piece);
  }

  /** Tells `waiter` once all that waits now has been written. */
  wait(waiter: OnWritten): void {
    const last = this.#pieces.at(-1);
    if (last === undefined) this.#waiters.push(waiter);
    else {
      last.waiters ??= [];
      last.waiters.push(waiter);
    }
  }

  push(piece: Piece): void {
    this.#pieces.push(piece);
    this.#waiting += piece.memory;
  }

  /**
   * Writes what waits, as far as the transport takes it at once; the write before has ended.
   *
   * @returns whether a write is under way now
   */
  goOn(): boolean {
    const { stream, transport } = this.#target;
    do {
      this.written = ++writes;
      this.#underWay = 0;
      for (const lent of this.#lent) giveBackMemory(lent);
      this.#lent.length = 0;
      tellWaiters(this.#waiters.splice(0));
      if (this.#first === this.#pieces.length) return false;
    } while (writePieces(stream, transport, this.#take(transport.largestWrite), this.#target));
    return true;
  }

  /**
   * Drops what waits, but for the rest of a piece that has been written in part.
   *
   * @param reason makes the error for those who wait for it
   */
  drop(reason: () => Error): void {
    const kept = this.#offset > 0 ? this.#pieces[this.#first] : undefined;
    const dropped = this.#pieces.slice(kept === undefined ? this.#first : this.#first + 1);
    this.#pieces = kept === undefined ? [] : [kept];
    this.#first = 0;
    this.#waiting = kept?.memory ?? 0;
    fail(dropped, reason);
  }

  /** The connection has ended, and nothing will be written any more. */
  end(reason: () => Error): void {
    this.drop(reason);
    const waiters = [...this.#waiters, ...(this.#pieces[0]?.waiters ?? [])];
    if (waiters.length > 0) tellWaiters(waiters, reason());
  }

  /** Takes the bytes of the next write: pieces of so many bytes in all, or as much of one. */
  #take(largest: number): Buffer[] {
    const batch: Buffer[] = [];
    for (let size = 0; size < BATCH && this.#first < this.#pieces.length; ) {
      const piece = this.#pieces[this.#first]!;
      const left = piece.bytes.subarray(this.#offset);
      if (size + left.length > largest) {
        if (size > 0) break;
        this.#offset += largest;
        this.#underWay = largest;
        return [left.subarray(0, largest)];
      }
      batch.push(left);
      size += left.length;
      this.#offset = 0;
      this.#shift(piece);
    }
    return batch;
  }

  #shift(piece: Piece): void {
    this.#waiting -= piece.memory;
    this.#isUnderWay(piece);
    // Half of the array at a time: to shift each piece out would cost the length of the queue.
    if (++this.#first * 2 <= this.#pieces.length) return;
    this.#pieces.splice(0, this.#first);
    this.#first = 0;
  }

  #isUnderWay({ memory, lent, waiters }: Piece): void {
    this.#underWay += memory;
    if (lent !== undefined) this.#lent.push(lent);
    if (waiters !== undefined) this.#waiters.push(...waiters);
  }
}

function fail(pieces: readonly Piece[], reason: () => Error): void {
  const waiters = pieces.flatMap((piece) => piece.waiters ?? []);
  if (waiters.length > 0) tellWaiters(waiters, reason());
}

/** @returns as `Transport.write` does */
export function writePieces(
  stream: object,
  transport: Transport,
  buffers: readonly Buffer[],
  listener: SocketListener,
): boolean {
  const [only] = buffers;
  if (buffers.length === 1 && only !== undefined) return transport.write(stream, only, listener);
  return transport.writeAll(stream, buffers, listener);
}

/** Gives a slab, or what was borrowed for a large message, to the next one. */
export function giveBackMemory(lent: Buffer): void {
  if (lent.length <= LARGEST_SLAB) releaseSlab(lent);
  else giveBack(lent);
}
