/**
 * What packages cost that use `ws`, under `ws` and under `barewire/ws`: `npm run bench:packages`. The programs and the
 * packages are the same, and both take turns.
 */

import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chooseCores } from "../measuring/cores.ts";
import { LineProcess } from "../measuring/processes.ts";
import { built, packageFolder } from "../peers.ts";
import { buildLibrary, findNode, installPeers } from "../prepare.ts";
import { median, pairedRatio } from "../report/statistics.ts";
import { alignColumns } from "../report/table.ts";
import { DIALOGUES, type Dialogue, dialogueOf } from "./dialogues.ts";

const HELP = `Usage: npm run bench:packages -- [options]

Measures servers of unchanged packages, socket.io and graphql-ws, under ws and under barewire/ws: processor
time of the server per message, and messages per second.

Options:
  --program A,B      only these: ${DIALOGUES.map(({ id }) => id).join(", ")}
  --seconds N        time measured per round (default 1)
  --rounds N         rounds (default 3)
  --connections N    clients (default 50)
  --depth N          messages, or subscriptions, of each client under way at a time (default 4)
  --node WHAT        Node for the servers: a path, or a version such as 24 (default: this one)
  -h, --help         show this
`;

/** Seconds before the measuring, in which the program becomes fast. */
const WARM_UP = 1;
/** Milliseconds to wait for a process. */
const PATIENCE = 30_000;

const require = createRequire(import.meta.url);
const HERE = import.meta.dirname;

interface Options {
  readonly seconds: number;
  readonly rounds: number;
  readonly connections: number;
  readonly depth: number;
  readonly node: string;
}

/** What one round of one server has given. */
interface Sample {
  readonly messagesPerSecond: number;
  /** Microseconds of the server's processor time for each message. */
  readonly cpu: number;
}

/** What stands under the package: the file that takes the place of `ws`, undefined for itself. */
const UNDER: ReadonlyMap<string, string | undefined> = new Map([
  ["ws", undefined],
  ["barewire/ws", join(built, "ws.cjs")],
]);

async function measure(
  dialogue: Dialogue,
  inPlaceOfWs: string | undefined,
  { seconds, connections, depth, node }: Options,
): Promise<Sample> {
  const cores = chooseCores(1);
  const replacing =
    inPlaceOfWs === undefined ? [] : ["--require", join(HERE, "servers", "in-place-of-ws.cjs")];
  const program = join(HERE, "servers", `${dialogue.server}.cjs`);
  const place = inPlaceOfWs === undefined ? [] : ["env", `IN_PLACE_OF_WS=${inPlaceOfWs}`];
  const server = new LineProcess([...place, node, ...replacing, program], cores.server);
  let load: LineProcess | undefined;
  try {
    const { ready: port, ws } = await server.next<{ ready: number; ws: string }>(PATIENCE);
    const expected = inPlaceOfWs ?? join(packageFolder("ws") ?? "", "");
    if (!ws.startsWith(expected)) throw new Error(`the server has ${ws} for ws, not ${expected}`);
    const job = JSON.stringify({ id: dialogue.id, port, connections, depth });
    const tsx = ["--import", require.resolve("tsx")];
    load = new LineProcess([process.execPath, ...tsx, join(HERE, "load.ts"), job], cores.load);
    await load.next(PATIENCE);
    await sleep(WARM_UP);
    const before = await look(server, load);
    await sleep(seconds);
    const after = await look(server, load);
    const counted = after.counted - before.counted;
    if (counted === 0) throw new Error(`${dialogue.id}: no message has come`);
    return {
      messagesPerSecond: (counted / (after.at - before.at)) * 1000,
      cpu: (after.cpu - before.cpu) / counted,
    };
  } finally {
    await Promise.all([load?.stop(), server.stop()]);
  }
}

async function look(server: LineProcess, load: LineProcess) {
  server.send({});
  load.send({});
  const [{ cpu }, { counted }] = await Promise.all([
    server.next<{ cpu: number }>(PATIENCE),
    load.next<{ counted: number }>(PATIENCE),
  ]);
  return { cpu, counted, at: performance.now() };
}

function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

async function measureAll(dialogue: Dialogue, options: Options): Promise<string> {
  const samples = new Map<string, Sample[]>();
  for (let round = 0; round < options.rounds; round++) {
    for (const [name, file] of UNDER) {
      const sample = await measure(dialogue, file, options);
      samples.set(name, [...(samples.get(name) ?? []), sample]);
    }
  }
  const cpuOf = (name: string) => samples.get(name)!.map(({ cpu }) => cpu);
  const rows = [...samples].map(([name, those]) => [
    name,
    Math.round(median(those.map(({ messagesPerSecond }) => messagesPerSecond))).toLocaleString(
      "en",
    ),
    `${median(cpuOf(name)).toFixed(2)} us`,
    `${pairedRatio(cpuOf("ws"), cpuOf(name))?.toFixed(2)}`,
  ]);
  const head = ["under it", "messages/s", "CPU/message", "times as light"];
  return `\n${dialogue.title}\n${alignColumns([head, ...rows])}`;
}

function positive(option: string, text: string, whole: boolean): number {
  const value = Number(text);
  if (value > 0 && value < Infinity && (!whole || Number.isInteger(value))) return value;
  throw new Error(`--${option} is "${text}"; expected a ${whole ? "whole " : ""}number above 0`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      program: { type: "string", default: DIALOGUES.map(({ id }) => id).join(",") },
      seconds: { type: "string", default: "1" },
      rounds: { type: "string", default: "3" },
      connections: { type: "string", default: "50" },
      depth: { type: "string", default: "4" },
      node: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(HELP);
    return;
  }
  const say = (text: string) => process.stderr.write(`${text}\n`);
  const dialogues = values.program.split(",").map(dialogueOf);
  const whole = (option: "rounds" | "connections" | "depth") =>
    positive(option, values[option], true);
  const checked = {
    seconds: positive("seconds", values.seconds, false),
    rounds: whole("rounds"),
    connections: whole("connections"),
    depth: whole("depth"),
  };
  installPeers(say);
  buildLibrary(built, say);
  const options = { ...checked, node: findNode(values.node, say) };
  for (const dialogue of dialogues) console.log(await measureAll(dialogue, options));
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
