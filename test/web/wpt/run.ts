/** `npm run wpt -- DIR`: runs the Web Platform Tests of WebSockets against `barewire/web`. See options.ts. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleClasses } from "./classes.ts";
import {
  EXPECTATIONS,
  isAsExpected,
  judge,
  missingGlobals,
  reasonFor,
  type Verdict,
} from "./expectations.ts";
import { findCheckout, findTests } from "./files.ts";
import { HELP, type Options, parseOptions, UsageError } from "./options.ts";
import { runTests, type TestResult } from "./pages.ts";
import { serve } from "./server.ts";

const OK = 0;
const NOT_AS_EXPECTED = 1;
const NOT_RUN = 2;

async function main(args: readonly string[]): Promise<number> {
  try {
    const options = parseOptions(args);
    if (!options.help) return await run(options);
    process.stdout.write(HELP);
    return OK;
  } catch (error) {
    const usage = error instanceof UsageError ? `\n\n${HELP}` : "\n";
    process.stderr.write(`${(error as Error).message}${usage}`);
    return NOT_RUN;
  }
}

async function run(options: Options): Promise<number> {
  const checkout = findCheckout(options.folder);
  const all = findTests(checkout).filter(({ name }) => name.includes(options.filter));
  const missing = missingGlobals(options.node, EXPECTATIONS);
  const tests = all.filter(
    ({ name }) =>
      reasonFor(name, EXPECTATIONS.excluded) === undefined &&
      !missing.includes(reasonFor(name, EXPECTATIONS.needs) ?? ""),
  );
  if (tests.length === 0)
    throw new Error(`no test in ${checkout.root} has "${options.filter}" in its path`);
  const folder = mkdtempSync(join(tmpdir(), "barewire-wpt-"));
  const servers = await serve(join(checkout.root, "websockets"));
  let results: TestResult[];
  try {
    const classes = await bundleClasses(options.subject, folder);
    const onResult = options.verbose ? printResult : () => {};
    results = await runTests(tests, { ...options, ...checkout, classes, servers, onResult });
  } finally {
    servers.close();
    rmSync(folder, { recursive: true, force: true });
  }
  const verdicts = judge(results, EXPECTATIONS);
  print(verdicts, options, all.length - tests.length);
  return options.subject !== "barewire" || verdicts.every(isAsExpected) ? OK : NOT_AS_EXPECTED;
}

function print(verdicts: readonly Verdict[], { subject, verbose }: Options, left: number): void {
  for (const verdict of verdicts) {
    const { name, passed, message, expectedFailure } = verdict;
    if (isAsExpected(verdict) && !(verbose && !passed)) continue;
    const what = passed ? "passes, which was not expected" : "FAILS";
    const why = expectedFailure === undefined ? "" : ` (expected: ${expectedFailure})`;
    console.log(`${name}\n  ${what}${why}${passed ? "" : `: ${message}`}`);
  }
  const folders = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    folders.set(verdict.folder, [...(folders.get(verdict.folder) ?? []), verdict]);
  }
  console.log(`\n${subject}, subtests that pass:`);
  for (const [folder, those] of folders) console.log(`${count(those)}  websockets/${folder}`);
  const streams = verdicts.filter(({ isStream }) => isStream);
  console.log(`${count(verdicts.filter(({ isStream }) => !isStream))}  without streams`);
  console.log(`${count(streams)}  streams`);
  console.log(`${left} tests were not run; expectations.json says why.`);
}

/** What `--verbose` shows while tests run. */
function printResult({ test, subtests }: TestResult): void {
  const passed = subtests.filter((subtest) => subtest.passed).length;
  console.log(`${passed} of ${subtests.length}  ${test.name}`);
}

function count(verdicts: readonly Verdict[]): string {
  const passed = verdicts.filter((verdict) => verdict.passed).length;
  return `${String(passed).padStart(5)} of ${String(verdicts.length).padStart(4)}`;
}

process.exitCode = await main(process.argv.slice(2));
