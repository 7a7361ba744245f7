import { type CompressionJob, startJob } from "../../src/compression/jobs.ts";

/** A job that runs until the test ends it. */
export interface HeldJob extends CompressionJob {
  end(): void;
}

/** Starts a job that puts `name` into `log` when it begins. */
export function heldJob(maxJobs: number, name: string, log: string[]): HeldJob {
  let onEnd: (() => void) | undefined;
  const { cancel } = startJob(maxJobs, (done) => {
    log.push(name);
    onEnd = done;
  });
  return { cancel, end: () => onEnd?.() };
}
