import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { openPair } from "../served.ts";

// What was dropped since the queue behind a message in fragments was full resolved at once, as the socket
// held nothing: who sent on after that gave the event loop no time, and the message no end.
test("send of a message that is dropped waits for the queue that was full", async () => {
  const { ws } = await openPair({ whenSendBufferFull: "drop", maxSendBuffer: 1000 });
  async function* slow() {
    yield "a";
    await sleep(100);
    yield "b";
  }
  let ended = false;
  ws.sendFragments(slow()).then(() => {
    ended = true;
  });
  while (ws.dropped === 0) ws.send("x".repeat(100));
  const { dropped } = ws;
  await ws.send("y");
  expect({ ended, dropped: ws.dropped > dropped }).toEqual({ ended: true, dropped: true });
});
