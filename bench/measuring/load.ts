import type { Answer, Job } from "../load/job.ts";

/** What comes of a job, and on the way there. */
export type JobAnswer = Exclude<Answer, { event: "failed" | "ready" }>;

/** What makes the load: one process, or several that share a job. */
export interface Load {
  /** Name and version of its runtime, once it has been started. */
  readonly transport: string;
  start(): Promise<void>;
  /** Gives a job; {@link answer} has what comes of it. */
  give(job: Job): Promise<void>;
  /**
   * The next answer.
   *
   * @throws Error with the reason if the job failed
   */
  answer(): Promise<JobAnswer>;
  stop(): Promise<void>;
}
