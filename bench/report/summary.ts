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
  /** Ratio of `value` to that of `ws`, and to that of raw `net`. */
  readonly toWs: number | undefined;
  readonly toNet: number | undefined;
  /** Payload bytes of one message, and per second, one way. */
  readonly bytesPerCount: number;
  readonly bytesPerSecond: number;
  /** Processor time of the measured process for one message, in µs, over all rounds. */
  readonly serverMicros: number;
  /** Processor time as a share of the time measured, over all rounds. */
  readonly serverShare: number;
  readonly loadShare: number;
  /** Processor time of all other processes of the machine, as a share of one core. */
  readonly othersShare: number;
  /** Medians of the rounds' latencies, in µs. */
  readonly latency?: { readonly p50: number; readonly p99: number };
  /** Median bytes of frames per byte of message, where messages are compressed. */
  readonly deflated?: number;
  /** Medians over the rounds, where the event loop was watched. */
  readonly loopDelay?: LoopDelay;
  /** JavaScript heap per connection in bytes, where memory is weighed. */
  readonly heap?: number;
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
    return found === undefined ? Number.NaN : microsPerCount(present(found.rounds));
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
  const serverShare = sum(rounds, (round) => round.serverCpu) / seconds;
  const loadShare = sum(rounds, (round) => round.loadCpu) / seconds;
  const latencies = rounds.map((round) => round.latency).filter((each) => each !== undefined);
  const deflated = rounds.map((round) => round.deflated).filter((each) => each !== undefined);
  const delays = rounds.map((round) => round.loopDelay).filter((each) => each !== undefined);
  const heaps = present(peer.memory).map((round) => round.heap);
  return {
    peer: peer.peer,
    ...(peer.failure === undefined ? {} : { failure: peer.failure }),
    value,
    spread: spread(values),
    toWs: ratioBetween(result, peer.peer, "ws"),
    toNet: ratioBetween(result, peer.peer, "net"),
    bytesPerCount: rounds[0]?.bytesPerCount ?? 0,
    bytesPerSecond: value * (rounds[0]?.bytesPerCount ?? 0),
    serverMicros: microsPerCount(rounds),
    serverShare,
    loadShare,
    othersShare: sum(rounds, (round) => round.otherCpu) / seconds,
    ...(latencies.length === 0
      ? {}
      : {
          latency: {
            p50: median(latencies.map(({ p50 }) => p50)),
            p99: median(latencies.map(({ p99 }) => p99)),
          },
        }),
    ...(deflated.length === 0 ? {} : { deflated: median(deflated) }),
    ...(delays.length === 0
      ? {}
      : {
          loopDelay: {
            p99: median(delays.map(({ p99 }) => p99)),
            longest: median(delays.map(({ longest }) => longest)),
            busy: median(delays.map(({ busy }) => busy)),
            collecting: median(delays.map(({ collecting }) => collecting)),
            longestCollection: median(delays.map((each) => each.longestCollection)),
            ...(delays.every((each) => each.turnP99 !== undefined)
              ? {
                  turnP99: median(delays.map(({ turnP99 }) => turnP99!)),
                  longestTurn: median(delays.map(({ longestTurn }) => longestTurn!)),
                }
              : {}),
          },
        }),
    ...(heaps.length === 0 ? {} : { heap: median(heaps) }),
    loadBound: loadShare > BUSY && serverShare < WAITING,
  };
}

function microsPerCount(rounds: readonly LoadResult[]): number {
  return (sum(rounds, (round) => round.serverCpu) * 1e6) / sum(rounds, (round) => round.count);
}

function present<T>(values: readonly (T | null)[]): T[] {
  return values.filter((value) => value !== null);
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}
