/** Runs the suite against one implementation in one role, and confirms what it finds. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CaseResult, conform, listen } from "../../src/conformance/conform.ts";
import { writeJson } from "../../src/conformance/report/json.ts";
import { freePort } from "../role-run.ts";
import type { Role } from "../testee.ts";
import type { Built } from "./build.ts";
import type { Implementation } from "./catalogue.ts";
import { confirm, probesFor } from "./confirm/confirm.ts";
import type { Confirmation } from "./confirm/probe.ts";
import { agentOf, commandOf } from "./start.ts";

/** What was found in one implementation in one role. */
export interface Column {
  readonly name: string;
  readonly language: string;
  readonly version: string;
  readonly role: Role;
  readonly results: readonly CaseResult[];
  /** What probes have seen of what failed. */
  readonly confirmations: readonly Confirmation[];
}

/** How implementations are tested. */
export interface Settings {
  readonly built: Built;
  readonly cases: readonly string[];
  /** Folder of the reports of this implementation in this role. */
  readonly folder: string;
  /** Tests nothing of which there are reports. */
  readonly reuse: boolean;
}

/** File with the confirmations, beside the reports. */
const CONFIRMED = "confirmed.json";

/** Tests an implementation. Rejects when it cannot be built or started. */
export async function columnOf(
  implementation: Implementation,
  role: Role,
  settings: Settings,
): Promise<Column> {
  const { kind, language, name, packageName } = implementation;
  const { built, folder, reuse } = settings;
  const failure = built.failures.get(kind);
  if (failure !== undefined) throw new Error(failure);
  const version = built.versions.get(packageName) ?? "";
  const reuses = (file: string) => reuse && existsSync(join(folder, file));
  await mkdir(folder, { recursive: true });
  const results = reuses("index.json")
    ? await readResults(folder)
    : await (role === "server" ? testServer : testClient)(implementation, settings);
  await writeJson(folder, results);
  const confirmations: Confirmation[] = reuses(CONFIRMED)
    ? JSON.parse(await readFile(join(folder, CONFIRMED), "utf8"))
    : await confirm(implementation, role, built, probesFor(role, results));
  await writeFile(join(folder, CONFIRMED), `${JSON.stringify(confirmations, undefined, 2)}\n`);
  return { name, language, version, role, results, confirmations };
}

/** The results of a run of which there are reports. */
async function readResults(folder: string): Promise<readonly CaseResult[]> {
  const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
  const files = Object.values<Record<string, { reportfile: string }>>(index).flatMap((agent) =>
    Object.values(agent),
  );
  const texts = files.map(({ reportfile }) => readFile(join(folder, reportfile), "utf8"));
  return (await Promise.all(texts)).map((text) => JSON.parse(text));
}

async function testServer(
  implementation: Implementation,
  { built, cases }: Settings,
): Promise<readonly CaseResult[]> {
  const port = await freePort();
  const start = commandOf(implementation, "server", built, port);
  const options = { agent: agentOf(implementation), cases, start };
  const results: CaseResult[] = [];
  for await (const result of conform(`ws://127.0.0.1:${port}/`, options)) results.push(result);
  return results;
}

async function testClient(
  implementation: Implementation,
  { built, cases }: Settings,
): Promise<readonly CaseResult[]> {
  const exec = commandOf(implementation, "client", built);
  const tests = await listen({ port: 0, cases, once: true, exec });
  await tests.closed;
  return [...tests.results(), ...tests.notAsked()];
}
