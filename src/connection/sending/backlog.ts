import { giveBack } from "../../protocol/lent-memory.ts";
import type { SocketListener } from "../../socket/events.ts";
import type { Transport } from "../../socket/transport.ts";
import { LARGEST_SLAB, releaseSlab } from "./slabs.ts";

/** Bytes to be written. */
export interface Piece {
  readonly bytes: Buffer;
  /** Bytes of memory that they hold, which may be more. */
  readonly memory: number;
  /** Slab or borrowed memory that they lie in, to be given back once they are written. */
  readonly lent: Buffer | undefined;
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
  /** Another number for each write of any connection. */
  written = ++writes;

  constructor(target: BacklogTarget) {
    this.#target = target;
  }

  /** Bytes of memory that wait, those under way included. */
  get bytes(): number {
    return this.#waiting + this.#underWay;
  }

  /** A write was handed to the transport that has not ended. */
  began(pieces: readonly Piece[]): void {
    for (const { memory, lent } of pieces) {
      this.#underWay += memory;
      if (lent !== undefined) this.#lent.push(lent);
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
      if (this.#first === this.#pieces.length) return false;
    } while (writePieces(stream, transport, this.#take(transport.largestWrite), this.#target));
    return true;
  }

  /** Drops what waits, but for the rest of a piece that has been written in part. */
  drop(): void {
    const kept = this.#offset > 0 ? this.#pieces[this.#first] : undefined;
    this.#pieces = kept === undefined ? [] : [kept];
    this.#first = 0;
    this.#waiting = kept?.memory ?? 0;
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

  #shift({ memory, lent }: Piece): void {
    this.#waiting -= memory;
    this.#underWay += memory;
    if (lent !== undefined) this.#lent.push(lent);
    // Half of the array at a time: to shift each piece out would cost the length of the queue.
    if (++this.#first * 2 <= this.#pieces.length) return;
    this.#pieces.splice(0, this.#first);
    this.#first = 0;
  }
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
