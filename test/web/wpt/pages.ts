/** Runs tests, each in a process of its own. */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { TestFile } from "./files.ts";
import { HOST, type Servers } from "./server.ts";

const PAGE = fileURLToPath(new URL("page.mjs", import.meta.url));

/** Milliseconds that a test may take. The longest wait for a server that sleeps for ten seconds. */
const TIMEOUT = 60_000;

/** How a subtest has ended. */
export interface SubtestResult {
  readonly name: string;
  readonly passed: boolean;
  readonly message: string;
}

/** How a test has ended. */
export interface TestResult {
  readonly test: TestFile;
  readonly subtests: readonly SubtestResult[];
}

/** What all tests of a run have in common. */
export interface RunSettings {
  readonly root: string;
  readonly node: string;
  readonly jobs: number;
  /** Path of the module with the classes. */
  readonly classes: string;
  readonly servers: Servers;
  /** Called when a test has ended. */
  readonly onResult: (result: TestResult) => void;
}

/** Runs the tests, some side by side, and gives their results in their order. */
export async function runTests(
  tests: readonly TestFile[],
  settings: RunSettings,
): Promise<TestResult[]> {
  const results: TestResult[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < tests.length) {
      const index = next++;
      const test = tests[index]!;
      const result = { test, subtests: await runTest(test, settings) };
      results[index] = result;
      settings.onResult(result);
    }
  };
  await Promise.all(Array.from({ length: settings.jobs }, work));
  return results;
}

/** What the process says: its last line, as JSON. */
interface PageReport {
  readonly status: "ok" | "timeout";
  readonly results: readonly { name: string; status: number; message: string | null }[];
}

async function runTest(
  test: TestFile,
  { root, node, classes, servers }: RunSettings,
): Promise<SubtestResult[]> {
  const { ports, authority } = servers;
  const job = { test, root, host: HOST, ports, classes, timeout: TIMEOUT };
  const child = spawn(node, ["--expose-gc", PAGE], {
    env: { ...process.env, WPT_TEST: JSON.stringify(job), NODE_EXTRA_CA_CERTS: authority },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (text) => {
    output += text;
  });
  child.stderr.on("data", (text) => {
    errors += text;
  });
  const late = setTimeout(() => child.kill("SIGKILL"), TIMEOUT + 10_000);
  await new Promise((resolve) => child.once("close", resolve));
  clearTimeout(late);
  const report = parse(output.trim().split("\n").at(-1) ?? "");
  if (report === undefined) return [failure("(the page)", errors.trim() || "it has ended early")];
  const subtests = report.results.map(({ name, status, message }) => ({
    name,
    passed: status === 0,
    message: message ?? "",
  }));
  return report.status === "ok"
    ? subtests
    : [...subtests, failure("(the page)", "it has not ended in time")];
}

function parse(line: string): PageReport | undefined {
  try {
    return JSON.parse(line) as PageReport;
  } catch {
    return undefined;
  }
}

function failure(name: string, message: string): SubtestResult {
  return { name, passed: false, message };
}
