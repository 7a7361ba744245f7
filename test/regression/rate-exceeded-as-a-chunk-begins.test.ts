import { expect, it } from "vitest";
import { textFrame } from "../raw-peer.ts";
import { openPair } from "../served.ts";

// A breach that was noticed at the first byte of a chunk stopped a parser that had not begun: all messages of
// the chunk were delivered, thousands in the time of one.
it("holds a flood back message by message, whenever the limit is reached", async () => {
  let count = 0;
  const { peer } = await openPair({ maxMessageRate: 100 }, { message: () => void count++ });
  const begun = performance.now();
  peer.write(Buffer.concat(Array.from({ length: 5000 }, () => textFrame("x"))));
  while (count < 150) await new Promise((resolve) => setTimeout(resolve, 10));
  await new Promise((resolve) => setTimeout(resolve, 300));
  const seconds = (performance.now() - begun) / 1000;
  // Those of one second at once, and then as many as the time allows.
  expect(count).toBeLessThanOrEqual(100 + 100 * seconds + 5);
});
