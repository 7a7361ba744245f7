import type { ExchangeJob, HoldJob } from "./load/job.ts";
import type { LoadGenerator } from "./load-generator.ts";
import type { PeerProcess } from "./measured.ts";
import type { Peer } from "./peers.ts";
import type { MemoryResult } from "./report/results.ts";
import type { Scenario } from "./scenarios/scenario.ts";

/** What weighing found, or why it could not be done. */
export interface Weighing {
  readonly memory?: MemoryResult;
  readonly failure?: string;
}

const DEADLINE_MS = 60_000;
// So many come and go first, so that code and pools are there when the weighing starts.
const WARM_UP_CONNECTIONS = 200;

/** Memory per idle connection of a process: with all of them, less without, by their number. */
export async function weigh(
  server: PeerProcess,
  peer: Peer,
  scenario: Scenario,
  load: LoadGenerator,
): Promise<Weighing> {
  const { work } = scenario;
  if (work.kind !== "memory") throw new Error(`${scenario.id} weighs nothing`);
  const count = work.connections;
  const target = { port: server.port, tls: false, mirror: peer.id === "net" };
  const job = (connections: number): HoldJob | ExchangeJob => {
    const { exchange } = work;
    if (exchange === undefined) return { kind: "hold", ...target, connections };
    const { messages, deflate } = exchange;
    return {
      kind: "exchange",
      ...target,
      connections,
      messages,
      compressed: deflate !== undefined,
    };
  };
  try {
    await hold(load, job(WARM_UP_CONNECTIONS));
    await release(load);
    const before = await readMemory(server);
    await hold(load, job(count));
    const after = await readMemory(server);
    await release(load);
    const heapAndBuffers = (m: NodeJS.MemoryUsage) => m.heapUsed + m.external;
    return {
      memory: {
        rss: (after.rss - before.rss) / count,
        heap: (heapAndBuffers(after) - heapAndBuffers(before)) / count,
      },
    };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

async function hold(load: LoadGenerator, job: HoldJob | ExchangeJob): Promise<void> {
  await load.give(job);
  await load.answer();
}

async function release(load: LoadGenerator): Promise<void> {
  await load.give({ kind: "release" });
  await load.answer();
}

async function readMemory(server: PeerProcess): Promise<NodeJS.MemoryUsage> {
  server.lines.send({ do: "memory" });
  return (await server.lines.next<{ memory: NodeJS.MemoryUsage }>(DEADLINE_MS)).memory;
}
