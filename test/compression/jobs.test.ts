import { expect, test } from "vitest";
import { jobCounts } from "../../src/compression/jobs.ts";
import { heldJob } from "./held-job.ts";

test("a job that was dropped holds nobody up", () => {
  const log: string[] = [];
  const running = ["a", "b"].map((name) => heldJob(3, name, log));
  const low = heldJob(1, "low", log);
  const behind = ["c", "d"].map((name) => heldJob(3, name, log));
  low.cancel();
  running[0]!.end();
  expect(log).toEqual(["a", "b", "c", "d"]);
  for (const job of [running[1]!, ...behind]) job.end();
  expect(jobCounts()).toEqual({ running: 0, waiting: 0 });
});

// They waited for the end of a job that runs all the same.
test("nor does it until another one ends", () => {
  const log: string[] = [];
  const running = heldJob(3, "running", log);
  const low = heldJob(1, "low", log);
  const behind = heldJob(3, "behind", log);
  low.cancel();
  expect(log).toEqual(["running", "behind"]);
  for (const job of [running, behind]) job.end();
  expect(jobCounts()).toEqual({ running: 0, waiting: 0 });
});

test("those with a limit of one run by themselves", () => {
  const log: string[] = [];
  const jobs = ["a", "b", "c"].map((name) => heldJob(1, name, log));
  for (const [index, job] of jobs.entries()) {
    expect(log).toHaveLength(index + 1);
    job.end();
  }
  expect(jobCounts()).toEqual({ running: 0, waiting: 0 });
});
