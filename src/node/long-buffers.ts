/**
 * Memory for long messages on their way through zlib. What V8 counts as memory outside its heap sets
 * off major collections, which hold the event loop up for longer than anything that is done with a
 * message there (docs/compression.md). So as little as can be is left to the collector.
 */

import * as workers from "node:worker_threads";
import { encodeUtf8 } from "../protocol/text.ts";

/** More are not kept: each job on the thread pool takes one. */
const MOST_KEPT = 3;
/** Nor is a larger one, in bytes. */
const LARGEST_KEPT = 4 * 1024 * 1024;

/** Weak, so that a process that sends no long messages any more does not keep them. */
const kept: WeakRef<ArrayBufferLike>[] = [];
const encoder = new TextEncoder();

/** `text` in UTF-8, in memory that is to be given back with {@link giveBack}. */
export function borrowEncoded(text: string): Buffer {
  // Most long text is ASCII; what is not is encoded twice.
  const ascii = borrow(text.length);
  const { read, written } = encoder.encodeInto(text, ascii);
  if (read === text.length) return ascii.subarray(0, written);
  giveBack(ascii);
  const size = Buffer.byteLength(text);
  const whole = borrow(size);
  encodeUtf8(whole, 0, text);
  return whole.subarray(0, size);
}

/** Nobody reads or writes what was borrowed any more. */
export function giveBack(borrowed: Buffer): void {
  const memory = borrowed.buffer;
  if (memory.byteLength > LARGEST_KEPT) return;
  if (kept.length === MOST_KEPT) kept.shift();
  kept.push(new WeakRef(memory));
}

/** A buffer of at least `size` bytes. */
function borrow(size: number): Buffer {
  for (let i = kept.length - 1; i >= 0; i--) {
    const memory = kept[i]!.deref();
    if (memory !== undefined && memory.byteLength < size) continue;
    kept.splice(i, 1);
    if (memory !== undefined) return Buffer.from(memory);
  }
  return Buffer.allocUnsafeSlow(size);
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
