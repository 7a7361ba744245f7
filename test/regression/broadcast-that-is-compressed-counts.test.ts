import { expect, test } from "vitest";
import { compressedPair } from "../compression/compressed-peer.ts";
import { heldJob } from "../compression/held-job.ts";
import { until } from "../served.ts";

// From its turn on until it was compressed it counted nowhere.
test("a broadcast that is being compressed counts in bufferedAmount", async () => {
  const job = heldJob(1, "job", []);
  const { server, ws, peer } = await compressedPair({ compression: { maxJobs: 1 } });
  server.broadcast("x".repeat(100_000));
  await new Promise((resolve) => setImmediate(resolve));
  expect(ws.bufferedAmount).toBe(100_000);
  job.end();
  await peer.receive();
  await until(() => ws.bufferedAmount === 0);
});
