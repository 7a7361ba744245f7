import type { Percentiles } from "../load/histogram.ts";
import type { LoadResult, LoopDelay } from "../load/job.ts";
import type { PeerResult, ScenarioResult } from "./results.ts";
import { median, pairedRatio, spread } from "./statistics.ts";

/** One row of the report: a peer in a scenario. */
export interface Row {
  readonly peer: string;
  readonly failure?: string;
  /** Median of what is counted per second, or of resident bytes per connection. */
  readonly value: number;
  /** Half the range of the rounds, as a share of the median. */
  readonly spread: number;
  /** Ratio of `value` to that of `ws`, and to that of raw `net`, with as many processes. */
  readonly toWs: number | undefined;
  readonly toNet: number | undefined;
  /** For a twin ("ws@2 workers"): ratio of `value` to that of the peer itself. */
  readonly toItself: number | undefined;
  /** Payload bytes of one message, and per second, one way. */
  readonly bytesPerCount: number;
  readonly bytesPerSecond: number;
  /** Processor time of the measured process for one message, in µs, over all rounds. */
  readonly serverMicros: number;
  /** How much of that is spent in the kernel. */
  readonly systemMicros: number;
  /** Processor time as a share of the time measured, over all rounds. */
  readonly serverShare: number;
  readonly loadShare: number;
  /** Processor time of all other processes of the machine, as a share of one core. */
  readonly othersShare: number;
  /** Medians of the rounds' latencies, in µs. */
  readonly latency?: Percentiles;
  /** How late messages were sent that were due by the clock, in µs. */
  readonly late?: Percentiles;
  /** Median bytes of frames per byte of message, where messages are compressed. */
  readonly deflated?: number;
  /** Medians over the rounds, where the event loop was watched. */
  readonly loopDelay?: LoopDelay;
  /** JavaScript heap in bytes, where memory is weighed, and the most memory that the process had. */
  readonly heap?: number;
  readonly peak?: number;
  /** The load generator was busy and the measured process was not: the value is a lower bound. */
  readonly loadBound: boolean;
}

// Below these shares the one was clearly waiting, above the other clearly not.
const BUSY = 0.93;
const WAITING = 0.9;

/** What a peer reached in each round: counts per second, or resident bytes per connection. */
export function roundValues(result: PeerResult): (number | undefined)[] {
  if (result.memory.length > 0) return result.memory.map((round) => round?.rss);
  return result.rounds.map((round) => (round === null ? undefined : round.count / round.seconds));
}

/** How many times the value of `other` that of `peer` is; undefined where one is missing. */
export function ratioBetween(
  result: ScenarioResult,
  peer: string,
  other: string,
): number | undefined {
  const find = (id: string) => result.peers.find((each) => each.peer === id);
  const [one, two] = [find(peer), find(other)];
  if (one === undefined || two === undefined) return undefined;
  return pairedRatio(roundValues(one), roundValues(two));
}

/** How many times less processor time a message costs `peer` than it costs `other`. */
export function cpuRatioBetween(
  result: ScenarioResult,
  peer: string,
  other: string,
): number | undefined {
  const cost = (id: string) => {
    const found = result.peers.find((each) => each.peer === id);
    return found === undefined ? Number.NaN : perCount(present(found.rounds), serverCpu);
  };
  const ratio = cost(other) / cost(peer);
  return Number.isFinite(ratio) ? ratio : undefined;
}

/** The rows of a scenario, in the order of its peers. */
export function summarize(result: ScenarioResult): Row[] {
  return result.peers.map((peer) => summarizePeer(result, peer));
}

function summarizePeer(result: ScenarioResult, peer: PeerResult): Row {
  const values = roundValues(peer).filter((value) => value !== undefined);
  const rounds = present(peer.rounds);
  const value = median(values);
  const seconds = sum(rounds, (round) => round.seconds);
  const serverShare = sum(rounds, serverCpu) / seconds;
  const loadShare = sum(rounds, (round) => round.loadCpu) / seconds;
  const [itself = "", twin] = peer.peer.split("@");
  const alike = (id: string) => {
    const likeIt = `${id}@${twin}`;
    return result.peers.some((each) => each.peer === likeIt) ? likeIt : id;
  };
  return {
    peer: peer.peer,
    ...(peer.failure === undefined ? {} : { failure: peer.failure }),
    value,
    spread: spread(values),
    toWs: ratioBetween(result, peer.peer, alike("ws")),
    toNet: ratioBetween(result, peer.peer, alike("net")),
    toItself: twin === undefined ? undefined : ratioBetween(result, peer.peer, itself),
    bytesPerCount: rounds[0]?.bytesPerCount ?? 0,
    bytesPerSecond: value * (rounds[0]?.bytesPerCount ?? 0),
    serverMicros: perCount(rounds, serverCpu),
    systemMicros: perCount(rounds, (round) => round.serverSystem),
    serverShare,
    loadShare,
    othersShare: sum(rounds, (round) => round.otherCpu) / seconds,
    ...optional("latency", medianPercentiles(rounds.map(({ latency }) => latency))),
    ...optional("late", medianPercentiles(rounds.map(({ late }) => late))),
    ...optional("deflated", medianOf(rounds.map(({ deflated }) => deflated))),
    ...optional("loopDelay", medianLoopDelay(rounds.map(({ loopDelay }) => loopDelay))),
    ...optional("heap", medianOf(present(peer.memory).map(({ heap }) => heap))),
    ...optional("peak", medianOf(present(peer.memory).map(({ peak }) => peak))),
    // Who sends by the clock looks at it all the time.
    loadBound: result.scenario.work.kind !== "latency" && loadShare > BUSY && serverShare < WAITING,
  };
}

/** `{ name: value }`, or nothing where there is no value. */
function optional<Name extends string, T>(
  name: Name,
  value: T | undefined,
): { readonly [K in Name]?: T } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [K in Name]?: T });
}

/** The median of the values that there are; undefined for none. */
function medianOf(values: readonly (number | undefined)[]): number | undefined {
  const found = values.filter((value) => value !== undefined);
  return found.length === 0 ? undefined : median(found);
}

function medianPercentiles(values: readonly (Percentiles | undefined)[]): Percentiles | undefined {
  const found = values.filter((value) => value !== undefined);
  if (found.length === 0) return undefined;
  return {
    p50: median(found.map(({ p50 }) => p50)),
    p99: median(found.map(({ p99 }) => p99)),
    p999: median(found.map(({ p999 }) => p999)),
  };
}

function medianLoopDelay(values: readonly (LoopDelay | undefined)[]): LoopDelay | undefined {
  const found = values.filter((value) => value !== undefined);
  if (found.length === 0) return undefined;
  const turnP99 = medianOf(found.map((each) => each.turnP99));
  return {
    p99: median(found.map(({ p99 }) => p99)),
    longest: median(found.map(({ longest }) => longest)),
    busy: median(found.map(({ busy }) => busy)),
    collecting: median(found.map(({ collecting }) => collecting)),
    longestCollection: median(found.map(({ longestCollection }) => longestCollection)),
    ...optional("turnP99", turnP99),
    ...optional("longestTurn", medianOf(found.map((each) => each.longestTurn))),
  };
}

function serverCpu(round: LoadResult): number {
  return round.serverCpu;
}

/** What a count costs in all rounds together, in µs; `of` tells in seconds what a round costs. */
function perCount(rounds: readonly LoadResult[], of: (round: LoadResult) => number): number {
  return (sum(rounds, of) * 1e6) / sum(rounds, (round) => round.count);
}

function present<T>(values: readonly (T | null)[]): T[] {
  return values.filter((value) => value !== null);
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
