import { expect, it } from "vitest";
import { serve, until } from "../served.ts";

it("drain is told when nothing waits any more, not when the first of many messages has gone", async () => {
  const waiting: number[] = [];
  const { open } = await serve({
    open(ws) {
      // The system takes the first of these at once, in the tick in which the others are sent.
      for (let i = 0; i < 400; i++) ws.send(Buffer.alloc(30_000));
    },
    drain: (ws) => void waiting.push(ws.bufferedAmount),
  });
  const peer = await open();
  for (let i = 0; i < 400; i++) await peer.readFrame();
  await until(() => waiting.length > 0);
  expect(waiting).toEqual([0]);
});
