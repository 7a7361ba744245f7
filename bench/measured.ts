import type { Run } from "./measure.ts";
import { missing, type Peer, peerCommand } from "./peers.ts";
import { LineProcess } from "./processes.ts";
import type { DeflateSetting, Scenario, Work } from "./scenarios/scenario.ts";

/** The measured processes of a scenario. */

const START_DEADLINE_MS = 15_000;

/** A server or client that has said that it is ready. */
export interface PeerProcess {
  readonly lines: LineProcess;
  /** Port that it listens on, 0 for a client. */
  readonly port: number;
}

/** A peer, and its process unless it could not be started. */
export interface Measured {
  readonly peer: Peer;
  readonly process: PeerProcess | undefined;
  /** Why it did not start, or why it is not measured any more. */
  failure: string | undefined;
}

/** Starts a process for each peer, all at the same time. */
export function startAll(
  scenario: Scenario,
  peers: readonly Peer[],
  run: Run,
): Promise<Measured[]> {
  return Promise.all(peers.map((peer) => start(scenario, peer, run)));
}

async function start(scenario: Scenario, peer: Peer, run: Run): Promise<Measured> {
  const reason = missing(peer);
  if (reason !== undefined) return { peer, process: undefined, failure: reason };
  const { work } = scenario;
  const options = {
    mode: work.kind === "broadcast" ? "broadcast" : "echo",
    ...(work.kind === "echo" && work.tls === true ? { tls: run.tls } : {}),
    deflate: deflateOf(work),
  };
  const command = peerCommand(peer, scenario, options, run.start);
  const core = scenario.allCores ? undefined : run.cores.server;
  const lines = new LineProcess(command, core);
  try {
    const { ready } = await lines.next<{ ready: number }>(START_DEADLINE_MS);
    return { peer, process: { lines, port: ready }, failure: undefined };
  } catch (error) {
    await lines.stop();
    const failure = error instanceof Error ? error.message : String(error);
    return { peer, process: undefined, failure };
  }
}

function deflateOf(work: Work): DeflateSetting | undefined {
  if (work.kind === "compressed") return work.deflate;
  return work.kind === "memory" ? work.exchange?.deflate : undefined;
}

/** Ends all processes. */
export async function stopAll(measured: readonly Measured[]): Promise<void> {
  await Promise.all(measured.map((each) => each.process?.lines.stop()));
}
