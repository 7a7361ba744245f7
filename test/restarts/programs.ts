/** The programs of the pages about restarts, as processes on barewire's sources. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
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

/** A server of which is known when its connections have opened. */
export class ServerProcess {
  /** In milliseconds of the clock that all processes have in common, see {@link now}. */
  readonly opened: number[] = [];
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const time = /^opened (\d+\.\d+)$/.exec(line)?.[1];
      if (time !== undefined) this.opened.push(Number(time));
    });
  }

  /** Starts a program that listens on the port that it finds in its environment. */
  static async start(file: string, environment: Record<string, string>): Promise<ServerProcess> {
    const imports = ["--import", "tsx", "--import", WATCH];
    const child = spawn(process.execPath, [...imports, file], {
      cwd: HERE,
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await listening(Number(environment["PORT"]), child);
    return new ServerProcess(child);
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

/** Milliseconds of the clock that `watch.ts` tells times by. */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
