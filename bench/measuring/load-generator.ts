import type { Answer, Job } from "../load/job.ts";
import { loadCommand } from "../peers.ts";
import type { JobAnswer, Load } from "./load.ts";
import { LineProcess } from "./processes.ts";

const START_DEADLINE_MS = 15_000;
// The load generator gives up by itself long before; this is for when it hangs.
const PATIENCE_MS = 60_000;

/** The process that makes the load; a new one is started if it hangs. */
export class LoadGenerator implements Load {
  readonly #runtime: "bun" | "node";
  readonly #cores: readonly number[] | undefined;
  #process: LineProcess | undefined;
  #busy = false;
  /** Time that the job takes by itself, in ms. */
  #duration = 0;
  /** Name and version of its runtime, once it has been started. */
  transport = "";

  /** @param cores the cores to keep it on, undefined for any */
  constructor(runtime: "bun" | "node", cores: readonly number[] | undefined) {
    this.#runtime = runtime;
    this.#cores = cores;
  }

  /** Starts the process, unless it runs. */
  async start(): Promise<void> {
    if (this.#process !== undefined) return;
    const child = new LineProcess(loadCommand(this.#runtime), this.#cores);
    const answer = await child.next<Answer>(START_DEADLINE_MS);
    if (answer.event === "ready") this.transport = answer.transport;
    this.#process = child;
  }

  /** Gives a job; {@link answer} has what comes of it. */
  async give(job: Job): Promise<void> {
    // Whoever gave the last job has not waited for its end, since the measured process failed.
    if (this.#busy) await this.stop();
    await this.start();
    this.#process?.send(job);
    this.#duration = "duration" in job ? job.warmUp + job.duration : 0;
    this.#busy = true;
  }

  /**
   * The next answer.
   *
   * @throws Error with the reason if the job failed
   */
  async answer(): Promise<JobAnswer> {
    let answer: Answer;
    try {
      if (this.#process === undefined) throw new Error("the load generator does not run");
      answer = await this.#process.next<Answer>(this.#duration + PATIENCE_MS);
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#busy = answer.event === "listening";
    if (answer.event === "failed") throw new Error(answer.reason);
    if (answer.event === "ready") throw new Error("the load generator has started anew");
    return answer;
  }

  /** Ends the process. */
  async stop(): Promise<void> {
    await this.#process?.stop();
    this.#process = undefined;
    this.#busy = false;
  }
}
