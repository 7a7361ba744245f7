/**
 * A decoder of DEFLATE (RFC 1951) that is nothing but right: it shares no code with zlib and
 * knows how far back the data refers, which zlib does not tell.
 */

const LENGTH_BASE = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
];
const LENGTH_EXTRA = [
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
];
const CODE_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

export interface Decoded {
  readonly content: Buffer;
  /** The longest distance that a match has, 0 for none. */
  readonly farthest: number;
}

/** Codes by their length and value. */
type Codes = ReadonlyMap<number, number>;

class Bits {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length * 8;
  }

  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) {
      const byte = this.#bytes[this.#at >> 3];
      if (byte === undefined) throw new Error("the data ends too early");
      value |= ((byte >> (this.#at++ & 7)) & 1) << i;
    }
    return value;
  }

  align(): void {
    this.#at = (this.#at + 7) & ~7;
  }

  symbol(codes: Codes): number {
    let code = 1;
    for (let length = 1; length <= 15; length++) {
      code = (code << 1) | this.take(1);
      const symbol = codes.get(code);
      if (symbol !== undefined) return symbol;
    }
    throw new Error("no such code");
  }
}

/** §3.2.2. A code is stored with a leading 1, so that its length is part of it. */
function codesOf(lengths: readonly number[]): Codes {
  const codes = new Map<number, number>();
  let code = 0;
  for (let length = 1; length <= 15; length++) {
    for (const [symbol, own] of lengths.entries()) {
      if (own === length) codes.set((1 << length) | code++, symbol);
    }
    code <<= 1;
  }
  return codes;
}

const FIXED = codesOf(
  Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
);
const FIXED_DISTANCES = codesOf(Array.from({ length: 30 }, () => 5));

function readCodes(bits: Bits): [Codes, Codes] {
  const literals = bits.take(5) + 257;
  const distances = bits.take(5) + 1;
  const count = bits.take(4) + 4;
  const own = Array.from({ length: 19 }, () => 0);
  for (let i = 0; i < count; i++) own[CODE_ORDER[i]!] = bits.take(3);
  const codes = codesOf(own);
  const lengths: number[] = [];
  while (lengths.length < literals + distances) {
    const symbol = bits.symbol(codes);
    if (symbol < 16) lengths.push(symbol);
    else {
      const value = symbol === 16 ? lengths.at(-1)! : 0;
      const times =
        symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
      for (let i = 0; i < times; i++) lengths.push(value);
    }
  }
  return [codesOf(lengths.slice(0, literals)), codesOf(lengths.slice(literals))];
}

/** Decodes a message's payload, the four bytes that were taken off included or not. */
export function decodeDeflate(payload: Uint8Array, before: Uint8Array): Decoded {
  const bits = new Bits(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]));
  const out = [...before];
  let farthest = 0;
  while (!bits.atEnd) {
    const final = bits.take(1);
    const type = bits.take(2);
    if (type === 0) {
      bits.align();
      const length = bits.take(16);
      if ((length ^ 0xffff) !== bits.take(16)) throw new Error("a stored length is wrong");
      for (let i = 0; i < length; i++) out.push(bits.take(8));
    } else {
      const [literals, distances] = type === 1 ? [FIXED, FIXED_DISTANCES] : readCodes(bits);
      for (;;) {
        const symbol = bits.symbol(literals);
        if (symbol === 256) break;
        if (symbol < 256) {
          out.push(symbol);
          continue;
        }
        const length = LENGTH_BASE[symbol - 257]! + bits.take(LENGTH_EXTRA[symbol - 257]!);
        const code = bits.symbol(distances);
        const extra = code < 4 ? 0 : (code >> 1) - 1;
        const distance = code < 4 ? code + 1 : ((2 + (code & 1)) << extra) + 1 + bits.take(extra);
        if (distance > out.length) throw new Error("a distance reaches too far back");
        farthest = Math.max(farthest, distance);
        for (let i = 0; i < length; i++) out.push(out[out.length - distance]!);
      }
    }
    if (final) bits.align();
  }
  return { content: Buffer.from(out.slice(before.length)), farthest };
}
