import type { LoadResult, LoopDelay } from "../load/job.ts";
import type { Peer } from "../peers.ts";
import type { ScenarioResult } from "../report/results.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { makeJob, makeOpenLoopJob, type Target } from "./jobs.ts";
import {
  isHttp2,
  isMirror,
  type Measured,
  type PeerProcess,
  runJob,
  startAll,
  stopAll,
} from "./measured.ts";
import type { Run } from "./run-settings.ts";

// A server needs some time at full speed before its code is compiled, but only once.
const FIRST_WARM_UP_MS = 700;
const WARM_UP_MS = 100;
const ANSWER_DEADLINE_MS = 20_000;

/** Measures the peers in one scenario, round by round. */
export async function timeScenario(
  scenario: Scenario,
  peers: readonly Peer[],
  run: Run,
): Promise<ScenarioResult> {
  run.progress(`${scenario.id}: starting ${peers.length} peers`);
  const measured = await startAll(scenario, peers, run);
  const rounds = new Map<string, (LoadResult | null)[]>(peers.map(({ id }) => [id, []]));
  try {
    for (let round = 0; round < run.rounds; round++) {
      const warmUp = round === 0 ? FIRST_WARM_UP_MS : WARM_UP_MS;
      const measurement = new Round(scenario, measured, warmUp, run);
      for (const each of measured) {
        run.progress(`${scenario.id}: round ${round + 1}/${run.rounds}, ${each.peer.id}`);
        rounds.get(each.peer.id)!.push(await measurement.of(each));
      }
    }
  } finally {
    await stopAll(measured);
  }
  return {
    scenario,
    peers: measured.map(({ peer, failure }) => ({
      peer: peer.id,
      rounds: rounds.get(peer.id) ?? [],
      memory: [],
      ...(failure === undefined ? {} : { failure }),
    })),
  };
}

/** One round of a scenario: each peer once. */
class Round {
  readonly #scenario: Scenario;
  readonly #measured: readonly Measured[];
  readonly #warmUp: number;
  readonly #run: Run;
  /** Messages a second that a peer can do, by its id, as far as that was asked for. */
  readonly #possible = new Map<string, number>();

  constructor(scenario: Scenario, measured: readonly Measured[], warmUp: number, run: Run) {
    this.#scenario = scenario;
    this.#measured = measured;
    this.#warmUp = warmUp;
    this.#run = run;
  }

  /** Measures a peer; null if that fails, and then its `failure` says why. */
  async of(each: Measured): Promise<LoadResult | null> {
    const { process } = each;
    if (process === undefined || each.failure !== undefined) return null;
    try {
      return await this.#measure(each.peer, process);
    } catch (error) {
      each.failure = error instanceof Error ? error.message : String(error);
      return null;
    }
  }

  async #measure(peer: Peer, process: PeerProcess): Promise<LoadResult> {
    const { work } = this.#scenario;
    const target = this.#target(peer, process);
    if (work.kind === "latency") {
      const of = work.rateOf === "itself" ? peer.id : work.rateOf;
      const rate = (await this.#measurePossible(of)) / 2;
      const job = makeOpenLoopJob(this.#scenario, target, rate);
      return await runJob(job, process, this.#run.load);
    }
    const watched = work.kind === "compressed";
    if (watched) await watchLoop(process, work.rate !== undefined);
    const result = await runJob(makeJob(this.#scenario, target), process, this.#run.load);
    return watched ? { ...result, loopDelay: await loopDelay(process) } : result;
  }

  /** How many messages a second a peer can do. */
  async #measurePossible(id: string): Promise<number> {
    const known = this.#possible.get(id);
    if (known !== undefined) return known;
    const found = this.#measured.find(({ peer }) => peer.id === id);
    if (found?.process === undefined) throw new Error(`it needs ${id}, which does not run`);
    const job = makeJob(this.#scenario, this.#target(found.peer, found.process));
    const { count, seconds } = await runJob(job, found.process, this.#run.load);
    this.#possible.set(id, count / seconds);
    return count / seconds;
  }

  #target(peer: Peer, { port, ports, pids }: PeerProcess): Target {
    const seconds = Math.max(this.#run.seconds, this.#scenario.seconds ?? 0);
    return {
      port,
      ports,
      pids,
      mirror: isMirror(peer),
      dialect: peer.dialect ?? "plain",
      http2: isHttp2(peer),
      warmUp: this.#warmUp,
      duration: seconds * 1000,
    };
  }
}

/** Has a server watch its event loop from now on. */
async function watchLoop({ lines }: PeerProcess, turns: boolean): Promise<void> {
  lines.send({ do: "watch", turns });
  await lines.next(ANSWER_DEADLINE_MS);
}

/** What the event loop of a server did since {@link watchLoop}. */
async function loopDelay({ lines }: PeerProcess): Promise<LoopDelay> {
  lines.send({ do: "delay" });
  return (await lines.next<{ delay: LoopDelay }>(ANSWER_DEADLINE_MS)).delay;
}
