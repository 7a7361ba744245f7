/**
 * What the matrix has found before: a run of a part of it, in CI, must find the same. A verdict that has changed
 * while the implementation has not is a change of the suite.
 */
import { readFile, writeFile } from "node:fs/promises";
import { compareIds } from "../../src/conformance/case-numbers.ts";
import type { Column } from "./testing.ts";

const FILE = new URL("known.json", import.meta.url);

/** The cases that an implementation in a role fails. */
export interface Known {
  readonly version: string;
  readonly failed: readonly string[];
}

/** By `"NAME as ROLE"`. */
export type KnownFailures = Readonly<Record<string, Known>>;

const keyOf = ({ name, role }: Column): string => `${name} as ${role}`;

/** A crash takes its verdict from the case that was the last, and flaky cases have more than one. */
const isSteady = ({ crashed, flaky }: Column["results"][number]) => !crashed && !flaky;

/** What these columns come to. */
export function knownFrom(columns: readonly Column[]): KnownFailures {
  return Object.fromEntries(
    columns.map((column) => {
      const failed = column.results
        .filter((result) => result.behavior === "FAILED" && isSteady(result))
        .map(({ id }) => id);
      return [keyOf(column), { version: column.version, failed: failed.sort(compareIds) }];
    }),
  );
}

/** What is otherwise than it was known to be, a line each. Other versions are not compared. */
export function changesSince(known: KnownFailures, columns: readonly Column[]): string[] {
  return columns.flatMap((column) => {
    const key = keyOf(column);
    const before = known[key];
    if (before?.version !== column.version) return [];
    return column.results.filter(isSteady).flatMap(({ behavior, id, result }) => {
      const failed = before.failed.includes(id);
      if (failed === (behavior === "FAILED")) return [];
      const was = failed ? "FAILED" : "not FAILED";
      return [`${key} ${column.version}: ${id} was ${was}, is ${behavior}: ${result}`];
    });
  });
}

export const readKnown = async (): Promise<KnownFailures> =>
  JSON.parse(await readFile(FILE, "utf8"));

export const writeKnown = (known: KnownFailures): Promise<void> =>
  writeFile(FILE, `${JSON.stringify(known, undefined, 2)}\n`);
