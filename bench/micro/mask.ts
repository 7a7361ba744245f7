import { bench, group, summary } from "mitata";
import { maskByBytes } from "../../src/protocol/mask.ts";
import { maskBySimd, maskSharedChunk } from "../../src/protocol/mask-simd.ts";

const KEY = 0x12345678;

/** The kernel against the loop, around the border between them and far above it. */
export function maskBenchmarks(): void {
  for (const size of [64, 128, 160, 256, 1024, 16_384, 65_000]) {
    const bytes = Buffer.allocUnsafeSlow(size + 8);
    group(`unmask ${size} B`, () => {
      summary(() => {
        bench("loop over bytes", () => maskByBytes(bytes, 8, 8 + size, KEY));
        bench("SIMD kernel, copied there and back", () => maskBySimd(bytes, 8, 8 + size, KEY));
        bench("SIMD kernel, in the shared chunk", () => maskSharedChunk(8, 8 + size, KEY));
      });
    });
  }
}
