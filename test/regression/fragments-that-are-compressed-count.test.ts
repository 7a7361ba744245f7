import { expect, test } from "vitest";
import { compressedPair } from "../compression/compressed-peer.ts";
import { heldJob } from "../compression/held-job.ts";
import { until } from "../served.ts";

// Until it was compressed it counted nowhere, unlike a message that is sent whole.
test("a fragment that is being compressed counts in bufferedAmount", async () => {
  const job = heldJob(1, "job", []);
  const { ws, peer } = await compressedPair({ compression: { maxJobs: 1 } });
  const sent = ws.sendFragments(["x".repeat(100_000)]);
  await new Promise((resolve) => setImmediate(resolve));
  expect(ws.bufferedAmount).toBe(100_000);
  job.end();
  expect((await peer.receive())?.first).toBe(0x41);
  expect((await peer.receive())?.first).toBe(0x80);
  await sent;
  await until(() => ws.bufferedAmount === 0);
});
