import type { Timing } from "../load/clock.ts";
import type { Dialect } from "../load/dialect.ts";
import type { Job } from "../load/job.ts";
import { isFleet, type Scenario } from "../scenarios/scenario.ts";

/** The measured process, as the load generator has to know it. */
export interface Target extends Timing {
  readonly port: number;
  /** The ports of several processes, which share the connections. */
  readonly ports?: readonly number[] | undefined;
  /** What it speaks; by default nothing but the messages. */
  readonly dialect?: Dialect;
  /** True for raw `net`. */
  readonly mirror: boolean;
  /** Whether connections to it are streams of one session of HTTP/2. */
  readonly http2?: boolean;
}

/** The job that a timed scenario is for the load generator. */
export function makeJob(scenario: Scenario, target: Target): Job {
  const { work, side } = scenario;
  const common = { ...target, tls: false };
  switch (work.kind) {
    case "echo":
      return { ...common, ...work, tls: work.tls ?? false, listen: side === "client" };
    case "compressed":
      return { ...common, ...work, compressed: work.deflate !== undefined };
    case "fan-out": {
      const { copies = 1, each = 1 } = work.groups ?? {};
      return { ...common, ...work, copies: copies * each, timed: isFleet(scenario) };
    }
    case "short-lived":
      return { ...common, ...work, tls: work.tls ?? false };
    case "compressed-broadcast":
      return { ...common, ...work };
    // What is possible; half of that is sent by the clock then.
    case "latency":
    case "worked":
      return { ...common, ...work, kind: "echo", listen: false };
    case "memory":
    case "subscriptions":
      throw new Error("idle connections are weighed, not timed");
  }
}

/** Messages of a scenario, sent by the clock, so many a second. */
export function makeOpenLoopJob({ work }: Scenario, target: Target, rate: number): Job {
  if (work.kind !== "latency")
    throw new Error("no messages are sent by the clock in this scenario");
  return { ...target, ...work, kind: "open-loop", tls: false, rate };
}
