/** `npm run soak`: a server under honest and hostile traffic for long. See options.ts. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { LineProcess } from "../../bench/measuring/processes.ts";
import { shownValue } from "../attack/figure.ts";
import { HELP, type Options, parseOptions, UsageError } from "./options.ts";
import type { ProcessFigures } from "./process-figures.ts";
import { isFlat, type ProcessSample, type Sample, type Trend, trends } from "./samples.ts";

const OK = 0;
const FAILED = 1;
const NOT_RUN = 2;

const TSX = import.meta.resolve("tsx");
const ANSWER_MS = 120_000;
/** How many looks are taken in all. */
const LOOKS = 100;
/** Hostile connections, and files of the processes themselves. */
const OTHER_DESCRIPTORS = 500;

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (options.help) {
      process.stdout.write(HELP);
      return OK;
    }
    checkMachine(options.connections);
    return await soak(options);
  } catch (error) {
    const text = error instanceof UsageError ? error.message : (error as Error).stack;
    process.stderr.write(`${text}\n`);
    return NOT_RUN;
  }
}

function checkMachine(connections: number): void {
  if (!existsSync("/proc/self/limits")) {
    throw new UsageError("the soak reads /proc of Linux, which is not here");
  }
  // The children raise their limit to the hard one.
  const line = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"));
  const limit = line?.[1] === "unlimited" ? Number.POSITIVE_INFINITY : Number(line?.[1] ?? 0);
  const needed = Math.ceil(connections * 1.25) + OTHER_DESCRIPTORS;
  if (limit >= needed) return;
  throw new UsageError(
    `${connections} connections need ${needed} file descriptors in a process, and the hard limit is ` +
      `${limit}: raise it (\`ulimit -Hn ${needed}\` as root, or nofile in /etc/security/limits.conf), or ` +
      "ask for fewer with --connections",
  );
}

/** A process of the soak. */
class Child {
  readonly lines: LineProcess;

  constructor(name: string, argument: object) {
    const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
    const flags = ["--expose-gc", "--import", TSX];
    const command = [process.execPath, ...flags, file, JSON.stringify(argument)];
    this.lines = new LineProcess(command, undefined);
  }

  async started<T>(): Promise<T> {
    const said = await this.lines.next<T & { failed?: string }>(ANSWER_MS);
    if (said.failed !== undefined) throw new Error(said.failed);
    return said;
  }

  async ask<T>(what: string): Promise<T> {
    this.lines.send({ do: what });
    const { answer, failed } = await this.lines.next<{ answer: T; failed?: string }>(ANSWER_MS);
    if (failed !== undefined) throw new Error(`${what}: ${failed}`);
    return answer;
  }

  async sample(): Promise<ProcessSample> {
    const figures = await this.ask<ProcessFigures>("figures");
    const { pid } = this.lines;
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const resident = 1024 * Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0);
    return { ...figures, resident, descriptors: readdirSync(`/proc/${pid}/fd`).length };
  }
}

interface Counts {
  readonly open: number;
  readonly opened: number;
  readonly echoes: number;
  readonly faults: number;
}

async function soak(options: Options): Promise<number> {
  const seed = Date.now() % 1e9;
  const { connections } = options;
  const begun = Date.now();
  const end = begun + options.minutes * 60_000;
  const server = new Child("server", {});
  const children = [server];
  try {
    const ports = await server.started<{ port: number; tlsPort: number }>();
    const clients = new Child("clients", { ...ports, connections, seed });
    const hostile = new Child("hostile", { ...ports, seed });
    children.push(clients, hostile);
    await Promise.all([clients.started(), hostile.started()]);
    const samples: Sample[] = [];
    while (Date.now() < end) {
      const next = Date.now() + (options.minutes * 60_000) / LOOKS;
      samples.push(await look(begun, server, clients));
      say(samples.at(-1)!, begun, end);
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, next - Date.now())));
    }
    const counts = await clients.ask<Counts>("counts");
    const deeds = await hostile.ask<number>("deeds");
    const errors = await server.ask<number>("errors");
    const faults = [
      ...(await clients.ask<string[]>("faults")),
      ...(await server.ask<string[]>("faults")),
    ];
    return report(options, { seed, begun, samples, counts, deeds, errors, faults });
  } finally {
    await Promise.all(children.reverse().map((child) => child.lines.stop()));
  }
}

async function look(begun: number, server: Child, clients: Child): Promise<Sample> {
  return {
    at: Math.round((Date.now() - begun) / 1000),
    server: await server.sample(),
    clients: await clients.sample(),
    connections: await server.ask<number>("connections"),
    slowest: await clients.ask<number>("slowest"),
  };
}

function say({ at, server, connections, slowest }: Sample, begun: number, end: number): void {
  const line =
    `${at} s of ${Math.round((end - begun) / 1000)}: ${connections} connections, ` +
    `resident ${shownValue("bytes", server.resident)}, heap ${shownValue("bytes", server.heapUsed)}, ` +
    `slowest echo ${shownValue("ms", slowest)}`;
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${line}`);
  else process.stderr.write(`${line}\n`);
}

interface Found {
  readonly seed: number;
  readonly begun: number;
  readonly samples: readonly Sample[];
  readonly counts: Counts;
  readonly deeds: number;
  readonly errors: number;
  readonly faults: readonly string[];
}

function report(options: Options, found: Found): number {
  const { counts, deeds, errors, faults, samples, seed } = found;
  const all = trends(samples);
  const good = all.every(isFlat) && counts.faults === 0 && errors === 0;
  const numbers = (value: number) => value.toLocaleString("en-US");
  process.stderr.write("\n");
  console.log(
    `${options.minutes} minutes, ${numbers(options.connections)} connections at a time, ` +
      `${numbers(counts.opened)} opened, ${numbers(counts.echoes)} echoes compared, ` +
      `${numbers(deeds)} hostile connections (seed ${seed}, Node ${process.version}, ` +
      `${cpus().length} cores)`,
  );
  console.log(`Faults that honest clients met: ${counts.faults}; errors in handlers: ${errors}`);
  for (const fault of faults.filter((text) => text !== "")) console.log(`  ${fault}`);
  console.log("Behind the first tenth, medians of the first and the last quarter:");
  for (const trend of all) console.log(line(trend));
  const slowest = Math.max(...samples.slice(Math.ceil(samples.length / 10)).map((s) => s.slowest));
  console.log(`  slowest echo: ${shownValue("ms", slowest)}`);
  console.log(good ? "All is flat and right." : "Not all is flat and right.");
  if (options.json !== undefined) {
    mkdirSync(dirname(options.json), { recursive: true });
    const { minutes, connections } = options;
    const value = { minutes, connections, node: process.version, good, trends: all, ...found };
    writeFileSync(options.json, `${JSON.stringify(value, undefined, 2)}\n`);
  }
  return good ? OK : FAILED;
}

function line(trend: Trend): string {
  const { name, unit, first, last, allowed } = trend;
  const mark = isFlat(trend) ? " " : "✗";
  const change = `${last >= first ? "+" : ""}${shownValue(unit, last - first)}`;
  return (
    `${mark} ${name.padEnd(22)} ${shownValue(unit, first).padStart(10)} → ` +
    `${shownValue(unit, last).padStart(10)}  ${change.padStart(10)} (allowed ${shownValue(unit, allowed)})`
  );
}

process.exitCode = await main(process.argv.slice(2));
