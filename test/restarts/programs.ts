/** The programs of the pages about restarts, as processes on barewire's sources. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import { blocksOf } from "../package/snippets.ts";
import { listening } from "../packages/processes.ts";

const HERE = fileURLToPath(new URL("./", import.meta.url));
const WATCH = new URL("./watch.ts", import.meta.url).href;

/** What stands for the entries of the package. */
const SOURCES: Readonly<Record<string, string>> = {
  barewire: "index.ts",
  "barewire/broker/redis": "topics/broker/redis/redis.ts",
};

/** How many servers there were. */
let count = 0;

/** A folder in which programs find the packages of this folder, until the test has finished. */
export async function folderForPrograms(): Promise<string> {
  await mkdir(join(HERE, ".cache"), { recursive: true });
  const folder = await mkdtemp(join(HERE, ".cache", "programs-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The file of a page that begins with its name in a comment. */
export function fileOf(page: string, name: string): string {
  const languages = ["js", "ts"].flatMap((language) => blocksOf(page, language));
  const found = languages.filter((code) => code.startsWith(`// ${name}\n`));
  expect(found, `${name} in ${page}`).toHaveLength(1);
  return found[0]!;
}

/**
 * Writes a program into a folder of {@link folderForPrograms}, with barewire's sources in the place of the package.
 *
 * @returns its path
 */
export async function write(folder: string, name: string, code: string): Promise<string> {
  const file = join(folder, name);
  const onSources = code.replaceAll(
    /from "(barewire[^"]*)"/g,
    (_, entry: string) => `from "../../../../src/${SOURCES[entry]}"`,
  );
  await writeFile(file, onSources);
  return file;
}

/** What is known of a server from outside. */
export interface ServerRecord {
  /** When connections have opened, in milliseconds of the clock of `standstill.ts`. */
  readonly openings: readonly number[];
  /** Milliseconds for which it has stood still at most. */
  readonly standstill: number;
}

/** A server that is watched from outside. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #record: string;

  private constructor(child: ChildProcess, record: string) {
    this.#child = child;
    this.#record = record;
  }

  /** Starts a program that listens on the port that it finds in its environment. */
  static async start(file: string, environment: Record<string, string>): Promise<ServerProcess> {
    const imports = ["--import", "tsx", "--import", WATCH];
    const record = `${file}.${count++}.record`;
    const child = spawn(process.execPath, [...imports, file], {
      cwd: HERE,
      env: { ...process.env, ...environment, RECORD: record },
      stdio: ["ignore", "ignore", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await listening(Number(environment["PORT"]), child);
    return new ServerProcess(child, record);
  }

  /** What `watch.ts` has noted since a time. */
  async recordSince(from: number): Promise<ServerRecord> {
    const lines = (await readFile(this.#record, "utf8")).split("\n").slice(0, -1);
    const notes = lines.map((line) => {
      const [what, time, value] = line.split(" ");
      return { what, time: Number(time), value: Number(value) };
    });
    const since = notes.filter(({ time }) => time > from);
    return {
      openings: since.filter(({ what }) => what === "open").map(({ time }) => time),
      standstill: Math.max(0, ...since.map(({ what, value }) => (what === "still" ? value : 0))),
    };
  }

  /** Asks it to end, and waits until it has. @returns its exit code */
  async stop(): Promise<number | null> {
    const ended = once(this.#child, "close");
    this.#child.kill("SIGTERM");
    const [code] = await ended;
    return code as number | null;
  }

  /** As a crash does. */
  async kill(): Promise<void> {
    const ended = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await ended;
  }
}
