import { isAscii } from "node:buffer";
import http from "node:http";
import { bench, do_not_optimize, group, summary } from "mitata";
import { applyMask, maskByBytes } from "../../src/protocol/masking/mask.ts";
import { maskBySimd, maskSharedChunk, sharedChunk } from "../../src/protocol/masking/mask-simd.ts";

const KEY = 0x12345678;
const keyBytes = Buffer.from([0x12, 0x34, 0x56, 0x78]);

/** What Node has since 26.12; not in the types of Node 20. */
const { websocketMask, websocketUnmask } = http as typeof http & {
  websocketMask?: (
    source: Uint8Array,
    key: Uint8Array,
    target: Uint8Array,
    offset: number,
    length: number,
  ) => void;
  websocketUnmask?: (bytes: Uint8Array, key: Uint8Array) => void;
};

const SIZES = [8, 16, 24, 32, 64, 128, 256, 1024, 4096, 16_384, 65_000, 2 ** 20];

/**
 * The kernel against the loop, around the border between them and far above it, and against Node's own
 * function where there is one. That takes a view, and does not say whether the bytes are ASCII.
 */
export function maskBenchmarks(): void {
  for (const size of SIZES) {
    const bytes = Buffer.allocUnsafeSlow(size + 8);
    group(`unmask ${size} B of other memory`, () => {
      summary(() => {
        bench("loop", () => maskByBytes(bytes, 8, 8 + size, KEY));
        bench("kernel, copied there and back", () => maskBySimd(bytes, 8, 8 + size, KEY));
        nodesOwn(bytes, size);
      });
    });
    if (sharedChunk === undefined || size > sharedChunk.length - 8) continue;
    const chunk = sharedChunk;
    group(`unmask ${size} B of the shared chunk`, () => {
      summary(() => {
        bench("loop", () => maskByBytes(chunk, 8, 8 + size, KEY));
        bench("kernel", () => maskSharedChunk(8, 8 + size, KEY));
        nodesOwn(chunk, size);
      });
    });
  }
}

/** What a client does with what it sends: a payload is copied behind its header, masked. */
export function maskWhileCopyingBenchmarks(): void {
  for (const size of SIZES) {
    const payload = Buffer.alloc(size, 3);
    const slab = Buffer.allocUnsafeSlow(size + 14);
    group(`copy ${size} B behind a header, masked`, () => {
      summary(() => {
        bench("copied, then masked as today", () => {
          slab.set(payload, 14);
          applyMask(slab, 14, 14 + size, KEY);
        });
        if (websocketMask === undefined) return;
        const copyMasked = websocketMask;
        bench("Node's, masked on the way", () => copyMasked(payload, keyBytes, slab, 14, size));
      });
    });
  }
}

function nodesOwn(bytes: Buffer, size: number): void {
  if (websocketUnmask === undefined) return;
  const unmask = websocketUnmask;
  const view = bytes.subarray(8, 8 + size);
  bench("Node's", () => unmask(view, keyBytes));
  bench("Node's, with a view for it", () => unmask(bytes.subarray(8, 8 + size), keyBytes));
  bench("Node's, with a view, and isAscii", () => {
    const part = bytes.subarray(8, 8 + size);
    unmask(part, keyBytes);
    do_not_optimize(isAscii(part));
  });
}
