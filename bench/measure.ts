import type { Job, LoadResult, LoopDelay } from "./load/job.ts";
import type { LoadGenerator } from "./load-generator.ts";
import { type Measured, type PeerProcess, startAll, stopAll } from "./measured.ts";
import { type Weighing, weigh } from "./memory.ts";
import type { Peer, StartOptions } from "./peers.ts";
import type { Cores } from "./processes.ts";
import type { MemoryResult, ScenarioResult } from "./report/results.ts";
import type { Scenario } from "./scenarios/scenario.ts";

/** What all measurements of a run have in common. */
export interface Run {
  readonly load: LoadGenerator;
  readonly cores: Cores;
  readonly start: StartOptions;
  readonly tls: { readonly key: string; readonly cert: string };
  /** Time measured per round, in seconds. */
  readonly seconds: number;
  readonly rounds: number;
  /** Hears of each step before it is taken. */
  readonly progress: (step: string) => void;
}

// A server needs some time at full speed before its code is compiled, but only once.
const FIRST_WARM_UP_MS = 700;
const WARM_UP_MS = 100;
const CONNECT_DEADLINE_MS = 20_000;

/** Measures the peers in one scenario, round by round. */
export async function measureScenario(
  scenario: Scenario,
  peers: readonly Peer[],
  run: Run,
): Promise<ScenarioResult> {
  if (scenario.work.kind === "memory") return await measureMemory(scenario, peers, run);
  run.progress(`${scenario.id}: starting ${peers.length} peers`);
  const measured = await startAll(scenario, peers, run);
  const rounds = new Map<string, (LoadResult | null)[]>(peers.map(({ id }) => [id, []]));
  try {
    for (let round = 0; round < run.rounds; round++) {
      for (const each of measured) {
        run.progress(`${scenario.id}: round ${round + 1}/${run.rounds}, ${each.peer.id}`);
        rounds.get(each.peer.id)!.push(await measureOnce(scenario, each, round, run));
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

async function measureOnce(
  scenario: Scenario,
  each: Measured,
  round: number,
  run: Run,
): Promise<LoadResult | null> {
  if (each.process === undefined || each.failure !== undefined) return null;
  try {
    const { work } = scenario;
    const watched = work.kind === "compressed";
    if (watched) await watchLoop(each.process, work.rate !== undefined);
    await run.load.give(makeJob(scenario, each.process, each.peer, round, run));
    const result = await awaitResult(scenario, each.process, run.load);
    return watched ? { ...result, loopDelay: await loopDelay(each.process) } : result;
  } catch (error) {
    each.failure = error instanceof Error ? error.message : String(error);
    return null;
  }
}

/** Has a server watch its event loop from now on. */
async function watchLoop({ lines }: PeerProcess, turns: boolean): Promise<void> {
  lines.send({ do: "watch", turns });
  await lines.next(CONNECT_DEADLINE_MS);
}

/** What the event loop of a server did since {@link watchLoop}. */
async function loopDelay({ lines }: PeerProcess): Promise<LoopDelay> {
  lines.send({ do: "delay" });
  return (await lines.next<{ delay: LoopDelay }>(CONNECT_DEADLINE_MS)).delay;
}

async function awaitResult(
  scenario: Scenario,
  server: PeerProcess,
  load: LoadGenerator,
): Promise<LoadResult> {
  for (;;) {
    const answer = await load.answer();
    if (answer.event === "result") return answer.result;
    if (answer.event === "listening" && scenario.work.kind === "echo") {
      server.lines.send({ do: "connect", port: answer.port, count: scenario.work.connections });
      await server.lines.next(CONNECT_DEADLINE_MS);
    }
  }
}

function makeJob(
  scenario: Scenario,
  server: PeerProcess,
  peer: Peer,
  round: number,
  run: Run,
): Job {
  const { work } = scenario;
  const common = {
    port: server.port,
    pid: server.lines.pid,
    tls: false,
    mirror: peer.id === "net",
    warmUp: round === 0 ? FIRST_WARM_UP_MS : WARM_UP_MS,
    duration: run.seconds * 1000,
  };
  switch (work.kind) {
    case "echo":
      return { ...common, ...work, tls: work.tls ?? false, listen: scenario.side === "client" };
    case "compressed":
      return { ...common, ...work, compressed: work.deflate !== undefined };
    case "storm":
    case "broadcast":
      return { ...common, ...work };
    case "memory":
      throw new Error("memory is weighed, not timed");
  }
}

async function measureMemory(
  scenario: Scenario,
  peers: readonly Peer[],
  run: Run,
): Promise<ScenarioResult> {
  const found = new Map<string, (MemoryResult | null)[]>(peers.map(({ id }) => [id, []]));
  const failures = new Map<string, string>();
  // A fresh process for each weighing, so two rounds say as much as many.
  for (let round = 0; round < Math.min(2, run.rounds); round++) {
    for (const peer of peers) {
      run.progress(`${scenario.id}: round ${round + 1}, ${peer.id}`);
      const [each] = await startAll(scenario, [peer], run);
      const result: Weighing =
        each?.process === undefined
          ? { failure: each?.failure ?? "it did not start" }
          : await weigh(each.process, peer, scenario, run.load);
      await stopAll(each === undefined ? [] : [each]);
      if (result.failure !== undefined) failures.set(peer.id, result.failure);
      found.get(peer.id)!.push(result.memory ?? null);
    }
  }
  return {
    scenario,
    peers: peers.map(({ id }) => {
      const failure = failures.get(id);
      return {
        peer: id,
        rounds: [],
        memory: found.get(id) ?? [],
        ...(failure === undefined ? {} : { failure }),
      };
    }),
  };
}
