/** What is expected of the tests, from expectations.json. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { TestResult } from "./pages.ts";

/** The file. Tests are named by the beginning of their path below `websockets/`. */
export interface Expectations {
  /** Tests that are not run, with the reason: what they need is not there without a browser. */
  readonly excluded: Readonly<Record<string, string>>;
  /** Tests that are run only where Node has this global. */
  readonly needs: Readonly<Record<string, string>>;
  /** Subtests that fail, with the reason: `path` for all of a test, or `path: name of the subtest`. */
  readonly failing: Readonly<Record<string, string>>;
}

export const EXPECTATIONS = JSON.parse(
  readFileSync(new URL("expectations.json", import.meta.url), "utf8"),
) as Expectations;

/** The globals that tests need and this Node does not have. */
export function missingGlobals(node: string, { needs }: Expectations): string[] {
  const names = JSON.stringify(Object.values(needs));
  const code = `JSON.stringify(${names}.filter((name) => !(name in globalThis)))`;
  return JSON.parse(execFileSync(node, ["-p", code], { encoding: "utf8" })) as string[];
}

/** One subtest, and what was expected of it. */
export interface Verdict {
  /** `path: name of the subtest` */
  readonly name: string;
  readonly isStream: boolean;
  /** Below `websockets/`, `""` for itself. */
  readonly folder: string;
  readonly passed: boolean;
  readonly message: string;
  /** Why it is expected to fail; undefined where it is to pass. */
  readonly expectedFailure: string | undefined;
}

export function judge(results: readonly TestResult[], { failing }: Expectations): Verdict[] {
  return results.flatMap(({ test, subtests }) =>
    subtests.map(({ name, passed, message }) => {
      const full = `${test.name}: ${name}`;
      const folder = test.name.split("?")[0]!.split("/").slice(0, -1).join("/");
      return {
        name: full,
        isStream: folder.startsWith("stream"),
        folder,
        passed,
        message,
        expectedFailure: reasonFor(full, failing),
      };
    }),
  );
}

/** The reason that is given for a test or subtest; undefined for none. */
export function reasonFor(
  name: string,
  reasons: Readonly<Record<string, string>>,
): string | undefined {
  return Object.entries(reasons).find(([path]) => name.startsWith(path))?.[1];
}

/** Whether nothing is other than expected: neither failures nor passes. */
export function isAsExpected({ passed, expectedFailure }: Verdict): boolean {
  return passed === (expectedFailure === undefined);
}
