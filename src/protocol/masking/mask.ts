import {
  copyMaskedByNode,
  maskByNode,
  NODE_COPY_WORTH_IT,
  NODE_MASK_WORTH_IT,
  NODE_UNMASK_WORTH_IT,
  unmaskByNode,
} from "./mask-by-node.ts";
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
  const length = end - start;
  if (length >= NODE_UNMASK_WORTH_IT) return unmaskByNode(bytes, start, end, key);
  if (length < SIMD_WORTH_IT) return maskByBytes(bytes, start, end, key);
  return maskBySimd(bytes, start, end, key);
}

/** Masks `bytes[start, end)` in place with `key`, for who knows what they are. */
export function maskPayload(bytes: Uint8Array, start: number, end: number, key: number): void {
  if (end - start >= NODE_MASK_WORTH_IT) maskByNode(bytes, start, end, key);
  else applyMask(bytes, start, end, key);
}

/** Copies `payload`, masked with `key`, to `target[offset]`. */
export function copyMasked(payload: Uint8Array, target: Buffer, offset: number, key: number): void {
  if (payload.length >= NODE_COPY_WORTH_IT) {
    copyMaskedByNode(payload, target, offset, key);
    return;
  }
  copyBytes(payload, target, offset);
  applyMask(target, offset, offset + payload.length, key);
}

/** Copies `source` to `target[offset]`. */
export function copyBytes(source: Uint8Array, target: Buffer, offset: number): void {
  // Below this a loop beats the call into native code (`npm run bench:micro`).
  if (source.length > 16) {
    target.set(source, offset);
    return;
  }
  for (let i = 0; i < source.length; i++) target[offset + i] = source[i]!;
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
