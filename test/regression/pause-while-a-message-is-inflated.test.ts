import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { compressedPair, deflated } from "../compression/compressed-peer.ts";
import { until } from "../served.ts";
import { streamOf } from "../stream-of.ts";

const LONG = "abcdefghij".repeat(200_000);

async function paused() {
  const messages: (string | Buffer)[] = [];
  const { ws, peer } = await compressedPair(
    { maxMessageSize: 4_000_000 },
    { message: (_, data) => void messages.push(data) },
  );
  const { bytesRead } = streamOf(ws);
  peer.send([0xc1, deflated(LONG)], [0xc1, deflated("short")]);
  await until(() => streamOf(ws).bytesRead > bytesRead + 100);
  ws.pause();
  await sleep(200);
  return { ws, peer, messages };
}

// The result of the thread pool was delivered whatever had been asked for meanwhile.
test("pause() holds back a message that is being inflated, and resume() delivers it", async () => {
  const { ws, messages } = await paused();
  expect(messages).toEqual([]);
  ws.resume();
  await until(() => messages.length === 2);
  expect(messages).toEqual([LONG, "short"]);
});

test("close() drops and counts what pause() has held back", async () => {
  const { ws, peer, messages } = await paused();
  const closed = ws.close();
  peer.send([0x88, Buffer.from([0x03, 0xe8])]);
  expect(await closed).toMatchObject({ code: 1000, discarded: 2 });
  expect(messages).toEqual([]);
});
