import { expect, it } from "vitest";
import { BufferBudget } from "../../src/connection/buffer-budget.ts";
import { textFrame } from "../raw-peer.ts";
import { openPair } from "../served.ts";

// What had arrived before the end and nobody had taken yet was counted again behind the end, and then for
// ever: each such connection stayed in memory, and in the sum that decides who is closed.
it("a connection that has ended does not count any more, whatever is left of it", async () => {
  const counted: unknown[] = [];
  const { count, remove } = BufferBudget.prototype;
  const spied = { count, remove };
  BufferBudget.prototype.count = function (holder) {
    counted.push(holder);
    spied.count.call(this, holder);
  };
  BufferBudget.prototype.remove = function (holder) {
    counted.length = 0;
    spied.remove.call(this, holder);
  };
  try {
    const { ws, peer } = await openPair();
    peer.write(...Array.from({ length: 40 }, (_, i) => textFrame(`message ${i}`)));
    expect(await ws.receive()).toBe("message 0");
    peer.reset();
    await ws.closed;
    for (let i = 1; i < 40; i++) expect(await ws.receive()).toBe(`message ${i}`);
    expect(counted).toHaveLength(0);
  } finally {
    Object.assign(BufferBudget.prototype, spied);
  }
});
