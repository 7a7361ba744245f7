import { expect, it } from "vitest";
import { openPair } from "../served.ts";

// The promise of `send` fulfilled, and `drain` was told, although terminate() in the same tick had dropped the data.
it("what terminate() drops rejects, and is no drain", async () => {
  let drained = 0;
  const { ws, peer } = await openPair({ highWaterMark: 1 }, { drain: () => void drained++ });
  peer.socket.pause();
  const sent: Promise<void>[] = [];
  for (let i = 0; i < 200; i++) {
    const held = ws.send(Buffer.alloc(100_000));
    if (held !== undefined) sent.push(held);
  }
  expect(sent.length).toBeGreaterThan(0);
  ws.terminate();
  for (const outcome of await Promise.allSettled(sent)) expect(outcome.status).toBe("rejected");
  expect(drained).toBe(0);
});

it("what terminate() drops at once was taken by the system before send() returned, or rejects", async () => {
  const { ws, peer } = await openPair({ highWaterMark: 1 });
  const sent = ws.send("x");
  ws.terminate();
  // It either is with the system, and then has no promise, or it is not.
  if (sent === undefined) expect((await peer.readToEnd()).toString()).toContain("x");
  else await expect(sent).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
});
