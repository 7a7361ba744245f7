import type { DeflateWindow } from "./deflate-window.ts";
import {
  DISTANCE_BASE,
  DISTANCE_BITS,
  DISTANCE_CODE,
  DISTANCE_EXTRA,
  END_OF_BLOCK,
  LENGTH_BASE,
  LENGTH_EXTRA,
  SYMBOL_BITS,
  SYMBOL_CODE,
} from "./fixed-codes.ts";

/**
 * Inflates what compressors make of short messages: blocks with the fixed codes, and stored ones
 * (RFC 1951 §3.2.4, §3.2.6). A call of zlib takes some 5 µs before it has read the first byte, this
 * none (docs/compression.md).
 *
 * It knows right from wrong no better than it needs: whatever is not such a message, whole and
 * valid, it leaves to zlib.
 */

/** Payloads that are longer go to zlib at once, in bytes. */
export const SHORT_PAYLOAD = 1024;

/** The most bytes that a message may inflate to here. */
const MAX_OUTPUT = 4096;

/** What the message inflates to. */
const output = Buffer.allocUnsafeSlow(MAX_OUTPUT);

/** Headers of blocks, the bits from the first one up: not final, and the type. */
const STORED = 0;
const FIXED = 2;

/** By the next 9 bits, `symbol << 4 | bits`; 0 for the codes that stand for nothing. */
const SYMBOLS = new Uint16Array(512);
for (let symbol = 0; symbol < 286; symbol++) {
  const bits = SYMBOL_BITS[symbol]!;
  for (let code = SYMBOL_CODE[symbol]!; code < 512; code += 1 << bits) {
    SYMBOLS[code] = (symbol << 4) | bits;
  }
}

/** By the next 5 bits; 30 for the codes that stand for nothing. */
const DISTANCES = new Uint8Array(32).fill(30);
DISTANCE_CODE.forEach((code, symbol) => {
  DISTANCES[code] = symbol;
});

// The place in the payload, the bits read but not used yet, and the size of the output so far:
// of one call at a time, here rather than in an object so that a message allocates nothing.
let at = 0;
let hold = 0;
let count = 0;
let size = 0;

/**
 * Inflates a payload.
 *
 * @param window what the message may refer to, which is not changed
 * @param limit the most bytes that it may inflate to
 * @returns the message, overwritten by the next call; undefined to ask zlib
 */
export function inflateShort(
  payload: Uint8Array,
  window: DeflateWindow,
  limit: number,
): Buffer | undefined {
  const most = Math.min(limit, MAX_OUTPUT);
  at = hold = count = size = 0;
  for (;;) {
    if (count < 3) {
      if (at === payload.length) return undefined;
      hold |= payload[at++]! << count;
      count += 8;
    }
    const header = hold & 7;
    hold >>>= 3;
    count -= 3;
    if (header === STORED) {
      at -= count >> 3; // What is left of the byte is passed over.
      hold = count = 0;
      // RFC 7692 §7.2.2: the rest of an empty block was taken off the end of the message.
      if (at === payload.length) return output.subarray(0, size);
      if (!copyStored(payload, most)) return undefined;
    } else if (header !== FIXED || !inflateFixed(payload, window, most)) {
      return undefined;
    }
  }
}

function copyStored(payload: Uint8Array, most: number): boolean {
  const start = at + 4;
  if (start > payload.length) return false;
  const length = payload[at]! | (payload[at + 1]! << 8);
  const check = payload[at + 2]! | (payload[at + 3]! << 8);
  at = start + length;
  if (check !== (length ^ 0xffff) || at > payload.length || size + length > most) return false;
  for (let i = start; i < at; i++) output[size++] = payload[i]!;
  return true;
}

/** Inflates a block up to the end of its data. */
function inflateFixed(payload: Uint8Array, window: DeflateWindow, most: number): boolean {
  for (;;) {
    fill(payload);
    const entry = SYMBOLS[hold & 511]!;
    const symbol = entry >> 4;
    if (!use(entry & 15) || entry === 0) return false;
    if (symbol < END_OF_BLOCK) {
      if (size === most) return false;
      output[size++] = symbol;
    } else {
      if (symbol === END_OF_BLOCK) return true;
      if (!inflateMatch(symbol - END_OF_BLOCK - 1, payload, window, most)) return false;
    }
  }
}

function inflateMatch(
  lengthSymbol: number,
  payload: Uint8Array,
  window: DeflateWindow,
  most: number,
): boolean {
  const lengthExtra = LENGTH_EXTRA[lengthSymbol]!;
  const length = LENGTH_BASE[lengthSymbol]! + (hold & ((1 << lengthExtra) - 1));
  if (!use(lengthExtra)) return false;
  fill(payload);
  const symbol = DISTANCES[hold & 31]!;
  if (!use(DISTANCE_BITS) || symbol === 30) return false;
  const extra = DISTANCE_EXTRA[symbol]!;
  const distance = DISTANCE_BASE[symbol]! + (hold & ((1 << extra) - 1));
  if (!use(extra) || size + length > most) return false;
  if (distance > window.size || distance > size + window.length) return false;
  copyMatch(distance, length, window);
  return true;
}

/** What lies before the message is in the window, the rest in the output. */
function copyMatch(distance: number, length: number, { bytes, mask, end }: DeflateWindow): void {
  const stop = size + length;
  const border = Math.min(stop, distance);
  for (const shift = end - distance; size < border; size++) {
    output[size] = bytes[(shift + size) & mask]!;
  }
  for (; size < stop; size++) output[size] = output[size - distance]!;
}

/** Reads as many bytes as the bits fit, of which no symbol with its extra bits has more than 18. */
function fill(payload: Uint8Array): void {
  while (count < 24 && at < payload.length) {
    hold |= payload[at++]! << count;
    count += 8;
  }
}

/** Passes over so many bits. @returns false if they are not there */
function use(bits: number): boolean {
  hold >>>= bits;
  count -= bits;
  return count >= 0;
}
