import { expect, test } from "vitest";
import { compressedPair, deflated } from "../compression/compressed-peer.ts";
import { heldJob } from "../compression/held-job.ts";
import { until } from "../served.ts";
import { streamOf } from "../stream-of.ts";

// The message was to be dropped, but until the thread pool was through with it nothing was read: the peer's
// Close neither, which had come, and the message did not count as dropped.
test("close() does not wait for a message that is being inflated", async () => {
  const job = heldJob(1, "job", []);
  const messages: unknown[] = [];
  const { ws, peer } = await compressedPair(
    { compression: { maxJobs: 1 }, closeTimeout: 60_000 },
    { message: (_, data) => void messages.push(data) },
  );
  const { bytesRead } = streamOf(ws);
  peer.send([0xc1, deflated("abcdefghij".repeat(20_000))], [0xc1, deflated("short")]);
  await until(() => streamOf(ws).bytesRead > bytesRead);
  const before = streamOf(ws).bytesRead;
  peer.send([0x81, "another"]);
  await until(() => streamOf(ws).bytesRead > before);
  const closed = ws.close(1000);
  expect(await peer.closeCode()).toBe(1000);
  peer.send([0x88, Buffer.from([0x03, 0xe8])]);
  expect(await closed).toMatchObject({ clean: true, discarded: 3 });
  job.end();
  expect(messages).toEqual([]);
}, 30_000);
