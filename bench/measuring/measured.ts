import type { Job, LoadResult } from "../load/job.ts";
import { missing, type Peer, peerCommand } from "../peers.ts";
import type { DeflateSetting, Groups, Scenario, Work } from "../scenarios/scenario.ts";
import type { Load } from "./load.ts";
import { LineProcess } from "./processes.ts";
import type { Run } from "./run-settings.ts";

/** The measured processes of a scenario. */

const START_DEADLINE_MS = 15_000;
const CONNECT_DEADLINE_MS = 20_000;

/** A server or client that has said that it is ready. */
export interface PeerProcess {
  readonly lines: LineProcess;
  /** Port that it listens on, 0 for a client. */
  readonly port: number;
  /** The ports of all its processes, where each has one. */
  readonly ports: readonly number[] | undefined;
  /** The processes whose time is measured. */
  readonly pids: readonly number[];
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

/** The line of a process that is ready. */
interface Ready {
  readonly ready: number;
  readonly ports?: readonly number[];
  readonly pids?: readonly number[];
}

async function start(scenario: Scenario, peer: Peer, run: Run): Promise<Measured> {
  const reason = missing(peer);
  if (reason !== undefined) return { peer, process: undefined, failure: reason };
  const command = peerCommand(peer, scenario, optionsOf(scenario.work, peer, run), run.start);
  const lines = new LineProcess(command, scenario.allCores ? undefined : run.cores.server);
  try {
    const { ready: port, ports, pids = [lines.pid] } = await lines.next<Ready>(START_DEADLINE_MS);
    const process = { lines, port, ports, pids };
    return { peer, process, failure: undefined };
  } catch (error) {
    await lines.stop();
    const failure = error instanceof Error ? error.message : String(error);
    return { peer, process: undefined, failure };
  }
}

/** What `peers/control.mjs` says that the options of a process are. */
function optionsOf(work: Work, peer: Peer, { tls }: Run): object {
  return {
    mode: modeOf(work, peer),
    groups: groupsOf(work),
    processes: work.kind === "fan-out" ? work.processes : undefined,
    tls: "tls" in work && work.tls === true ? tls : undefined,
    http2: isHttp2(peer),
    deflate: deflateOf(work),
  };
}

/** Where subscriptions are weighed nothing is sent, but the groups are the same. */
function groupsOf(work: Work): Groups | undefined {
  if (work.kind === "fan-out") return work.groups;
  if (work.kind !== "subscriptions") return undefined;
  return { count: work.topics, copies: 1, each: work.each };
}

function modeOf(work: Work, peer: Peer): string {
  switch (work.kind) {
    case "subscriptions":
      return "subscriptions";
    case "fan-out":
      return work.groups === undefined ? "broadcast" : "groups";
    case "compressed-broadcast":
      return "broadcast";
    case "short-lived":
      return isMirror(peer) ? "echo until Close" : "echo";
    case "echo":
      return work.reply === "length" ? "length" : "echo";
    default:
      return "echo";
  }
}

/** Whether a peer gives one answer to all handshakes, and sends back the very bytes that it gets. */
export function isMirror({ id }: Peer): boolean {
  return id.split("@")[0] === "net";
}

/** Whether connections to a peer are streams of HTTP/2. */
export function isHttp2({ form }: Peer): boolean {
  return form === "http2";
}

function deflateOf(work: Work): DeflateSetting | undefined {
  if (work.kind === "compressed" || work.kind === "compressed-broadcast") return work.deflate;
  return work.kind === "memory" ? work.exchange?.deflate : undefined;
}

/** Ends all processes. */
export async function stopAll(measured: readonly Measured[]): Promise<void> {
  await Promise.all(measured.map((each) => each.process?.lines.stop()));
}

/** Has the load generator do a job with a measured process, which connects to it if it is a client. */
export async function runJob(job: Job, { lines }: PeerProcess, load: Load): Promise<LoadResult> {
  await load.give(job);
  for (;;) {
    const answer = await load.answer();
    if (answer.event === "result") return answer.result;
    if (answer.event === "listening" && job.kind === "echo") {
      lines.send({ do: "connect", port: answer.port, count: job.connections });
      await lines.next(CONNECT_DEADLINE_MS);
    }
  }
}
