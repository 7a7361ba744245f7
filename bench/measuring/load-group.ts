import type { Job, LoadResult } from "../load/job.ts";
import type { JobAnswer, Load } from "./load.ts";
import { LoadGenerator } from "./load-generator.ts";

/** Several load generators that share the connections of a job, for servers of several processes. */
export class LoadGroup implements Load {
  readonly #members: readonly LoadGenerator[];
  #busy: readonly LoadGenerator[] = [];

  constructor(runtime: "bun" | "node", cores: readonly number[] | undefined, count: number) {
    this.#members = Array.from({ length: count }, () => new LoadGenerator(runtime, cores));
  }

  get transport(): string {
    return `${this.#members[0]?.transport} × ${this.#members.length}`;
  }

  async start(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.start()));
  }

  async give(job: Job): Promise<void> {
    const parts = splitJob(job, this.#members.length);
    this.#busy = this.#members.slice(0, parts.length);
    await Promise.all(parts.map((part, i) => this.#members[i]!.give(part)));
  }

  async answer(): Promise<JobAnswer> {
    const settled = await Promise.allSettled(this.#busy.map((member) => member.answer()));
    const results = settled.map((each) => {
      if (each.status === "rejected") throw each.reason;
      if (each.value.event !== "result") throw new Error("this job cannot be shared");
      return each.value.result;
    });
    return { event: "result", result: joinResults(results) };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.stop()));
  }
}

/** Whether several load generators can share a job of this kind. */
export function canBeShared(kind: string): boolean {
  return kind === "echo" || kind === "short-lived";
}

/**
 * Parts of a job, as equal as they come.
 *
 * @param count how many at most; none of them is left without a connection
 */
export function splitJob(job: Job, count: number): Job[] {
  const share = (whole: number, i: number, parts: number) =>
    Math.floor(((i + 1) * whole) / parts) - Math.floor((i * whole) / parts);
  const split = (whole: number, make: (part: number) => Job) => {
    const parts = Math.min(count, whole);
    return Array.from({ length: parts }, (_, i) => make(share(whole, i, parts)));
  };
  if (job.kind === "echo" && !job.listen) {
    return split(job.connections, (connections) => ({ ...job, connections }));
  }
  if (job.kind === "short-lived") {
    return split(job.inFlight, (inFlight) => ({ ...job, inFlight }));
  }
  throw new Error(`a job of the kind "${job.kind}" cannot be shared by several load generators`);
}

/** The result of all parts: what they count is added, and each has measured the server at the same time. */
export function joinResults(parts: readonly LoadResult[]): LoadResult {
  const sum = (of: (part: LoadResult) => number) => parts.reduce((all, part) => all + of(part), 0);
  const mean = (of: (part: LoadResult) => number) => sum(of) / parts.length;
  const seconds = mean((part) => part.seconds);
  const loadCpu = sum((part) => part.loadCpu);
  const latencies = parts.map(({ latency }) => latency).filter((each) => each !== undefined);
  const worst = (of: "p99" | "p999") => Math.max(...latencies.map((each) => each[of]));
  return {
    count: sum((part) => part.count / part.seconds) * seconds,
    seconds,
    serverCpu: mean((part) => part.serverCpu),
    serverSystem: mean((part) => part.serverSystem),
    loadCpu,
    // To each of them the others are among "everything else".
    otherCpu: Math.max(0, mean((part) => part.otherCpu + part.loadCpu) - loadCpu),
    bytesPerCount: parts[0]?.bytesPerCount ?? 0,
    ...(latencies.length === 0
      ? {}
      : {
          latency: {
            p50: latencies.reduce((all, { p50 }) => all + p50, 0) / latencies.length,
            p99: worst("p99"),
            p999: worst("p999"),
          },
        }),
    verified: {
      compared: sum((part) => part.verified.compared),
      received: sum((part) => part.verified.received),
    },
  };
}
