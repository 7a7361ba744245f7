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
}

/** File beside the reports with what they do not have. */
const MORE = "matrix.json";

/** What is in it. */
type More = Pick<Column, "version" | "confirmations">;

/** Whether there are reports of an earlier run in a folder. */
export const hasReports = (folder: string): boolean => existsSync(join(folder, MORE));

/** What an earlier run has left in a folder. */
export async function earlierColumn(
  { language, name }: Implementation,
  role: Role,
  folder: string,
): Promise<Column> {
  const more: More = JSON.parse(await readFile(join(folder, MORE), "utf8"));
  return { name, language, role, results: await readResults(folder), ...more };
}

/** Tests an implementation. Rejects when it cannot be built or started. */
export async function columnOf(
  implementation: Implementation,
  role: Role,
  settings: Settings,
): Promise<Column> {
  const { kind, language, name, packageName } = implementation;
  const { built, folder } = settings;
  const failure = built.failures.get(kind);
  if (failure !== undefined) throw new Error(failure);
  const version = built.versions.get(packageName) ?? "";
  const test = role === "server" ? testServer : testClient;
  const results = await test(implementation, settings);
  const confirmations = await confirm(implementation, role, built, probesFor(role, results));
  await mkdir(folder, { recursive: true });
  await writeJson(folder, results);
  const more: More = { version, confirmations };
  await writeFile(join(folder, MORE), `${JSON.stringify(more, undefined, 2)}\n`);
  return { name, language, role, results, ...more };
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
