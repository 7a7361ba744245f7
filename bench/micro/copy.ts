import { bench, do_not_optimize, group, summary } from "mitata";
import { sharedChunk } from "../../src/protocol/masking/mask-simd.ts";
import { copyOf, keepTogether } from "../../src/protocol/message-memory.ts";

const FRAME = 70;

/** 60 messages of 64 bytes out of a chunk, as Buffers that outlive it. */
export function copyBenchmarks(): void {
  const chunk = sharedChunk ?? Buffer.alloc(64 * 1024);
  group("60 messages of 64 B out of a chunk", () => {
    summary(() => {
      bench("copied together", () => copyAll(60 * FRAME, copyOf));
      bench("copied one by one", () => copyAll(0, copyOf));
      bench("Buffer.from", () =>
        copyAll(0, (bytes, start, end) => Buffer.from(bytes.subarray(start, end))),
      );
      bench("subarray, no copy", () =>
        copyAll(0, (bytes, start, end) => bytes.subarray(start, end)),
      );
    });
  });

  function copyAll(together: number, copy: typeof copyOf): void {
    keepTogether(together);
    for (let at = 0; at < 60 * FRAME; at += FRAME) {
      do_not_optimize(copy(chunk, at + 6, at + FRAME));
    }
  }
}
