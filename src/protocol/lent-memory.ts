/**
 * Memory for long text on its way: while it arrives, and while it is encoded for the socket or for
 * zlib. It is used again, since new memory for each message costs its page faults, and what V8 counts
 * as memory outside its heap sets off major collections (docs/performance.md).
 */

import { allocateMessage } from "./message-memory.ts";

/** More are not kept, nor a larger one, in bytes. */
const MOST_KEPT = 8;
const LARGEST_KEPT = 4 * 1024 * 1024;

/** Weak, so that a process that has no more use for it does not keep it. */
const kept: WeakRef<ArrayBufferLike>[] = [];
const lent = new WeakSet<ArrayBufferLike>();

/**
 * A buffer of at least `size` bytes, uninitialised, to be given back with {@link giveBack}, or left to
 * the collector.
 *
 * @throws RangeError where there is no memory for it
 */
export function borrow(size: number): Buffer {
  const buffer = takeKept(size) ?? allocateMessage(size);
  lent.add(buffer.buffer);
  return buffer;
}

/** Nobody reads or writes what was borrowed any more. Nothing happens to other memory. */
export function giveBack(borrowed: Uint8Array): void {
  const memory = borrowed.buffer;
  if (!lent.delete(memory) || memory.byteLength > LARGEST_KEPT) return;
  if (kept.length === MOST_KEPT) kept.shift();
  kept.push(new WeakRef(memory));
}

/**
 * The latest that is large enough: its bytes are the likeliest to be in the processor's cache. No more
 * than twice as large, or what waits for a slow peer would hold far more than what counts as waiting.
 */
function takeKept(size: number): Buffer | undefined {
  for (let i = kept.length - 1; i >= 0; i--) {
    const memory = kept[i]!.deref();
    if (memory !== undefined && !fits(memory.byteLength, size)) continue;
    kept.splice(i, 1);
    if (memory !== undefined) return Buffer.from(memory);
  }
  return undefined;
}

function fits(length: number, size: number): boolean {
  return length >= size && length <= 2 * size;
}
