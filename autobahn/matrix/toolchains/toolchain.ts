/** What the ways to build testees in one language have in common. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** Runs a command. Rejects with its output where it fails. */
export const run = promisify(execFile);

/** Folder of the testees that are not peers of autobahn/compare. */
export const TESTEES = fileURLToPath(new URL("../../../conformance-testees/", import.meta.url));

/** Folder of what is built, outside of what is checked in. */
export const builtFolder = (language: string): string =>
  fileURLToPath(new URL(`../../../.cache/matrix-${language}`, import.meta.url));

/** A word for the shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Testees in one language that can be started. */
export interface Part {
  /** What stands for `{name}` in the commands of the catalogue. */
  readonly places: Readonly<Record<string, string>>;
  /** Versions by the names of packages. */
  readonly versions: Iterable<readonly [name: string, version: string]>;
}

/** A way to build the testees in one language. */
export interface Toolchain {
  /** What it does, for the console. */
  readonly title: string;
  /** Builds all testees in the language; `names` are the implementations that are wanted. Rejects with why not. */
  build(names: readonly string[]): Promise<Part>;
}

/** Lines of a name, a blank and a version. */
export const versionLines = (text: string): [string, string][] =>
  text
    .trim()
    .split("\n")
    .map((line) => line.split(" ") as [string, string]);
