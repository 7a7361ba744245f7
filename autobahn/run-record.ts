/** What is remembered of a run beside the suite's reports, for the table in docs/autobahn.md. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { isRecord, ReportError } from "./gate.ts";

const run = promisify(execFile);
const PROJECT = fileURLToPath(new URL("..", import.meta.url));

/** The file beside index.json. */
export const RECORD_FILE = "run.json";

/** One run of the suite against one role. */
export interface RunRecord {
  /** When it began, ISO 8601 in UTC. */
  readonly date: string;
  /** What was tested: this library's version and commit, or the folder of other testees. */
  readonly testee: string;
  /** Whether it was this library. */
  readonly own: boolean;
  /** Version of the suite. */
  readonly suiteVersion: string;
  /** Where the suite came from, without paths of this machine. */
  readonly suiteSource: string;
  readonly node: string;
  readonly machine: string;
  /** The command, as it would be typed. */
  readonly command: string;
  /** From the start of the suite to its end, in seconds. */
  readonly seconds: number;
  /** The cases that were asked for. */
  readonly cases: readonly string[];
}

/** The fields of a record that follow from this machine and checkout. */
export async function describeThisRun(testees: string | undefined) {
  const processors = cpus();
  return {
    testee: testees ?? (await describeLibrary()),
    own: testees === undefined,
    node: process.versions.node,
    machine: `${process.platform} ${process.arch}, ${processors.length} × ${processors[0]?.model.trim() ?? "unknown processor"}`,
  };
}

async function describeLibrary(): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(`${PROJECT}/package.json`, "utf8"));
  const { version } = isRecord(manifest) ? manifest : {};
  try {
    const git = async (...args: string[]) => (await run("git", ["-C", PROJECT, ...args])).stdout;
    const commit = (await git("rev-parse", "--short", "HEAD")).trim();
    const changed = (await git("status", "--porcelain", "--", "src")) !== "";
    return `barewire ${version}, ${changed ? `changed since ${commit}` : `at ${commit}`}`;
  } catch {
    // Not a checkout, for example an unpacked tarball.
    return `barewire ${version}`;
  }
}

/** Reads the text of {@link RECORD_FILE}. Throws {@link ReportError}. */
export function parseRecord(text: string): RunRecord {
  const value: unknown = JSON.parse(text);
  const record = isRecord(value) ? value : {};
  const { own, seconds, cases } = record;
  const strings = ["date", "testee", "suiteVersion", "suiteSource", "node", "machine", "command"];
  if (
    strings.every((name) => typeof record[name] === "string") &&
    typeof own === "boolean" &&
    typeof seconds === "number" &&
    Array.isArray(cases) &&
    cases.every((id) => typeof id === "string")
  ) {
    return value as RunRecord;
  }
  throw new ReportError(`${RECORD_FILE} is not the record of a run`);
}
