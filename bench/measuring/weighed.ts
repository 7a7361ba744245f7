import type { ExchangeJob, HoldJob } from "../load/job.ts";
import type { Peer } from "../peers.ts";
import type { MemoryResult, ScenarioResult } from "../report/results.ts";
import type { Scenario } from "../scenarios/scenario.ts";
import { makeJob } from "./jobs.ts";
import type { Load } from "./load.ts";
import { isHttp2, isMirror, type PeerProcess, runJob, startAll, stopAll } from "./measured.ts";
import type { Run } from "./run-settings.ts";

const DEADLINE_MS = 60_000;
// So many come and go first, so that code and pools are there when the weighing starts.
const WARM_UP_CONNECTIONS = 200;
// A fresh process for each weighing, so two rounds say as much as many.
const MOST_ROUNDS = 2;

/** Weighs the memory of the peers in one scenario. */
export async function weighScenario(
  scenario: Scenario,
  peers: readonly Peer[],
  run: Run,
): Promise<ScenarioResult> {
  const found = new Map<string, (MemoryResult | null)[]>(peers.map(({ id }) => [id, []]));
  const failures = new Map<string, string>();
  const rounds = scenario.work.kind === "worked" ? 1 : Math.min(MOST_ROUNDS, run.rounds);
  for (let round = 0; round < rounds; round++) {
    for (const peer of peers) {
      run.progress(`${scenario.id}: round ${round + 1}, ${peer.id}`);
      const [each] = await startAll(scenario, [peer], run);
      let memory: MemoryResult | null = null;
      try {
        if (each?.process === undefined) throw new Error(each?.failure ?? "it did not start");
        memory = await weigh(scenario, peer, each.process, run.load);
      } catch (error) {
        failures.set(peer.id, error instanceof Error ? error.message : String(error));
      } finally {
        await stopAll(each === undefined ? [] : [each]);
      }
      found.get(peer.id)!.push(memory);
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

function weigh(
  scenario: Scenario,
  peer: Peer,
  server: PeerProcess,
  load: Load,
): Promise<MemoryResult> {
  switch (scenario.work.kind) {
    case "memory":
      return weighIdle(scenario, peer, server, load);
    case "subscriptions":
      return weighSubscriptions(scenario, peer, server, load);
    default:
      return weighWorked(scenario, peer, server, load);
  }
}

/** Memory per idle connection of a process: with all of them, less without, by their number. */
async function weighIdle(
  { work, id }: Scenario,
  peer: Peer,
  server: PeerProcess,
  load: Load,
): Promise<MemoryResult> {
  if (work.kind !== "memory") throw new Error(`${id} has no idle connections`);
  const target = {
    port: server.port,
    tls: work.tls ?? false,
    http2: isHttp2(peer),
    mirror: isMirror(peer),
  };
  const job = (connections: number): HoldJob | ExchangeJob => {
    if (work.exchange === undefined) return { kind: "hold", ...target, connections };
    const { messages, deflate } = work.exchange;
    return {
      kind: "exchange",
      ...target,
      connections,
      messages,
      compressed: deflate !== undefined,
    };
  };
  await hold(load, job(WARM_UP_CONNECTIONS));
  await release(load);
  const before = await readMemory(server);
  await hold(load, job(work.connections));
  const after = await readMemory(server);
  await release(load);
  return {
    rss: (after.rss - before.rss) / work.connections,
    heap: (heapAndBuffers(after) - heapAndBuffers(before)) / work.connections,
  };
}

/** Memory per subscription: of the same idle connections, with their subscriptions and before. */
async function weighSubscriptions(
  { work, id }: Scenario,
  peer: Peer,
  server: PeerProcess,
  load: Load,
): Promise<MemoryResult> {
  if (work.kind !== "subscriptions") throw new Error(`${id} has no subscriptions`);
  const target = { port: server.port, tls: false, mirror: isMirror(peer) };
  await hold(load, { kind: "hold", ...target, connections: work.connections });
  const before = await readMemory(server);
  server.lines.send({ do: "subscribe" });
  const { subscriptions } = await server.lines.next<{ subscriptions: number }>(DEADLINE_MS);
  const after = await readMemory(server);
  await release(load);
  const wanted = work.connections * work.each;
  if (subscriptions !== wanted) throw new Error(`it has ${subscriptions} of ${wanted}`);
  return {
    rss: (after.rss - before.rss) / wanted,
    heap: (heapAndBuffers(after) - heapAndBuffers(before)) / wanted,
  };
}

/** Memory of a process that has worked for some time. */
async function weighWorked(
  scenario: Scenario,
  peer: Peer,
  server: PeerProcess,
  load: Load,
): Promise<MemoryResult> {
  const { work, id } = scenario;
  if (work.kind !== "worked") throw new Error(`${id} has no work`);
  const target = {
    port: server.port,
    pids: server.pids,
    mirror: isMirror(peer),
    warmUp: 0,
    duration: work.seconds * 1000,
  };
  await runJob(makeJob(scenario, target), server, load);
  // As it is, before anybody asks it to clean up.
  const { rss } = await readMemory(server, false);
  const after = await readMemory(server);
  return { rss, heap: heapAndBuffers(after), peak: after.maxRss };
}

function heapAndBuffers(memory: NodeJS.MemoryUsage): number {
  return memory.heapUsed + memory.external;
}

async function hold(load: Load, job: HoldJob | ExchangeJob): Promise<void> {
  await load.give(job);
  await load.answer();
}

async function release(load: Load): Promise<void> {
  await load.give({ kind: "release" });
  await load.answer();
}

interface MemoryUsage extends NodeJS.MemoryUsage {
  /** The most resident memory that it has had, in bytes. */
  readonly maxRss: number;
}

/** @param collect whether the process is to collect its garbage first */
async function readMemory({ lines }: PeerProcess, collect = true): Promise<MemoryUsage> {
  lines.send({ do: "memory", collect });
  return (await lines.next<{ memory: MemoryUsage }>(DEADLINE_MS)).memory;
}
