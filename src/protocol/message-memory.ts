import { sharedChunk } from "./mask-simd.ts";

/**
 * Memory for binary messages, which outlive the chunk that they came in. Short ones are cut from
 * pieces that many share, as `Buffer.from` does it. The messages of one chunk that sockets share are
 * copied together, at the first of them: for 60 messages of 64 bytes that takes half the time of
 * `Buffer.from` for each (`npm run bench:micro -- copy`).
 */

/** Bytes of a piece. A message that is kept keeps its whole piece. */
export const PIECE = 16 * 1024;

/** The most that is cut from one. */
const LARGEST = 2 * 1024;

/**
 * What `subarray` makes its results with (ECMA-262, TypedArraySpeciesCreate), at half the price of
 * the call.
 */
const View = (Buffer as unknown as BufferSpecies)[Symbol.species];

interface BufferSpecies {
  readonly [Symbol.species]: new (memory: ArrayBufferLike, start: number, length: number) => Buffer;
}

let piece = Buffer.allocUnsafeSlow(PIECE);
let used = 0;

/** Of {@link sharedChunk}: up to where it is to be copied, and the copy, where there is one. */
let togetherEnd = 0;
let togetherStart = 0;
let together: Buffer | undefined;

/**
 * To be called with 0 when there is something new in {@link sharedChunk}, and with the offset up to
 * which it consists of unmasked frames when that is known: the first message that is copied from there
 * brings with it what follows.
 */
export function keepTogether(end: number): void {
  togetherEnd = end;
  together = undefined;
}

/** A copy of `chunk[start, end)`, which shares memory with other copies at most. */
export function copyOf(chunk: Buffer, start: number, end: number): Buffer {
  if (chunk !== sharedChunk || end > togetherEnd) return copyAlone(chunk, start, end);
  if (together === undefined) {
    together = copyAlone(chunk, start, togetherEnd);
    togetherStart = start;
  }
  const offset = together.byteOffset + start - togetherStart;
  return new View(together.buffer, offset, end - start);
}

function copyAlone(chunk: Buffer, start: number, end: number): Buffer {
  const length = end - start;
  const source = new Uint8Array(chunk.buffer, chunk.byteOffset + start, length);
  if (length > LARGEST) {
    const copy = Buffer.allocUnsafeSlow(length);
    copy.set(source);
    return copy;
  }
  if (used + length > PIECE) {
    piece = Buffer.allocUnsafeSlow(PIECE);
    used = 0;
  }
  piece.set(source, used);
  const copy = new View(piece.buffer, used, length);
  used += length;
  return copy;
}
