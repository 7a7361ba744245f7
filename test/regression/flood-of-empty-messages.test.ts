import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { RequestHandler } from "../../src/index.ts";
import { compressedPair } from "../compression/compressed-peer.ts";
import { OP, rawFrame, textFrame } from "../raw-peer.ts";
import { serve } from "../served.ts";

const MESSAGES = 200_000;
const FLOOD = Buffer.alloc(6 * MESSAGES, rawFrame(OP.text, "", {}));

/** How many messages of a flood were served when another peer's one was. */
async function floodedWhenServed(
  handlerFor: (count: (data: string | Buffer) => void) => Parameters<typeof serve>[0],
): Promise<number> {
  let flooded = 0;
  let served: ((count: number) => void) | undefined;
  const answer = new Promise<number>((resolve) => {
    served = resolve;
  });
  const { open } = await serve(
    handlerFor((data) => {
      if (data === "") flooded++;
      else served?.(flooded);
    }),
  );
  const [hostile, honest] = [await open(), await open()];
  hostile.write(FLOOD);
  honest.write(textFrame("probe"));
  return answer;
}

// One socket held the loop for 3 to 4 s by empty messages, where `for await` took them: no other was read meanwhile.
describe("a flood of empty messages does not keep another peer waiting", () => {
  it("of a handler object", async () => {
    const flooded = await floodedWhenServed((count) => ({ message: (_, data) => count(data) }));
    expect(flooded).toBeLessThan(10_000);
  });

  it("of an iteration", async () => {
    const iterate =
      (count: (data: string | Buffer) => void): RequestHandler =>
      async (request) => {
        for await (const data of request.upgrade()) count(data);
      };
    expect(await floodedWhenServed(iterate)).toBeLessThan(30_000);
  });
});

// 3.4 MB of frames of 89 bytes that inflate to just under 64 KiB held the loop for 19 s.
it("many small bombs are inflated a few at a time", async () => {
  const bomb = deflateRawSync(Buffer.alloc(65_000), { finishFlush: 2 }).subarray(0, -4);
  let inflated = 0;
  const { peer } = await compressedPair({ compression: true }, { message: () => void inflated++ });
  const turns: number[] = [];
  peer.send(...Array.from({ length: 500 }, () => [0xc2, bomb] as [number, Uint8Array]));
  while (inflated < 500) {
    const before = inflated;
    await new Promise((resolve) => setImmediate(resolve));
    turns.push(inflated - before);
  }
  expect(Math.max(...turns)).toBeLessThan(40);
});
