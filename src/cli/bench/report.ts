/** What is told of a load, for people and for programs. */

import { sizeText } from "../terminal/message-format.ts";
import type { Histogram } from "./histogram.ts";
import type { LoadOutcome } from "./load.ts";
import type { OpeningOutcome } from "./opening.ts";
import type { LoadPlan } from "./plan.ts";

/** All that is known of a load. */
export interface LoadReport {
  readonly plan: LoadPlan;
  readonly opening: OpeningOutcome;
  readonly outcome: LoadOutcome;
}

const PERCENTILES = [50, 90, 99, 99.9] as const;

/** Share of a core from which this process may be what limits the load. */
const BUSY = 0.85;

/** Whether all came back, and all connections stayed. */
export function isComplete({ due, echoed, lost, interrupted }: LoadOutcome): boolean {
  return due === echoed && due > 0 && lost.length === 0 && !interrupted;
}

/** The report in lines, for people. */
export function reportText(report: LoadReport): string {
  const { plan, opening, outcome } = report;
  const seconds = outcome.elapsed / 1000;
  const rate = outcome.returned / Math.max(seconds, 0.001);
  const bytes = rate * messageSize(plan);
  const lines = [
    `opened    ${count(opening.times.count)} connections in ${time(opening.elapsed)}: ${times(opening.times)}`,
    `sent      ${count(outcome.sent)} of ${count(outcome.due)} messages that were due within ${seconds.toFixed(1)} s`,
    `returned  ${count(outcome.echoed)} of them; ${count(rate)} a second, ${sizeText(bytes)}/s each way`,
    `latency   ${times(outcome.latency)}`,
    `          ${latencyNote(plan)}`,
    ...barLines(outcome.latency),
    ...warnings(report),
  ];
  return `${lines.join("\n")}\n`;
}

/** What the load is, in one line, for the beginning. */
export function planText(plan: LoadPlan): string {
  const { rate, depth, message } = plan;
  const pace = rate === "max" ? `${depth} under way on each` : `${count(rate)} messages a second`;
  return [
    `${plan.dialing.shown}: ${count(plan.connections)} connections`,
    pace,
    `${messageSize(plan)} B of ${message.binary ? "binary" : "text"}`,
    `${plan.duration / 1000} s after ${plan.warmUp / 1000} s of warm-up`,
    ...(plan.processes > 1 ? [`${plan.processes} processes`] : []),
  ].join(", ");
}

function messageSize({ message }: LoadPlan): number {
  return message.given === undefined ? message.size : Buffer.byteLength(message.given);
}

function latencyNote({ rate }: LoadPlan): string {
  return rate === "max"
    ? "from sending to echo; what would have waited behind a slow echo is not in it (see --rate)"
    : "from when a message was due to its echo, waiting included";
}

/** What makes the figures worse than they look. */
function warnings({ plan, outcome }: LoadReport): string[] {
  const { due, sent, echoed, lost, lateness, cpu, elapsed, interrupted } = outcome;
  const late = lateness.percentile(99);
  const share = cpu / Math.max(elapsed, 1) / plan.processes;
  return [
    ...(interrupted ? ["! interrupted"] : []),
    ...(sent < due
      ? [
          `! ${count(due - sent)} were not sent, since ${plan.depth} were under way: the server is overloaded`,
        ]
      : []),
    ...(echoed < sent
      ? [`! ${count(sent - echoed)} did not come back; they count as long as they were waited for`]
      : []),
    ...(due === 0 ? ["! nothing was measured"] : []),
    ...lost.slice(0, 3).map((text) => `! a connection was lost: ${text}`),
    ...(lost.length > 3 ? [`! and ${count(lost.length - 3)} more`] : []),
    ...(late > 1 && late > outcome.latency.percentile(50) / 10
      ? [
          `! this generator was late itself, 1 % of the messages by ${time(late)} and more: the server is faster than this`,
        ]
      : []),
    ...(plan.rate === "max" && share > BUSY
      ? [
          `! this generator took ${Math.round(share * 100)} % of a core: it may be the limit, not the server (--processes)`,
        ]
      : []),
  ];
}

function times(histogram: Histogram): string {
  const parts = PERCENTILES.map((percent) => `p${percent} ${time(histogram.percentile(percent))}`);
  return [...parts, `max ${time(histogram.max)}`].join("  ");
}

/** `0.213 ms`, `12.3 ms`, `1.25 s`. */
function time(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${milliseconds.toFixed(milliseconds < 10 ? 3 : 1)} ms`;
}

function count(number: number): string {
  return (number < 10 ? Number(number.toFixed(2)) : Math.round(number)).toLocaleString("en");
}

const BARS = 12;
const WIDTH = 40;

/** The histogram as bars, on a scale on which each is a multiple of the one before. */
function barLines(histogram: Histogram): string[] {
  const classes = histogram.classes();
  const [first, last] = [classes[0], classes.at(-1)];
  if (first === undefined || last === undefined) return [];
  const shortest = Math.max(first.upTo, 0.001);
  const factor = (Math.max(last.upTo, shortest * 2) / shortest) ** (1 / (BARS - 1));
  const bars = new Array<number>(BARS).fill(0);
  for (const { upTo, count } of classes) {
    const bar = Math.ceil(Math.log(Math.max(upTo, shortest) / shortest) / Math.log(factor) - 1e-9);
    bars[Math.min(bar, BARS - 1)]! += count;
  }
  const most = Math.max(...bars);
  return bars.map((number, bar) => {
    const upTo = time(shortest * factor ** bar).padStart(9);
    const length = number === 0 ? 0 : Math.max(1, Math.round((number / most) * WIDTH));
    return `${upTo}  ${"█".repeat(length).padEnd(WIDTH)}  ${count(number)}`.trimEnd();
  });
}

/** The report for programs. Times are in milliseconds, sizes in bytes. */
export function reportJson(report: LoadReport): string {
  const { plan, opening, outcome } = report;
  const seconds = outcome.elapsed / 1000;
  const result = {
    url: plan.dialing.shown,
    connections: plan.connections,
    rate: plan.rate,
    depth: plan.depth,
    processes: plan.processes,
    message: { type: plan.message.binary ? "binary" : "text", size: messageSize(plan) },
    tls: opening.tls ?? null,
    extensions: opening.extensions,
    warmUp: plan.warmUp,
    elapsed: outcome.elapsed,
    complete: isComplete(outcome),
    interrupted: outcome.interrupted,
    opening: { elapsed: opening.elapsed, ...summary(opening.times) },
    messages: { due: outcome.due, sent: outcome.sent, echoed: outcome.echoed },
    messagesPerSecond: seconds === 0 ? 0 : outcome.returned / seconds,
    bytesPerSecond: seconds === 0 ? 0 : (outcome.returned / seconds) * messageSize(plan),
    latency: {
      from: plan.rate === "max" ? "sent" : "due",
      ...summary(outcome.latency),
      histogram: outcome.latency.classes(),
    },
    generator: { cpu: outcome.cpu, lateness: summary(outcome.lateness) },
    lostConnections: outcome.lost,
    warnings: warnings(report).map((line) => line.slice(2)),
  };
  return `${JSON.stringify(result, null, 2)}\n`;
}

function summary(histogram: Histogram): Record<string, number> {
  return {
    count: histogram.count,
    mean: histogram.mean,
    p50: histogram.percentile(50),
    p90: histogram.percentile(90),
    p99: histogram.percentile(99),
    "p99.9": histogram.percentile(99.9),
    max: histogram.max,
  };
}
