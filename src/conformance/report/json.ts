/** Reports in JSON, in the shape and under the names that Autobahn gives them. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError } from "../../errors.ts";
import type { CaseResult } from "../result.ts";
import { sorted, type Verdicts } from "./summary.ts";

/** One entry of `index.json`. */
export interface IndexEntry extends Verdicts {
  readonly remoteCloseCode: number | null;
  /** Milliseconds. */
  readonly duration: number;
  /** Name of the case's own report in the same folder. */
  readonly reportfile: string;
  /** Not in Autobahn: the verdicts of all runs, where they differ. */
  readonly attempts?: readonly string[];
}

/** `index.json`: agents, their cases, the verdicts. */
export type ReportIndex = Readonly<Record<string, Readonly<Record<string, IndexEntry>>>>;

/** Name of the file for one case of one agent, without its ending. */
export function reportName(agent: string, id: string): string {
  const clean = agent
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]/g, " ")
    .trim()
    .replaceAll(" ", "_");
  return `${clean}_case_${id.replaceAll(".", "_")}`;
}

/** The index of some results. */
export function indexOf(results: readonly CaseResult[]): ReportIndex {
  const index: Record<string, Record<string, IndexEntry>> = {};
  for (const result of sorted(results)) {
    const { agent, attempts, behavior, behaviorClose, duration, flaky, id, remoteCloseCode } =
      result;
    index[agent] ??= {};
    index[agent][id] = {
      behavior,
      behaviorClose,
      duration,
      remoteCloseCode,
      reportfile: `${reportName(agent, id)}.json`,
      ...(flaky ? { attempts } : {}),
    };
  }
  return index;
}

/** Writes `index.json` and a file for each result into `folder`, which is made if need be. */
export async function writeJson(folder: string, results: readonly CaseResult[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "index.json"), `${JSON.stringify(indexOf(results), null, 3)}\n`);
  for (const result of results) {
    const file = join(folder, `${reportName(result.agent, result.id)}.json`);
    await writeFile(file, `${JSON.stringify(result, null, 3)}\n`);
  }
}

/**
 * Reads the index of a report: a folder with `index.json`, or the file itself; ours or Autobahn's.
 * Throws {@link ArgumentError} when there is none.
 */
export async function readIndex(path: string): Promise<ReportIndex> {
  const file = path.endsWith(".json") ? path : join(path, "index.json");
  let index: unknown;
  try {
    index = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw new ArgumentError(`expected a report at ${file}: ${(error as Error).message}`);
  }
  if (isIndex(index)) return index;
  throw new ArgumentError(
    `expected the index of a report in ${file}: an object of agents, each with its cases`,
  );
}

function isIndex(value: unknown): value is ReportIndex {
  return isRecord(value) && Object.values(value).every(isAgent);
}

function isAgent(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isEntry);
}

function isEntry(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { attempts = [], behavior, behaviorClose } = value;
  return (
    typeof behavior === "string" && typeof behaviorClose === "string" && Array.isArray(attempts)
  );
}

function isRecord(value: unknown): value is Readonly<Partial<Record<keyof IndexEntry, unknown>>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
