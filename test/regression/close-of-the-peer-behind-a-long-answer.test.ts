import { expect, test } from "vitest";
import type { ConnectionHandler } from "../../src/index.ts";
import { compressedPair } from "../compression/compressed-peer.ts";
import { heldJob } from "../compression/held-job.ts";
import { until } from "../served.ts";
import { streamOf } from "../stream-of.ts";

const LONG = "abcdefghij".repeat(10_000);
const CLOSE = Buffer.from([0x03, 0xe8]);

async function asked(handler: ConnectionHandler, closeTimeout = 60_000) {
  const job = heldJob(1, "job", []);
  const { ws, peer } = await compressedPair({ compression: { maxJobs: 1 }, closeTimeout }, handler);
  const { bytesRead } = streamOf(ws);
  peer.send([0x81, "a question"], [0x88, CLOSE]);
  await until(() => streamOf(ws).bytesRead > bytesRead);
  return { job, ws, peer };
}

// Answers that are sent at once, or not compressed, always went before the Close. One that the thread pool
// was compressing was lost.
test("the answer to a Close goes behind an answer that is being compressed", async () => {
  const { job, ws, peer } = await asked({ message: (ws) => void ws.send(LONG) });
  job.end();
  expect((await peer.receive())?.first).toBe(0xc1);
  expect(await peer.closeCode()).toBe(1000);
  expect(await ws.closed).toMatchObject({ code: 1000, clean: true });
});

test("but waits for half of closeTimeout at most", async () => {
  const { job, peer } = await asked({ message: (ws) => void ws.send(LONG) }, 2000);
  expect(await peer.closeCode()).toBe(1000);
  job.end();
});
