/**
 * Masking (RFC 6455 §5.3): byte i of a payload is XORed with byte i mod 4 of the key.
 *
 * A key is held as a 32-bit integer whose lowest byte is the key's first byte.
 */

// Below this many bytes making a 32-bit view costs more than it saves (`npm run bench:micro`).
const WORDS_WORTH_IT = 64;

// A 32-bit view has the key's bytes in order only on little-endian machines; elsewhere (s390x)
// the byte loop does all the work.
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/**
 * XORs `bytes[start, end)` in place with `key`, whose first byte goes to `bytes[start]`.
 *
 * @returns the bitwise OR of all resulting bytes. Below 0x80 the result is ASCII: one pass
 * unmasks and classifies, so most text needs no UTF-8 check of its own.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, key: number): number {
  if (end - start >= WORDS_WORTH_IT && LITTLE_ENDIAN) return maskByWords(bytes, start, end, key);
  return maskByBytes(bytes, start, end, key);
}

/** The key for the bytes that follow after `length` bytes have been masked with `key`. */
export function rotateKey(key: number, length: number): number {
  const bits = (length & 3) << 3;
  // A shift by 32 is a shift by 0 in JavaScript, so 0 must not reach the expression below.
  return bits === 0 ? key : (key >>> bits) | (key << (32 - bits));
}

function maskByBytes(bytes: Uint8Array, start: number, end: number, key: number): number {
  const k0 = key & 0xff;
  const k1 = (key >>> 8) & 0xff;
  const k2 = (key >>> 16) & 0xff;
  const k3 = key >>> 24;
  let seen = 0;
  let i = start;
  for (const last = end - 3; i < last; i += 4) {
    const b0 = bytes[i]! ^ k0;
    const b1 = bytes[i + 1]! ^ k1;
    const b2 = bytes[i + 2]! ^ k2;
    const b3 = bytes[i + 3]! ^ k3;
    bytes[i] = b0;
    bytes[i + 1] = b1;
    bytes[i + 2] = b2;
    bytes[i + 3] = b3;
    seen |= b0 | b1 | b2 | b3;
  }
  for (let rotated = key; i < end; i++, rotated >>>= 8) {
    const byte = bytes[i]! ^ (rotated & 0xff);
    bytes[i] = byte;
    seen |= byte;
  }
  return seen;
}

function maskByWords(bytes: Uint8Array, start: number, end: number, key: number): number {
  const misaligned = (bytes.byteOffset + start) & 3;
  const first = misaligned === 0 ? start : start + 4 - misaligned;
  let seen = maskByBytes(bytes, start, first, key);
  const rotated = rotateKey(key, first - start);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + first, (end - first) >> 2);
  let seenWords = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]! ^ rotated;
    words[i] = word;
    seenWords |= word;
  }
  seen |= seenWords | (seenWords >>> 8) | (seenWords >>> 16) | (seenWords >>> 24);
  const rest = first + words.length * 4;
  return (seen | maskByBytes(bytes, rest, end, rotated)) & 0xff;
}
