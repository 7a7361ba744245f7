/**
 * Validates and decodes short UTF-8 in one pass. Node's own decoder takes some time for any text that is not
 * ASCII, and its validator needs a view of its own; up to some size a loop beats the two. `text.ts` says where.
 */

/** The longest text, in bytes, that {@link decodeShortUtf8} takes. */
export const SHORT_UTF8 = 1024;

/** UTF-16: at most one unit per byte of UTF-8. */
const units = new Uint16Array(SHORT_UTF8);
const unitBytes = Buffer.from(units.buffer) as Utf16Buffer;

interface Utf16Buffer extends Buffer {
  ucs2Slice(start: number, end: number): string;
}

/**
 * Decodes `bytes[start, end)`, of which there are at most {@link SHORT_UTF8}.
 *
 * @returns undefined where they are not valid UTF-8 (RFC 3629)
 */
export function decodeShortUtf8(bytes: Uint8Array, start: number, end: number): string | undefined {
  let length = 0;
  for (let at = start; at < end; ) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      units[length++] = lead;
      at++;
      continue;
    }
    // What is behind the end reads as a byte that is no continuation.
    const second = at + 1 < end ? bytes[at + 1]! ^ 0x80 : 0xff;
    if (second > 0x3f || lead < 0xc2) return undefined;
    if (lead < 0xe0) {
      units[length++] = ((lead & 0x1f) << 6) | second;
      at += 2;
      continue;
    }
    const third = at + 2 < end ? bytes[at + 2]! ^ 0x80 : 0xff;
    if (third > 0x3f) return undefined;
    if (lead < 0xf0) {
      const point = ((lead & 0x0f) << 12) | (second << 6) | third;
      // Overlong forms and surrogates.
      if (point < 0x800 || (point & 0xf800) === 0xd800) return undefined;
      units[length++] = point;
      at += 3;
      continue;
    }
    const fourth = at + 3 < end ? bytes[at + 3]! ^ 0x80 : 0xff;
    const point = ((lead & 0x07) << 18) | (second << 12) | (third << 6) | fourth;
    if (fourth > 0x3f || lead > 0xf4 || point < 0x10000 || point > 0x10ffff) return undefined;
    units[length++] = 0xd7c0 + (point >> 10);
    units[length++] = 0xdc00 | (point & 0x3ff);
    at += 4;
  }
  return unitBytes.ucs2Slice(0, 2 * length);
}
