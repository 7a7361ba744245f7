import { maskBySimd, maskSharedChunk, SIMD_WORTH_IT, sharedChunk } from "./mask-simd.ts";

/**
 * Masking (RFC 6455 §5.3): byte i of a payload is XORed with byte i mod 4 of the key.
 *
 * A key is held as a 32-bit integer whose lowest byte is the key's first byte.
 */

/**
 * XORs `bytes[start, end)` in place with `key`, whose first byte goes to `bytes[start]`.
 *
 * @returns 0x80 if any resulting byte has its highest bit set, otherwise 0: then all are ASCII. One
 * pass unmasks and classifies, so most text needs no UTF-8 check of its own.
 */
export function applyMask(bytes: Uint8Array, start: number, end: number, key: number): number {
  if (bytes === sharedChunk) return maskSharedChunk(start, end, key);
  if (end - start < SIMD_WORTH_IT) return maskByBytes(bytes, start, end, key);
  return maskBySimd(bytes, start, end, key);
}

/** The key for the bytes that follow after `length` bytes have been masked with `key`. */
export function rotateKey(key: number, length: number): number {
  const bits = (length & 3) << 3;
  // A shift by 32 is one by 0 in JavaScript: without bits to rotate both sides are the key.
  return (key >>> bits) | (key << (32 - bits));
}

/** The loop over the bytes: the oracle and the fallback of the kernel, see {@link applyMask}. */
export function maskByBytes(bytes: Uint8Array, start: number, end: number, key: number): number {
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
  return seen & 0x80;
}
