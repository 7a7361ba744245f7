import type { Results } from "./results.ts";
import { cpuRatioBetween, ratioBetween } from "./summary.ts";

/** What the library must reach, and whether it did. */

/** A bound for the ratio between barewire and another peer. */
export interface Target {
  readonly scenario: string;
  readonly against: string;
  readonly bound: "at least" | "at most";
  readonly ratio: number;
  /** True if it is a bound for the time (or cost) rather than for the speed. */
  readonly inverse?: boolean;
}

function atLeast(scenario: string, bounds: Readonly<Record<string, number>>): Target[] {
  return Object.entries(bounds).map(([against, ratio]) => ({
    scenario,
    against,
    bound: "at least",
    ratio,
  }));
}

/** The targets of the project, in the order of its scenarios. */
export const targets: readonly Target[] = [
  ...atLeast("pipelined-64-binary", { ws: 25, uws: 2, bun: 1 }),
  ...atLeast("pipelined-64-ascii", { ws: 20, uws: 1.7 }),
  ...atLeast("pipelined-1k", { ws: 5.5, net: 0.85 }),
  ...atLeast("pipelined-16k", { ws: 1.2, net: 0.9 }),
  ...atLeast("large-binary", { ws: 1.1, net: 0.8 }),
  ...atLeast("ping-pong-50", { ws: 1.25, net: 0.97 }),
  ...atLeast("handshake", { ws: 1.8, net: 0.85 }),
  { scenario: "memory", against: "ws", bound: "at most", ratio: 0.7 },
  { scenario: "memory", against: "net", bound: "at most", ratio: 1.25 },
  ...atLeast("broadcast", { ws: 1.3 }),
  { scenario: "broadcast", against: "net", bound: "at most", ratio: 1.1, inverse: true },
  ...atLeast("compressed", { ws: 2 }),
  ...[1, 4, 16].flatMap((depth) => [
    ...atLeast(`compressed-narrow-${depth}`, { ws: 2 }),
    ...atLeast(`compressed-wide-${depth}`, { ws: 2 }),
    ...atLeast(`compressed-defaults-${depth}`, { ws: 4 }),
  ]),
  ...atLeast("compressed-large-narrow", { ws: 1 }),
  ...atLeast("compressed-large-wide", { ws: 1 }),
  ...atLeast("compressed-large-defaults", { ws: 1 }),
  ...atLeast("compressed-megabyte-narrow", { ws: 1 }),
  ...atLeast("compressed-megabyte-wide", { ws: 1 }),
  ...atLeast("compressed-megabyte-defaults", { ws: 1 }),
  { scenario: "compressed-memory-narrow", against: "ws", bound: "at most", ratio: 0.2 },
  { scenario: "compressed-memory-wide", against: "ws", bound: "at most", ratio: 0.2 },
];

/** A target beside what was reached; undefined where the run cannot tell. */
export interface Verdict {
  readonly target: Target;
  readonly reached: number | undefined;
  readonly met: boolean | undefined;
  /** The ratio of processor time per message, which a busy machine disturbs less. */
  readonly byCpu: number | undefined;
}

/** Judges the targets of the scenarios that a run has measured. */
export function judgeTargets(results: Results): Verdict[] {
  return targets.flatMap((target): Verdict | [] => {
    const found = results.scenarios.find(({ scenario }) => scenario.id === target.scenario);
    if (found === undefined) return [];
    const ratio = ratioBetween(found, "barewire", target.against);
    if (ratio === undefined) {
      return { target, reached: undefined, met: undefined, byCpu: undefined };
    }
    const reached = target.inverse ? 1 / ratio : ratio;
    const met = target.bound === "at least" ? reached >= target.ratio : reached <= target.ratio;
    const cpu = cpuRatioBetween(found, "barewire", target.against);
    const byCpu = cpu === undefined || !target.inverse ? cpu : 1 / cpu;
    return { target, reached, met, byCpu };
  });
}
