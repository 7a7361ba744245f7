/**
 * Validates and decodes short UTF-8 in one pass. The native decoder takes half a microsecond for
 * any text that is not ASCII, and the native validator needs a view of its own; up to some size a
 * loop is two to three times as fast as the two (`npm run bench:micro`).
 */

/** The longest text, in bytes, that {@link decodeShortUtf8} takes. */
export const SHORT_UTF8 = 256;

/** UTF-16 in little-endian order, as `ucs2Slice` wants it: at most one unit per byte of UTF-8. */
const units = Buffer.allocUnsafeSlow(2 * SHORT_UTF8) as Utf16Buffer;

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
    let point = lead;
    let more = 0;
    if (lead >= 0x80) {
      if (lead < 0xc2 || lead > 0xf4) return undefined;
      more = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
      if (at + more >= end) return undefined;
      point = lead & (0x3f >> more);
      for (let i = 1; i <= more; i++) {
        const byte = bytes[at + i]!;
        if ((byte & 0xc0) !== 0x80) return undefined;
        point = (point << 6) | (byte & 0x3f);
      }
      // Overlong forms, surrogates, and what is beyond Unicode.
      if (point < LEAST[more]! || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) {
        return undefined;
      }
    }
    at += more + 1;
    if (point > 0xffff) {
      const high = 0xd7c0 + (point >> 10);
      units[length++] = high;
      units[length++] = high >> 8;
      point = 0xdc00 | (point & 0x3ff);
    }
    units[length++] = point;
    units[length++] = point >> 8;
  }
  return units.ucs2Slice(0, length);
}

/** The least code point that needs this many continuation bytes. */
const LEAST = [0, 0x80, 0x800, 0x10000];
