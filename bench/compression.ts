/**
 * `npm run bench:compression`: permessage-deflate in this library and in `ws`, one after the other
 * in one run. Arguments: `--seconds N` for each measurement of speed (default 2), `--rounds N`
 * (default 3; the median of each counts), `--only echo|memory|large`, `--one-core` (Linux) to give
 * each server one core, its thread pool included.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Load, type LoadResult } from "./compression/load.ts";
import { largeMessage, smallMessages } from "./compression/messages.ts";
import type { PeerOptions, PeerReport } from "./compression/peer.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    "one-core": { type: "boolean", default: false },
  },
});
const MILLISECONDS = Number(values.seconds) * 1000;
const ROUNDS = Number(values.rounds);
const PEER = fileURLToPath(new URL("compression/peer.ts", import.meta.url));

/** Enough of them to fill a window of 32 KiB. */
const SMALL = smallMessages(300);
const LARGE = largeMessage(1024 * 1024);

/** Both libraries with one window and level. */
function pair(windowBits: number, level: number, memLevel: number): PeerOptions[] {
  return [
    { library: "barewire", compression: { windowBits, level, memLevel, threshold: 0 } },
    {
      library: "ws",
      perMessageDeflate: {
        threshold: 0,
        serverMaxWindowBits: windowBits,
        clientMaxWindowBits: windowBits,
        zlibDeflateOptions: { level, memLevel },
      },
    },
  ];
}

const DEFAULTS: PeerOptions[] = [
  { library: "barewire", compression: true },
  { library: "ws", perMessageDeflate: { threshold: 0 } },
];

class Peer {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(options: PeerOptions): Promise<Peer> {
    const args = [...process.execArgv, "--expose-gc"];
    const pinned = values["one-core"];
    const child = fork(PEER, [JSON.stringify(options)], {
      execPath: pinned ? "taskset" : process.execPath,
      execArgv: pinned ? ["-c", "0", process.execPath, ...args] : args,
    });
    const [port] = (await once(child, "message")) as [number];
    return new Peer(child, port);
  }

  /** @param settle whether to collect garbage first */
  async report(settle: boolean): Promise<PeerReport> {
    this.#child.send(settle);
    const [report] = (await once(this.#child, "message")) as [PeerReport];
    return report;
  }

  async end(): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.disconnect();
    await ended;
  }
}

interface Speed extends LoadResult {
  /** Microseconds of CPU per message, all threads of the server together. */
  readonly cpu: number;
  readonly longestDelay: number;
}

async function measureSpeed(
  options: PeerOptions,
  connections: number,
  depth: number,
  messages: readonly Buffer[],
): Promise<Speed> {
  const peer = await Peer.start(options);
  const load = await Load.open(peer.port, connections, messages, true);
  // The rounds that fill the windows, and compile the code.
  await load.runCount(messages.length, depth);
  await load.runFor(MILLISECONDS / 4, depth);
  await peer.report(true);
  const result = await load.runFor(MILLISECONDS, depth);
  const { cpu, longestDelay } = await peer.report(false);
  load.close();
  await peer.end();
  return { ...result, cpu: cpu / result.messages, longestDelay };
}

/** The median by speed of some rounds, in which the libraries take turns. */
async function compareSpeed(
  title: string,
  peers: PeerOptions[],
  connections: number,
  depth: number,
  messages: readonly Buffer[],
): Promise<void> {
  const all: Speed[][] = peers.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, options] of peers.entries()) {
      all[i]!.push(await measureSpeed(options, connections, depth, messages));
    }
  }
  const speeds = all.map((list) => list.sort((a, b) => rate(a) - rate(b))[list.length >> 1]!);
  console.log(`\n${title}`);
  for (const [i, options] of peers.entries()) {
    const speed = speeds[i]!;
    console.log(
      `  ${options.library.padEnd(10)}${rate(speed).toFixed(0).padStart(8)} messages/s` +
        `${speed.cpu.toFixed(1).padStart(10)} us of CPU per message` +
        `${(speed.ratio * 100).toFixed(1).padStart(8)} % of the size` +
        `${speed.longestDelay.toFixed(1).padStart(8)} ms longest delay of the event loop`,
    );
  }
  const [own, other] = speeds as [Speed, Speed];
  console.log(
    `  ratio: ${(rate(own) / rate(other)).toFixed(2)} times the messages/s, ` +
      `${(other.cpu / own.cpu).toFixed(2)} times as little CPU, ` +
      `${(own.ratio / other.ratio).toFixed(3)} of the compressed size`,
  );
}

function rate({ messages, seconds }: LoadResult): number {
  return messages / seconds;
}

/** Bytes per connection that has exchanged 100 messages and is idle. */
async function measureMemory(options: PeerOptions): Promise<{ rss: number; counted: number }> {
  const peer = await Peer.start(options);
  const compressed = options.library === "ws" || options.compression !== false;
  // What the first connections cost is the code's, and the heap's that grows with the load.
  const base = await Load.open(peer.port, 300, SMALL, compressed);
  await base.runCount(100, 1);
  const before = await peer.report(true);
  const count = 300;
  const load = await Load.open(peer.port, count, SMALL, compressed);
  await load.runCount(100, 1);
  const after = await peer.report(true);
  load.close();
  base.close();
  await peer.end();
  return {
    rss: (after.rss - before.rss) / count,
    counted: (after.counted - before.counted) / count,
  };
}

async function compareMemory(): Promise<void> {
  console.log("\nmemory per idle connection after 100 messages: counted by V8 and zlib, and RSS");
  const rows: [string, PeerOptions][] = [
    ["barewire, no compression", { library: "barewire", compression: false }],
    ["barewire, its defaults (12)", DEFAULTS[0]!],
    ["ws, window 12, memLevel 5", pair(12, 3, 5)[1]!],
    ["barewire, window 15, memLevel 8", pair(15, 6, 8)[0]!],
    ["ws, its defaults (15)", DEFAULTS[1]!],
  ];
  for (const [title, options] of rows) {
    const { rss, counted } = await measureMemory(options);
    const kib = (bytes: number) => `${(bytes / 1024).toFixed(1).padStart(8)} KiB`;
    console.log(`  ${title.padEnd(34)}${kib(counted)}${kib(rss)} RSS`);
  }
}

const { only } = values;
console.log(`Node ${process.version}, ${values.seconds} s each, median of ${ROUNDS}`);
if (only === undefined || only === "echo") {
  for (const depth of [1, 16]) {
    const what = `JSON of 130 bytes, 50 connections, ${depth} under way on each`;
    await compareSpeed(`${what}: window 12, level 3, memLevel 5`, pair(12, 3, 5), 50, depth, SMALL);
    await compareSpeed(`${what}: window 15, level 6, memLevel 8`, pair(15, 6, 8), 50, depth, SMALL);
    await compareSpeed(`${what}: each at its own defaults`, DEFAULTS, 50, depth, SMALL);
  }
}
if (only === undefined || only === "large") {
  const what = "JSON of 1 MB, 4 connections";
  await compareSpeed(`${what}: window 12, level 3, memLevel 5`, pair(12, 3, 5), 4, 1, [LARGE]);
  await compareSpeed(`${what}: each at its own defaults`, DEFAULTS, 4, 1, [LARGE]);
}
if (only === undefined || only === "memory") await compareMemory();
