import { type DeflateWindow, POSITION_MASK } from "./deflate-window.ts";
import {
  DISTANCE_BITS,
  DISTANCE_CODE,
  DISTANCE_EXTRA,
  END_OF_BLOCK,
  LENGTH_BASE,
  LENGTH_EXTRA,
  MAX_MATCH,
  SYMBOL_BITS,
  SYMBOL_CODE,
} from "./fixed-codes.ts";

/**
 * Compresses short messages: LZ77 with the fixed codes (RFC 1951 §3.2.6), which for so few bytes
 * are what zlib chooses as well. It finds earlier bytes through a table that is kept with the
 * window, while zlib reads the whole window again for each message (docs/compression.md).
 */

/** Longer messages go to zlib: codes of their own gain more there than a call of it costs. */
export const SHORT_MESSAGE = 384;

/** Bytes that are looked up; a match of three gains next to nothing. */
const KEY = 4;

/** From this length on a match is taken without a look at the next place. */
const LONG_ENOUGH = 16;

/** Once there are so many bytes in the window there are more places for each hash. */
const MANY_BYTES = 16 * 1024;
const MANY_WAYS = 12;

/** Of what was compressed elsewhere, as many bytes at its end can be found. */
const INDEXED = 1024;

/** A header, 9 bits for each byte, the end of the block, another header. */
const output = Buffer.allocUnsafeSlow(((SHORT_MESSAGE * 9) >> 3) + 8);

/** By the length of a match: its code and extra bits, and their number. */
const LENGTH_CODES = new Uint16Array(MAX_MATCH + 1);
const LENGTH_BITS = new Uint8Array(MAX_MATCH + 1);
LENGTH_BASE.forEach((base, index) => {
  const symbol = END_OF_BLOCK + 1 + index;
  const bits = SYMBOL_BITS[symbol]!;
  // 258 has a symbol of its own, which comes last.
  for (let extra = 0; extra < 1 << LENGTH_EXTRA[index]! && base + extra <= MAX_MATCH; extra++) {
    LENGTH_CODES[base + extra] = SYMBOL_CODE[symbol]! | (extra << bits);
    LENGTH_BITS[base + extra] = bits + LENGTH_EXTRA[index]!;
  }
});

// What was written, the bits that make no byte yet, and the match that was found: of one call at a
// time, here rather than in an object so that a message allocates nothing.
let written = 0;
let hold = 0;
let count = 0;
let matchLength = 0;
let matchDistance = 0;

/** The compressor of one window. */
export class ShortDeflater {
  readonly #window: DeflateWindow;
  /** Positions by the bytes there: so many for each hash, the latest first. */
  #table: Uint16Array;
  #ways: number;
  /** 32 minus the bits of a hash. */
  readonly #shift: number;

  /**
   * The table takes 3 KiB, 4 KiB from level 6 on; where the window is larger than 4 KiB it takes 8, and
   * 12 once there are {@link MANY_BYTES} in it. Fewer hashes with more places each are smaller, more
   * hashes with fewer places faster.
   */
  constructor(window: DeflateWindow, level: number) {
    this.#window = window;
    const wide = window.size > 4096;
    this.#ways = level >= 6 || wide ? 8 : 6;
    const bits = wide ? 9 : 8;
    this.#shift = 32 - bits;
    this.#table = new Uint16Array(this.#ways << bits);
  }

  /**
   * Compresses a message of up to {@link SHORT_MESSAGE} bytes, to which the next ones can then
   * refer.
   *
   * @returns the payload of its frame, overwritten by the next call of any of these objects;
   * undefined if it would be no shorter, and then nothing refers to it
   */
  deflate(data: Uint8Array): Buffer | undefined {
    const { length } = data;
    if (this.#ways < MANY_WAYS && this.#window.length >= MANY_BYTES) this.#grow();
    this.#window.write(data);
    written = 0;
    hold = 2; // A block with the fixed codes that is not the final one.
    count = 3;
    if (!this.#compress(data)) return undefined;
    put(SYMBOL_CODE[END_OF_BLOCK]!, SYMBOL_BITS[END_OF_BLOCK]!);
    // RFC 7692 §7.2.1: the header of an empty stored block, whose rest is taken off.
    put(0, 3 + 7);
    if (written >= length) return undefined;
    this.#window.accept(length);
    return output.subarray(0, written);
  }

  /** The window was moved over `data`, to which messages can then refer. */
  add(data: Uint8Array): void {
    const start = this.#window.end - data.length;
    for (let i = Math.max(0, data.length - INDEXED); i + KEY <= data.length; i++) {
      this.#insert(this.#slot(data, i), start + i);
    }
  }

  /** @returns false if it has found that this makes the message no shorter */
  #compress(data: Uint8Array): boolean {
    const { length } = data;
    const last = length - KEY;
    const start = this.#window.end;
    let at = 0;
    // A match that begins at `at`, found a byte before it.
    let found = 0;
    let distance = 0;
    while (at < length) {
      if (found === 0 && at <= last) {
        this.#find(data, at, KEY - 1);
        found = matchLength;
        distance = matchDistance;
      }
      let inserted = at + 1;
      if (found > 0 && found < LONG_ENOUGH && at < last) {
        inserted++;
        this.#find(data, at + 1, found);
        // A longer one begins at the next byte: this one goes alone.
        if (matchLength > 0) found = 0;
      } else {
        matchLength = 0;
      }
      if (found === 0) {
        const byte = data[at++]!;
        put(SYMBOL_CODE[byte]!, SYMBOL_BITS[byte]!);
        found = matchLength;
        distance = matchDistance;
        continue;
      }
      putMatch(found, distance);
      if (written >= length) return false;
      at += found;
      found = 0;
      // What was found is mostly found again where it was before. In a large window its room is better
      // kept for what lies further back: 4 % less in one of 32 KiB (docs/compression.md).
      if (this.#window.size >= MANY_BYTES) continue;
      for (const stop = Math.min(at - 1, last); inserted <= stop; inserted++) {
        this.#insert(this.#slot(data, inserted), start + inserted);
      }
    }
    return true;
  }

  /** Leaves the longest match of more than `least` bytes for what is at `at`, and notes its place. */
  #find(data: Uint8Array, at: number, least: number): void {
    const { bytes, mask, end, size, length } = this.#window;
    const table = this.#table;
    const position = end + at;
    const farthest = Math.min(size, length + at);
    const most = Math.min(MAX_MATCH, data.length - at);
    const slot = this.#slot(data, at);
    matchLength = 0;
    let best = least;
    for (let i = slot; i < slot + this.#ways && best < most; i++) {
      const distance = (position - table[i]!) & POSITION_MASK;
      if (distance > farthest || distance === 0) continue;
      const from = position - distance;
      if (bytes[(from + best) & mask] !== data[at + best]) continue;
      let same = 0;
      while (same < most && bytes[(from + same) & mask] === data[at + same]) same++;
      if (same <= best) continue;
      best = same;
      matchLength = same;
      matchDistance = distance;
    }
    this.#insert(slot, position);
  }

  /** Where in the table the places of the bytes at `at` are. */
  #slot(data: Uint8Array, at: number): number {
    const key = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24);
    return (Math.imul(key, 0x9e3779b1) >>> this.#shift) * this.#ways;
  }

  #grow(): void {
    const small = this.#table;
    const ways = this.#ways;
    this.#ways = MANY_WAYS;
    this.#table = new Uint16Array((small.length / ways) * MANY_WAYS);
    for (let slot = 0; slot * ways < small.length; slot++) {
      this.#table.set(small.subarray(slot * ways, (slot + 1) * ways), slot * MANY_WAYS);
    }
  }

  #insert(slot: number, position: number): void {
    const table = this.#table;
    for (let i = slot + this.#ways - 1; i > slot; i--) table[i] = table[i - 1]!;
    table[slot] = position;
  }
}

/** Writes bits, the lowest first (§3.1.1). */
function put(bits: number, length: number): void {
  hold |= bits << count;
  count += length;
  while (count >= 8) {
    output[written++] = hold;
    hold >>>= 8;
    count -= 8;
  }
}

function putMatch(length: number, distance: number): void {
  put(LENGTH_CODES[length]!, LENGTH_BITS[length]!);
  const rest = distance - 1;
  const half = 31 - Math.clz32(rest);
  const symbol = rest < 2 ? rest : 2 * half + ((rest >> (half - 1)) & 1);
  const extra = DISTANCE_EXTRA[symbol]!;
  put(
    DISTANCE_CODE[symbol]! | ((rest & ((1 << extra) - 1)) << DISTANCE_BITS),
    DISTANCE_BITS + extra,
  );
}
