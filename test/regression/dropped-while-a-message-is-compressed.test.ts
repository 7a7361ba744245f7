import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { compressedPair } from "../compression/compressed-peer.ts";
import { heldJob } from "../compression/held-job.ts";

const LONG = "abcdefghij".repeat(9000);

async function full() {
  const job = heldJob(1, "job", []);
  const drained: number[] = [];
  const { ws, peer } = await compressedPair(
    { compression: { maxJobs: 1 }, maxSendBuffer: 100_000, whenSendBufferFull: "drop" },
    { drain: (connection) => void drained.push(connection.bufferedAmount) },
  );
  const sent = ws.send(LONG);
  return { job, drained, ws, peer, sent };
}

// Its promise was that of the output, where nothing waited: who awaited it in a loop kept the event loop
// from ever hearing of the thread pool again.
test("send of what is dropped behind a message that is compressed waits for that", async () => {
  const { job, drained, ws, sent } = await full();
  let settled = false;
  const refused = ws.send("x".repeat(20_000));
  refused?.then(() => {
    settled = true;
  });
  await sleep(50);
  expect([ws.dropped, settled, drained]).toEqual([1, false, []]);
  job.end();
  await sent;
  await refused;
  expect(drained).toEqual([0]);
});

test("and rejects where the connection ends before, whatever is under way", async () => {
  const { job, ws } = await full();
  void ws.sendFragments(
    (async function* () {
      yield "begun";
      await new Promise(() => {});
    })(),
  );
  const refused = ws.send("x".repeat(20_000));
  job.end();
  await sleep(50);
  const refusedToo = ws.send("x".repeat(200_000));
  ws.terminate();
  await expect(refused).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
  await expect(refusedToo).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
});
