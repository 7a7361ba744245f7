import { isUtf8 } from "node:buffer";
import { bench, do_not_optimize, group, summary } from "mitata";
import { decodeShortUtf8, SHORT_UTF8 } from "../../src/protocol/short-utf8.ts";

/**
 * Ways to decode and judge short text that is not ASCII, each with what is asked of it in the library:
 * a string, or undefined where the bytes are not valid UTF-8 (RFC 3629).
 */

type Decoder = (bytes: Uint8Array, start: number, end: number) => string | undefined;

interface RangedBuffer extends Buffer {
  ucs2Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
}

const MOST = 1024;
const units = new Uint16Array(MOST);
const unitBytes = Buffer.from(units.buffer) as RangedBuffer;

/** The loop into 16-bit units, unrolled by how many bytes a character has. */
export const unrolled: Decoder = (bytes, start, end) => {
  let length = 0;
  let at = start;
  while (at < end) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      units[length++] = lead;
      at += 1;
    } else if (lead < 0xe0) {
      if (lead < 0xc2 || at + 1 >= end) return undefined;
      const second = bytes[at + 1]! ^ 0x80;
      if (second > 0x3f) return undefined;
      units[length++] = ((lead & 0x1f) << 6) | second;
      at += 2;
    } else if (lead < 0xf0) {
      if (at + 2 >= end) return undefined;
      const second = bytes[at + 1]! ^ 0x80;
      const third = bytes[at + 2]! ^ 0x80;
      if ((second | third) > 0x3f) return undefined;
      const point = ((lead & 0x0f) << 12) | (second << 6) | third;
      if (point < 0x800 || (point & 0xf800) === 0xd800) return undefined;
      units[length++] = point;
      at += 3;
    } else {
      if (lead > 0xf4 || at + 3 >= end) return undefined;
      const second = bytes[at + 1]! ^ 0x80;
      const third = bytes[at + 2]! ^ 0x80;
      const fourth = bytes[at + 3]! ^ 0x80;
      if ((second | third | fourth) > 0x3f) return undefined;
      const point = ((lead & 0x07) << 18) | (second << 12) | (third << 6) | fourth;
      if (point < 0x10000 || point > 0x10ffff) return undefined;
      units[length++] = 0xd7c0 + (point >> 10);
      units[length++] = 0xdc00 | (point & 0x3ff);
      at += 4;
    }
  }
  return unitBytes.ucs2Slice(0, 2 * length);
};

/** The native decoder, which puts U+FFFD for what is wrong: only text with one in it has to be judged. */
export const nativeThenJudge: Decoder = (bytes, start, end) => {
  const text = (bytes as RangedBuffer).utf8Slice(start, end);
  if (text.includes("\ufffd") && !isUtf8(bytes.subarray(start, end))) return undefined;
  return text;
};

const fatal = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The decoder of the web, which throws. */
export const fatalDecoder: Decoder = (bytes, start, end) => {
  try {
    return fatal.decode(bytes.subarray(start, end));
  } catch {
    return undefined;
  }
};

const SIZES = [16, 24, 32, 64, 128, 256, 512, 1024];
const CONTENTS: readonly (readonly [name: string, unit: string])[] = [
  ["one character in four is é", "abcé"],
  ["é", "é"],
  ["日", "日"],
  ["of one to four bytes", "aé日😀"],
];

/** Up to which length which of them pays. */
export function shortTextBenchmarks(): void {
  for (const [name, unit] of CONTENTS) {
    for (const size of SIZES) {
      const bytes = textOf(unit, size);
      group(`decode ${size} B, ${name}`, () => {
        summary(() => {
          const end = bytes.length;
          if (size <= SHORT_UTF8) {
            bench("today's loop", () => do_not_optimize(decodeShortUtf8(bytes, 0, end)));
          }
          bench("unrolled, 16 bits", () => do_not_optimize(unrolled(bytes, 0, end)));
          bench("utf8Slice, U+FFFD", () => do_not_optimize(nativeThenJudge(bytes, 0, end)));
          bench("TextDecoder", () => do_not_optimize(fatalDecoder(bytes, 0, end)));
        });
      });
    }
  }
}

/** Text of exactly so many bytes. */
export function textOf(unit: string, size: number): Buffer {
  const length = Buffer.byteLength(unit);
  const times = Math.floor(size / length);
  return Buffer.from(unit.repeat(times) + "x".repeat(size - times * length));
}
