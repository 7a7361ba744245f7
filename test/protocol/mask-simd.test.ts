import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskBySimd, SIMD_WORTH_IT } from "../../src/protocol/mask-simd.ts";
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

  it("does what a loop over the bytes does, and nothing outside of whole blocks", () => {
    const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 200_000 }));
    const key = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(
        size,
        fc.integer({ min: 0, max: 17 }),
        key,
        fc.boolean(),
        (length, start, k, ascii) => {
          const bytes = Uint8Array.from(
            { length: start + length + 20 },
            (_, i) => (i * 31 + k) & 0x7f,
          );
          if (!ascii && length > 0) bytes[start + (length >> 1)] = 0xee;
          const end = start + length;
          const wanted = bytes.slice();
          let high = 0;
          for (let i = 0; i < (length & ~15); i++) {
            const byte = wanted[start + i]! ^ ((k >>> (8 * (i & 3))) & 0xff);
            wanted[start + i] = byte;
            high |= byte & 0x80;
          }
          expect(maskBySimd(bytes, start, end, k)).toBe(high);
          expect(Buffer.compare(bytes, wanted)).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});
