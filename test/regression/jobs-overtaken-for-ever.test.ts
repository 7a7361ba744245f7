import { expect, it, onTestFinished } from "vitest";
import { jobCounts } from "../../src/compression/jobs.ts";
import { type Connection, connect, Server } from "../../src/index.ts";
import { heldJob } from "../compression/held-job.ts";
import { until } from "../served.ts";

// A job waited until fewer ran than its own limit, while others with a higher one were started past
// it: as long as these kept coming it never ran.
it("a job with a low limit runs although those of others keep coming", async () => {
  const server = new Server({ compression: true });
  server.handle("/", { message() {} });
  const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
  let stopped = false;
  onTestFinished(async () => {
    stopped = true;
    await server.shutdown({ timeout: 1 });
    await until(() => jobCounts().running === 0);
  });
  const open = (maxJobs: number) => connect(url, { compression: { maxJobs } });
  const text = "abcdefghij".repeat(10_000);
  const load = async (ws: Connection) => {
    while (!stopped) await ws.send(text);
  };
  const slow = await open(1);
  for (let i = 0; i < 6; i++) load(await open(3)).catch(() => {});
  await until(() => jobCounts().waiting > 2);
  await slow.send(text);
}, 5000);

it("jobs begin in the order of the calls, whatever their limits", () => {
  const log: string[] = [];
  const running = ["a", "b", "c"].map((name) => heldJob(3, name, log));
  const low = heldJob(1, "low", log);
  const behind = heldJob(3, "behind", log);
  for (const job of running.slice(0, 2)) job.end();
  expect(log).toEqual(["a", "b", "c"]);
  running[2]!.end();
  expect(log).toEqual(["a", "b", "c", "low", "behind"]);
  low.end();
  behind.end();
  expect(jobCounts()).toEqual({ running: 0, waiting: 0 });
});
