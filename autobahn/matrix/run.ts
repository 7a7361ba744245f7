/** `npm run matrix`: the suite against implementations from the registries, and `docs/matrix.md`. */
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type CaseResult, conform, listen } from "../../src/conformance/conform.ts";
import { writeJson } from "../../src/conformance/report/json.ts";
import { select } from "../../src/conformance/selection.ts";
import { endChildrenOnExit } from "../children.ts";
import { PEER_LIST } from "../compare/peers.ts";
import { runConform } from "../compare/suites.ts";
import { freePort } from "../role-run.ts";
import type { Role } from "../testee.ts";
import { type Built, build } from "./build.ts";
import { IMPLEMENTATIONS, type Implementation, rolesOf } from "./catalogue.ts";
import { type Column, matrixPage } from "./page.ts";

const HELP = `Usage: npm run matrix [-- options]

Builds the testees of real implementations (conformance-testees/ and autobahn/compare/peers/), runs
\`barewire conform\` against each, as server and as client, and prints the table of what it found.

  --only ws,aiohttp   implementations (all)
  --cases 1.*,20.*    cases (all that apply to the role, but for 9, 12, 13 and 25)
  --out DIR           folder of the reports (reports/matrix)
  --reuse             tests nothing of which there are reports in DIR
  --write-docs        writes docs/matrix.md
  --help              this text

Needs Python 3.9, Go and Rust for the testees in these languages.
Exit codes: 0 done, whatever was found; 1 a testee could not be built or run; 2 a wrong command line.
`;

/** What takes a run to minutes, and has no surprises that the others do not have. */
const LONG = ["9.*", "12.*", "13.*", "25.*"];

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      cases: { type: "string" },
      out: { type: "string", default: "reports/matrix" },
      reuse: { type: "boolean", default: false },
      "write-docs": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const chosen = choose(values.only);
  const built = await build(chosen, (line) => console.log(line));
  const columns: Column[] = [];
  for (const implementation of chosen) {
    for (const role of rolesOf(implementation)) {
      columns.push(await columnOf(implementation, role, values, built));
    }
  }
  const page = matrixPage(columns, new Date().toISOString().slice(0, 10));
  if (values["write-docs"]) {
    await writeFile(new URL("../../docs/matrix.md", import.meta.url), page);
  } else process.stdout.write(`\n${page}`);
  return columns.every(({ results }) => results.length > 0) ? 0 : 1;
}

/** Tests an implementation. One that cannot be started has no results, and is said. */
async function columnOf(
  implementation: Implementation,
  role: Role,
  options: { readonly cases?: string; readonly out: string; readonly reuse: boolean },
  built: Built,
): Promise<Column> {
  const { name, packageName } = implementation;
  const version = built.versions.get(packageName) ?? "";
  const cases = casesFor(role, options.cases);
  const folder = resolve(join(options.out, `${name.replaceAll(/\W+/g, "-")}-${role}`));
  const begun = performance.now();
  let results: readonly CaseResult[] = [];
  try {
    const isThere = options.reuse && existsSync(join(folder, "index.json"));
    results = isThere
      ? await readResults(folder, name)
      : await test(implementation, role, { built, cases, folder });
    await writeJson(folder, results);
  } catch (error) {
    console.error(`${name} ${version} as ${role}: ${(error as Error).message}`);
  }
  const seconds = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(`${name} ${version} as ${role}: ${results.length} cases, ${seconds} s`);
  return { ...implementation, version, role, results };
}

function choose(only: string | undefined): readonly Implementation[] {
  const names = only?.split(",");
  const unknown = names?.find((name) => !IMPLEMENTATIONS.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = IMPLEMENTATIONS.map(({ name }) => name).join(", ");
    throw new Error(`there is no implementation ${unknown}; there are ${known}`);
  }
  return IMPLEMENTATIONS.filter(({ name }) => names?.includes(name) ?? true);
}

function casesFor(role: Role, patterns: string | undefined): readonly string[] {
  const selection =
    patterns === undefined ? { cases: ["*"], exclude: LONG } : { cases: patterns.split(",") };
  return select(selection, role).map(({ id }) => id);
}

interface Settings {
  readonly built: Built;
  readonly cases: readonly string[];
  readonly folder: string;
}

async function test(implementation: Implementation, role: Role, settings: Settings) {
  await mkdir(settings.folder, { recursive: true });
  if (implementation.kind === "peer") return await testPeer(implementation, role, settings);
  return await (role === "server" ? testServer : testClient)(implementation, settings);
}

/** Peers choose their ports themselves. */
async function testPeer({ name }: Implementation, role: Role, { cases, folder }: Settings) {
  const peer = PEER_LIST.find((one) => one.name === name)!;
  const testee = await peer.testee(role);
  await runConform({ testee, role, cases, folder, label: name, full: false });
  return await readResults(folder, testee.agent);
}

/** The results of a run of which there are reports. */
async function readResults(folder: string, agent: string): Promise<readonly CaseResult[]> {
  const index = JSON.parse(await readFile(join(folder, "index.json"), "utf8"));
  const files = Object.values<{ reportfile: string }>(index[agent] ?? {});
  const texts = files.map(({ reportfile }) => readFile(join(folder, reportfile), "utf8"));
  return (await Promise.all(texts)).map((text) => JSON.parse(text));
}

async function testServer(
  { commands, name }: Implementation,
  { built, cases }: Settings,
): Promise<readonly CaseResult[]> {
  const port = await freePort();
  const start = filledIn(commands.server ?? "", [...built.places, ["port", String(port)]]);
  const results: CaseResult[] = [];
  for await (const result of conform(`ws://127.0.0.1:${port}/`, { agent: name, cases, start })) {
    results.push(result);
  }
  return results;
}

async function testClient(
  { commands, name }: Implementation,
  { built, cases }: Settings,
): Promise<readonly CaseResult[]> {
  const agent = name.replaceAll(/[^\w.-]+/g, "-");
  const command = filledIn(commands.client ?? "", [...built.places, ["agent", agent]]);
  const tests = await listen({ port: 0, cases, once: true, exec: command });
  await tests.closed;
  return [...tests.results(), ...tests.notAsked()].map((result) => ({ ...result, agent: name }));
}

/** `{url}` is left to the suite, which knows its address. */
function filledIn(command: string, places: Iterable<readonly [string, string]>): string {
  const known = new Map(places);
  return command.replaceAll(/\{(\w+)\}/g, (whole, name: string) => known.get(name) ?? whole);
}

endChildrenOnExit();
process.chdir(fileURLToPath(new URL("../../", import.meta.url)));
process.exitCode = await main(process.argv.slice(2));
