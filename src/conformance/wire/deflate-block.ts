/** DEFLATE by hand (RFC 1951), for messages that refer back as far as a case wants, right or wrong. */

/** A match: so many bytes again, from so many bytes before this place. */
export interface Back {
  /** 3 to 258. */
  readonly length: number;
  /** 1 to 32,768. */
  readonly distance: number;
}

/** A match for {@link fixedBlock}. */
export const back = (length: number, distance: number): Back => ({ length, distance });

/** Bits, the lowest of each byte first (§3.1.1). */
class BitWriter {
  readonly #bytes: number[] = [];
  #bits = 0;

  /** A number, its lowest bit first. */
  number(value: number, count: number): void {
    for (let i = 0; i < count; i++) this.#bit((value >> i) & 1);
  }

  /** A code, its highest bit first. */
  code(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i--) this.#bit((value >> i) & 1);
  }

  /** What was written, filled up with zeros. */
  bytes(): Buffer {
    return Buffer.from(this.#bytes);
  }

  #bit(bit: number): void {
    if (this.#bits % 8 === 0) this.#bytes.push(0);
    this.#bytes[this.#bits >> 3]! |= bit << (this.#bits & 7);
    this.#bits++;
  }
}

/**
 * The payload of a message (RFC 7692 §7.2.1): a block with the fixed codes (RFC 1951 §3.2.6) that
 * has these literals and matches, then the flush whose last four bytes are left out.
 */
export function fixedBlock(pieces: readonly (string | Back)[]): Buffer {
  const out = new BitWriter();
  out.number(0, 1);
  out.number(1, 2);
  for (const piece of pieces) {
    if (typeof piece === "string") for (const byte of Buffer.from(piece)) symbol(out, byte);
    else match(out, piece);
  }
  symbol(out, 256);
  // The head of an empty stored block.
  out.number(0, 3);
  return out.bytes();
}

/** The fixed codes for literals and lengths. */
function symbol(out: BitWriter, value: number): void {
  if (value < 144) out.code(0x30 + value, 8);
  else if (value < 256) out.code(0x190 + value - 144, 9);
  else if (value < 280) out.code(value - 256, 7);
  else out.code(0xc0 + value - 280, 8);
}

function match(out: BitWriter, { length, distance }: Back): void {
  // §3.2.5: both ranges double every so many codes; the extra bits say where within a code's range.
  if (length === 258) symbol(out, 285);
  else {
    const { code, extra, bits } = ranged(length - 3, 4);
    symbol(out, 257 + code);
    out.number(extra, bits);
  }
  const { code, extra, bits } = ranged(distance - 1, 2);
  out.code(code, 5);
  out.number(extra, bits);
}

/** The code of a value where the ranges double every `step` codes, beginning with ranges of one. */
function ranged(value: number, step: 2 | 4): { code: number; extra: number; bits: number } {
  if (value < 2 * step) return { code: value, extra: 0, bits: 0 };
  const bits = 31 - Math.clz32(value) - Math.log2(step);
  const code = (bits + 1) * step + (value >> bits) - step;
  return { code, extra: value & ((1 << bits) - 1), bits };
}
