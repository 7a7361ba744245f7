import { isAscii } from "node:buffer";
import http from "node:http";

/**
 * Masking by Node itself, which can do so from 26.12 on. It needs a view for a range of bytes and does not say
 * whether they are ASCII, so the kernel stays ahead of it in its own memory. It is ahead in all other memory, and
 * where bytes are copied anyway. From how many bytes on: `npm run bench:micro -- mask mask-copy --node 26`.
 */

declare module "node:http" {
  /** Not in the types of Node 20. Undefined before 26.12. */
  const websocketMask:
    | undefined
    | ((
        source: Uint8Array,
        key: Uint8Array,
        target: Uint8Array,
        offset: number,
        length: number,
      ) => void);
}

const websocketMask = http.websocketMask;

const whereNodeCan = (bytes: number) =>
  websocketMask === undefined ? Number.POSITIVE_INFINITY : bytes;

/** From this many bytes on {@link maskByNode} beats the kernel and the loop; `Infinity` where Node cannot. */
export const NODE_MASK_WORTH_IT: number = whereNodeCan(128);

/** The same for {@link unmaskByNode}, which reads all bytes once more. */
export const NODE_UNMASK_WORTH_IT: number = whereNodeCan(2048);

/** The same for {@link copyMaskedByNode} against a copy that is masked. */
export const NODE_COPY_WORTH_IT: number = whereNodeCan(64);

const keyBytes = new Uint8Array(4);

/** XORs `bytes[start, end)` in place. */
export function maskByNode(bytes: Uint8Array, start: number, end: number, key: number): void {
  const range = bytes.subarray(start, end);
  copyMaskedByNode(range, range, 0, key);
}

/** The same. @returns 0x80 if any resulting byte has its highest bit set, otherwise 0 */
export function unmaskByNode(bytes: Uint8Array, start: number, end: number, key: number): number {
  const range = bytes.subarray(start, end);
  copyMaskedByNode(range, range, 0, key);
  return isAscii(range) ? 0 : 0x80;
}

/** Copies `source`, masked, to `target[offset]`. */
export function copyMaskedByNode(
  source: Uint8Array,
  target: Uint8Array,
  offset: number,
  key: number,
): void {
  keyBytes[0] = key;
  keyBytes[1] = key >>> 8;
  keyBytes[2] = key >>> 16;
  keyBytes[3] = key >>> 24;
  websocketMask!(source, keyBytes, target, offset, source.length);
}
