import { OURS } from "../peers.ts";
import type { Results, ScenarioResult } from "./results.ts";
import { cpuRatioBetween, ratioBetween, summarize } from "./summary.ts";

/** What the library must reach, and whether it did. */

/** A bound for the ratio between a form of barewire and another peer, or another form. */
export interface Target {
  readonly scenario: string;
  /** Whose ratio it is: a form of barewire. */
  readonly peer: string;
  readonly against: string;
  readonly bound: "at least" | "at most";
  readonly ratio: number;
  /** Another ratio from some major version of Node on. */
  readonly since?: { readonly node: number; readonly ratio: number };
  /** Of what it is the ratio: processor time is that per message. */
  readonly by: "speed" | "time" | "memory" | "cpu";
}

type Bounds = Readonly<Record<string, number>>;

function atLeast(scenario: string, bounds: Bounds, peer: string = OURS): Target[] {
  return Object.entries(bounds).map(([against, ratio]) => ({
    scenario,
    peer,
    against,
    bound: "at least",
    ratio,
    by: "speed",
  }));
}

function atMost(scenario: string, by: Target["by"], bounds: Bounds, peer: string = OURS): Target[] {
  return Object.entries(bounds).map(([against, ratio]) => ({
    scenario,
    peer,
    against,
    bound: "at most",
    ratio,
    by,
  }));
}

const FOR_AWAIT = `${OURS}-for-await`;
const RECEIVE = `${OURS}-receive`;
const SEND_LOOP = `${OURS}-send-loop`;
const TOPICS = `${OURS}-topics`;
const PARTS = `${OURS}-parts`;

/** One message at a time on a connection, or one to many. */
const ordinary: readonly Target[] = [
  ...atLeast("ping-pong-50", { ws: 1.25, net: 0.97 }),
  ...atLeast("ping-pong-50", { ws: 1.2, [OURS]: 0.95 }, FOR_AWAIT),
  ...atLeast("hello-1", { ws: 1.4 }),
  ...atLeast("hello-16", { ws: 10 }),
  ...atLeast("chat-1", { ws: 9, bun: 1 }),
  ...atLeast("chat-1", { ws: 7, bun: 0.75 }, SEND_LOOP),
  ...atLeast("chat-4", { ws: 25, bun: 1.2 }),
  ...atLeast("broadcast", { ws: 1.3 }),
  ...atMost("broadcast", "time", { net: 1.1 }),
  ...atLeast("groups", { ws: 5 }),
  ...atMost("groups", "time", { net: 1.1 }),
];

/** What is published to topics, against what others have for it, and a loop of sends. */
const published: readonly Target[] = ["publish-one", "publish-many", "chat-1", "chat-4"].flatMap(
  (scenario) => atLeast(scenario, { uws: 1, bun: 1, ws: 4 }, TOPICS),
);

/** Two processes with Redis between them. */
const fleets: readonly Target[] = ["fleet-1", "fleet-16"].flatMap((scenario) =>
  atLeast(scenario, { "socket.io": 3 }, TOPICS),
);

/** Many messages under way on each connection, and large ones. */
const throughput: readonly Target[] = [
  ...atLeast("pipelined-64-binary", { ws: 25, uws: 2, bun: 1 }),
  ...atLeast("pipelined-64-ascii", { ws: 20, uws: 1.7, bun: 1 }),
  ...atLeast("pipelined-64-ascii", { ws: 10, [OURS]: 0.6 }, FOR_AWAIT),
  ...atLeast("pipelined-64-ascii", { ws: 7 }, RECEIVE),
  ...atLeast("pipelined-64-multibyte", { ws: 9 }),
  {
    scenario: "pipelined-64-multibyte",
    peer: OURS,
    against: "bun",
    bound: "at least",
    ratio: 0.85,
    since: { node: 26, ratio: 1 },
    by: "speed",
  },
  ...atLeast("pipelined-1k", { ws: 5.5, net: 0.85 }),
  ...atLeast("pipelined-16k", { ws: 1.2, net: 0.9 }),
  ...atLeast("large-binary", { ws: 1.1, net: 0.8 }),
  ...atLeast("large-text", { ws: 1.1, bun: 0.85 }),
  ...atLeast("parts", { ws: 1 }, PARTS),
  ...atLeast("upload", { ws: 1 }, PARTS),
  ...atLeast("fragmented", { ws: 8, uws: 0.9 }),
  ...atLeast("tls", { ws: 2.2, net: 0.95 }),
  ...atLeast("tls-small", { ws: 2 }),
  ...atLeast("client-many", { ws: 1.3 }),
];

const connections: readonly Target[] = [
  ...atLeast("handshake", { ws: 1.8, net: 0.85 }),
  ...atMost("handshake", "cpu", { [FOR_AWAIT]: 1.05 }, `${OURS}-await-first`),
  ...atLeast("short-lived", { ws: 1.5, net: 0.8 }),
  ...atMost("memory", "memory", { ws: 0.7, net: 1.25 }),
  ...atLeast("http2-storm", { [OURS]: 3 }, `${OURS}-http2`),
];

const compression: readonly Target[] = [
  ...atLeast("compressed-small", { ws: 2 }),
  ...atLeast("compressed-broadcast", { ws: 5 }),
  ...[1, 4, 16].flatMap((depth) => [
    ...atLeast(`compressed-narrow-${depth}`, { ws: 2 }),
    ...atLeast(`compressed-wide-${depth}`, { ws: 2 }),
    ...atLeast(`compressed-defaults-${depth}`, { ws: 4 }),
  ]),
  ...["large", "megabyte"].flatMap((size) =>
    ["narrow", "wide", "defaults"].flatMap((setting) =>
      atLeast(`compressed-${size}-${setting}`, { ws: 1 }),
    ),
  ),
  ...atMost("compressed-memory-narrow", "memory", { ws: 0.2 }),
  ...atMost("compressed-memory-wide", "memory", { ws: 0.2 }),
];

/** The targets of the project, in the order of its scenarios. */
export const targets: readonly Target[] = [
  ...ordinary,
  ...published,
  ...fleets,
  ...throughput,
  ...connections,
  ...compression,
];

/** A target beside what was reached; undefined where the run cannot tell. */
export interface Verdict {
  readonly target: Target;
  /** The bound on the version of Node that was measured. */
  readonly ratio: number;
  readonly reached: number | undefined;
  readonly met: boolean | undefined;
  /** The ratio of processor time per message, which a busy machine disturbs less. */
  readonly byCpu: number | undefined;
  /** The other one was held up by the load generator, so it can do more than it showed. */
  readonly uncertain: boolean;
}

/** Judges the targets of the scenarios that a run has measured. */
export function judgeTargets(results: Results): Verdict[] {
  const node = Number.parseInt(results.circumstances.versions.node, 10);
  return targets.flatMap((target): Verdict | [] => {
    const found = results.scenarios.find(({ scenario }) => scenario.id === target.scenario);
    return found === undefined ? [] : judge(target, found, node);
  });
}

function judge(target: Target, found: ScenarioResult, node: number): Verdict {
  const { peer, against, by, since } = target;
  const ratio = since !== undefined && node >= since.node ? since.ratio : target.ratio;
  const speed = ratioBetween(found, peer, against);
  const cpu = cpuRatioBetween(found, peer, against);
  const inverse = by === "time" || by === "cpu";
  const turn = (value: number | undefined) => (value === undefined || !inverse ? value : 1 / value);
  const reached = turn(by === "cpu" ? cpu : speed);
  const met =
    reached === undefined
      ? undefined
      : target.bound === "at least"
        ? reached >= ratio
        : reached <= ratio;
  const other = summarize(found).find((row) => row.peer === against);
  return {
    target,
    ratio,
    reached,
    met,
    byCpu: turn(cpu),
    uncertain: other?.loadBound === true && by !== "cpu",
  };
}
