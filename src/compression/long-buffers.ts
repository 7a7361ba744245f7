/**
 * Memory for long messages on their way through zlib. What V8 counts as memory outside its heap sets
 * off major collections, which hold the event loop up for longer than anything that is done with a
 * message there (docs/compression.md). So as little as can be is left to the collector.
 */

import * as workers from "node:worker_threads";
import { borrow, giveBack } from "../protocol/lent-memory.ts";
import { encodeAscii, encodeUtf8 } from "../protocol/text.ts";

/** `text` in UTF-8, in memory that is to be given back ({@link giveBack}). */
export function borrowEncoded(text: string): Buffer {
  // Most long text is ASCII; what is not is encoded twice.
  const ascii = borrow(text.length);
  if (encodeAscii(ascii, 0, text)) return ascii.subarray(0, text.length);
  giveBack(ascii);
  const size = Buffer.byteLength(text);
  const whole = borrow(size);
  encodeUtf8(whole, 0, text);
  return whole.subarray(0, size);
}

/** What newer versions of Node have, from 22 on. */
interface TransferableMemory {
  transfer?(length: number): ArrayBuffer;
}
interface NewerWorkers {
  isMarkedAsUntransferable?(memory: object): boolean;
}
const { isMarkedAsUntransferable } = workers as NewerWorkers;

/** What has fewer bytes is left to the collector. */
const WORTH_IT = 64 * 1024;

/**
 * Gives memory back at once that nobody else has a part of, nor will read: all of the `ArrayBuffer`
 * behind `buffer`. On Node 20 the collector does it later.
 */
export function discard(buffer: Uint8Array): void {
  const memory = buffer.buffer as ArrayBufferLike & TransferableMemory;
  if (isMarkedAsUntransferable === undefined || memory.byteLength < WORTH_IT) return;
  // Node marks the pool that it cuts short buffers from, whose size a program can raise.
  if (!isMarkedAsUntransferable(memory)) memory.transfer?.(0);
}
