import { markAsUntransferable } from "node:worker_threads";
import { sharedChunk } from "./masking/mask-simd.ts";

/**
 * Memory for binary messages, which outlive the chunk that they came in. Short ones are cut from
 * pieces that many share, as `Buffer.from` does it. The messages of one chunk that sockets share are
 * copied together, at the first of them: for 60 messages of 64 bytes that takes half the time of
 * `Buffer.from` for each (`npm run bench:micro -- copy`).
 */

/** Bytes of a piece. A short message that is kept keeps a piece, or a copy of no more bytes. */
export const PIECE = 16 * 1024;

/** The most that is cut from one. */
const LARGEST = 2 * 1024;

/**
 * The most that is copied together. A message of a few bytes that is kept keeps so much, and what follows it
 * may be nothing that anybody keeps.
 */
const TOGETHER = 1024;

/**
 * What `subarray` makes its results with (ECMA-262, TypedArraySpeciesCreate), at half the price of
 * the call.
 */
const View = (Buffer as unknown as BufferSpecies)[Symbol.species];

interface BufferSpecies {
  readonly [Symbol.species]: new (memory: ArrayBufferLike, start: number, length: number) => Buffer;
}

let piece = allocateShared(PIECE);
let used = 0;

/** Of {@link sharedChunk}: up to where it may be copied together. */
let togetherEnd = 0;
/** What was last copied from there, if anything, and where it lay. */
let copied: Buffer | undefined;
let copiedStart = 0;
let copiedEnd = 0;

/**
 * To be called with 0 when there is something new in {@link sharedChunk}, and with the offset up to
 * which it consists of unmasked frames when that is known: a message that is copied from there brings
 * with it what follows, up to {@link TOGETHER} bytes.
 */
export function keepTogether(end: number): void {
  togetherEnd = end;
  copied = undefined;
  copiedEnd = 0;
}

/** A copy of `chunk[start, end)`, which shares memory with other copies at most. */
export function copyOf(chunk: Buffer, start: number, end: number): Buffer {
  const length = end - start;
  if (chunk !== sharedChunk || end > togetherEnd || length > PIECE) {
    return copyAlone(chunk, start, end);
  }
  // A message of that size brings nothing else along, so there is no view of a copy to be made.
  if (length >= TOGETHER) return copyShared(chunk, start, end);
  if (copied === undefined || end > copiedEnd) {
    copiedStart = start;
    copiedEnd = Math.min(togetherEnd, Math.max(end, start + TOGETHER));
    copied = copyShared(chunk, start, copiedEnd);
  }
  return new View(copied.buffer, copied.byteOffset + start - copiedStart, length);
}

function copyAlone(chunk: Buffer, start: number, end: number): Buffer {
  if (end - start <= LARGEST) return copyShared(chunk, start, end);
  const copy = allocateMessage(end - start);
  copy.set(new Uint8Array(chunk.buffer, chunk.byteOffset + start, end - start));
  return copy;
}

/** A copy in memory that other messages lie in too, or will. */
function copyShared(chunk: Buffer, start: number, end: number): Buffer {
  const length = end - start;
  const source = new Uint8Array(chunk.buffer, chunk.byteOffset + start, length);
  if (length > LARGEST) {
    const copy = allocateShared(length);
    copy.set(source);
    return copy;
  }
  if (used + length > PIECE) {
    piece = allocateShared(PIECE);
    used = 0;
  }
  piece.set(source, used);
  const copy = new View(piece.buffer, used, length);
  used += length;
  return copy;
}

/** Who transfers a message to a worker must not take those of others with it. */
function allocateShared(size: number): Buffer {
  const buffer = Buffer.allocUnsafeSlow(size);
  markAsUntransferable(buffer.buffer);
  return buffer;
}

/** A message that {@link copyOf} or {@link allocateMessage} has made, in an ArrayBuffer that has nothing else. */
export function ownMemory(bytes: Buffer): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  // Shorter ones may lie beside others, and then are not to be transferred.
  if (byteLength > PIECE && byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}

/** From this many bytes on freed memory at the end of the heap goes back to the operating system. */
export const LARGE = 64 * 1024;

/** Bytes of a buffer behind a large one: too many for V8 to put it into a heap of its own. */
export const KEEPER = 8 * 1024;

/** Keeps the one behind the last large buffer. */
const keeper: { buffer?: Buffer } = {};

/**
 * Memory for a message of any size, uninitialised.
 *
 * Behind a large one goes a small buffer that outlives it: glibc gives the end of its heap back
 * to the system when it becomes free, and each page of it must be faulted in again for the next
 * message. Half as many page faults, and 1 MiB messages in 0.8 of the time (docs/performance.md).
 *
 * @throws RangeError where there is no memory for it
 */
export function allocateMessage(size: number): Buffer {
  if (size < LARGE) return Buffer.allocUnsafeSlow(size);
  const buffer = Buffer.allocUnsafeSlow(size);
  keeper.buffer = Buffer.allocUnsafeSlow(KEEPER);
  return buffer;
}
