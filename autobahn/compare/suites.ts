/** Runs one suite against one peer, and gives back its verdicts. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { type CaseResult, conform, listen } from "../../src/conformance/conform.ts";
import { writeJson } from "../../src/conformance/report/json.ts";
import { end } from "../children.ts";
import { parseIndex } from "../gate.ts";
import { runRole, startTestee } from "../role-run.ts";
import type { Role } from "../testee.ts";
import { type Testee, testeeEnd, urlOf } from "../testee.ts";
import type { Suite } from "../wstest.ts";
import { type Verdicts, verdictOf } from "./verdicts.ts";

/** Milliseconds without a result after which a client counts as stuck. */
const STALL_TIMEOUT = 300_000;

/** Milliseconds that one case may take here; the longest limit of Autobahn's cases is 480 s. */
const CASE_TIMEOUT = 480_000;

/** One run of a suite. */
export interface SuiteRun {
  readonly testee: Testee;
  readonly role: Role;
  readonly cases: readonly string[];
  /** Folder of the reports. */
  readonly folder: string;
  /** What progress lines begin with. */
  readonly label: string;
  /** 1000 messages in every case of 12 and 13 here, too. */
  readonly full: boolean;
}

/** Autobahn's verdicts. Rejects `RunError` and `ReportError`. */
export async function runAutobahn(suite: Suite, run: SuiteRun): Promise<Verdicts> {
  await runRole({ ...run, suite, label: `${run.label}, Autobahn` });
  return readAutobahn(run);
}

/** The verdicts of reports that Autobahn wrote. Rejects `ReportError`. */
export async function readAutobahn({
  folder,
  testee,
}: Pick<SuiteRun, "folder" | "testee">): Promise<Verdicts> {
  const entries = parseIndex(await readFile(join(folder, "index.json"), "utf8"), testee.agent);
  return new Map([...entries].map(([id, entry]) => [id, verdictOf(entry)]));
}

/** The verdicts of `barewire conform`. */
export async function runConform(run: SuiteRun): Promise<Verdicts> {
  await mkdir(run.folder, { recursive: true });
  const results = await (run.role === "server" ? conformServer(run) : conformClient(run));
  await writeJson(run.folder, results);
  return new Map(results.map((result) => [result.id, verdictOf(result)]));
}

async function conformServer(run: SuiteRun): Promise<CaseResult[]> {
  const server = startTestee(run, []);
  try {
    const results: CaseResult[] = [];
    const { testee, cases, full } = run;
    // Autobahn repeats nothing.
    const options = { agent: testee.agent, cases, full, timeout: CASE_TIMEOUT, retries: 0 };
    for await (const result of conform(await urlOf(server), options)) results.push(result);
    return results;
  } finally {
    await end(server);
  }
}

async function conformClient(run: SuiteRun): Promise<readonly CaseResult[]> {
  const { testee, cases, full } = run;
  let progress = () => {};
  const tests = await listen({
    port: 0,
    cases,
    full,
    timeout: CASE_TIMEOUT,
    onResult: () => progress(),
  });
  const client = startTestee(run, [`ws://127.0.0.1:${tests.port}`, testee.agent]);
  client.stdout?.resume();
  let timer: NodeJS.Timeout | undefined;
  try {
    const stuck = new Promise<string>((resolve) => {
      progress = () => {
        clearTimeout(timer);
        timer = setTimeout(() => resolve("stuck"), STALL_TIMEOUT);
      };
      progress();
    });
    // What it did not run shows as such.
    await Promise.race([testeeEnd(client), stuck]);
    return tests.results();
  } finally {
    clearTimeout(timer);
    await end(client);
    await tests.close();
  }
}
