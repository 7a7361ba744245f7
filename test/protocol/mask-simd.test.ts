import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskByBytes } from "../../src/protocol/mask.ts";
import {
  maskBySimd,
  maskSharedChunk,
  SIMD_WORTH_IT,
  sharedChunk,
} from "../../src/protocol/mask-simd.ts";
import { compileKernel } from "./mask-kernel.ts";

describe("maskBySimd", () => {
  it("runs on this Node", () => {
    expect(SIMD_WORTH_IT).toBeLessThan(1000);
  });

  it("embeds what mask.wat compiles to", async () => {
    const module = readFileSync(
      new URL("../../src/protocol/mask-simd.ts", import.meta.url),
      "utf8",
    ).replaceAll(/"\s*\+\s*"/g, "");
    expect(module).toContain(`"${await compileKernel()}"`);
  });

  const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 200_000 }));
  const start = fc.integer({ min: 0, max: 17 });
  const key = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

  it("does what a loop over the bytes does, and nothing outside", () => {
    fc.assert(
      fc.property(size, start, key, fc.boolean(), (length, at, k, ascii) => {
        const bytes = someBytes(at + length + 20, k, ascii ? -1 : at + (length >> 1));
        const wanted = Buffer.from(bytes);
        const seen = maskByBytes(wanted, at, at + length, k);
        expect(maskBySimd(bytes, at, at + length, k)).toBe(seen);
        expect(Buffer.compare(bytes, wanted)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it("does the same in the chunk that sockets share, without copies", () => {
    fc.assert(
      fc.property(size, start, key, fc.boolean(), (length, at, k, ascii) => {
        const end = Math.min(at + length, sharedChunk!.length);
        const wanted = someBytes(sharedChunk!.length, k, ascii ? -1 : (at + end) >> 1);
        sharedChunk!.set(wanted);
        const seen = maskByBytes(wanted, at, end, k);
        expect(maskSharedChunk(at, end, k)).toBe(seen);
        expect(Buffer.compare(sharedChunk!, wanted)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

/** Bytes below 0x80, but for the one at `other`. */
function someBytes(length: number, key: number, other: number): Buffer {
  const bytes = Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + key) & 0x7f));
  if (other >= 0 && other < length) bytes[other] = 0xee;
  return bytes;
}
