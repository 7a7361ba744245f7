/** `npm run matrix`: the suite against implementations from the registries, and what is written of it. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { select } from "../../src/conformance/selection.ts";
import { endChildrenOnExit } from "../children.ts";
import type { Role } from "../testee.ts";
import { build } from "./build.ts";
import { IMPLEMENTATIONS, type Implementation, rolesOf } from "./catalogue.ts";
import { matrixHtml } from "./html-page.ts";
import { changesSince, knownFrom, readKnown, writeKnown } from "./known.ts";
import { matrixPage } from "./page.ts";
import { agentOf } from "./start.ts";
import { type Column, columnOf, earlierColumn, hasReports } from "./testing.ts";

const HELP = `Usage: npm run matrix [-- options]

Builds the testees of real implementations (conformance-testees/ and autobahn/compare/peers/), runs
\`barewire conform\` against each, as server and as client, sends the probes of what it found by a plain
socket, and writes the table as index.html beside the reports.

  --only ws,aiohttp   implementations (all)
  --cases 1.*,20.*    cases (all that apply to the role, but for 9, 12, 13, 25 and 27)
  --out DIR           folder of the reports (reports/matrix)
  --reuse             tests nothing of which there are reports in DIR
  --check             fails where a verdict is otherwise than in autobahn/matrix/known.json
  --write-docs        writes docs/matrix.md, docs/public/implementations.html and known.json, of all that was
                      tested or reused; \`npm run format\` belongs behind it
  --help              this text

Needs Python 3.9, Go, Rust, Maven with a JDK, make with a C and C++ compiler and the libraries that the makefiles
in conformance-testees/ name, Ruby and Perl for the testees in these languages. What cannot be built is said and
left out.
Exit codes: 0 done; 1 a testee could not be built or run, or with --check a verdict has changed; 2 a wrong command
line.
`;

/** What takes a run to minutes: much is sent, or waited for. */
const LONG = ["9.*", "12.*", "13.*", "25.*", "27.*"];

const OPTIONS = {
  only: { type: "string" },
  cases: { type: "string" },
  out: { type: "string", default: "reports/matrix" },
  reuse: { type: "boolean", default: false },
  check: { type: "boolean", default: false },
  "write-docs": { type: "boolean", default: false },
  help: { type: "boolean", short: "h" },
} as const;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const chosen = choose(values.only);
  const isThere = (implementation: Implementation, role: Role) =>
    values.reuse && hasReports(folderOf(values.out, implementation, role));
  const wanted = chosen.filter((one) => rolesOf(one).some((role) => !isThere(one, role)));
  const built = await build(wanted, (line) => console.log(line));
  const columns: Column[] = [];
  let missing = 0;
  for (const implementation of chosen) {
    for (const role of rolesOf(implementation)) {
      const folder = folderOf(values.out, implementation, role);
      const cases = casesFor(role, values.cases);
      const begun = performance.now();
      try {
        const column = isThere(implementation, role)
          ? await earlierColumn(implementation, role, folder)
          : await columnOf(implementation, role, { built, cases, folder });
        columns.push(column);
        console.log(lineOf(column, performance.now() - begun));
      } catch (error) {
        missing++;
        console.error(`${implementation.name} as ${role}: ${(error as Error).message}`);
      }
    }
  }
  await write(columns, values.out, values["write-docs"]);
  const changes = values.check ? changesSince(await readKnown(), columns) : [];
  for (const change of changes) console.error(change);
  return missing + changes.length === 0 ? 0 : 1;
}

const folderOf = (out: string, implementation: Implementation, role: Role): string =>
  resolve(join(out, `${agentOf(implementation)}-${role}`));

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

function lineOf({ confirmations, name, results, role, version }: Column, took: number): string {
  const failed = results.filter(({ behavior }) => behavior === "FAILED").length;
  const seen = confirmations.filter(({ isDefect }) => isDefect).length;
  const probes = `${seen} of ${confirmations.length} probes confirm a defect`;
  const seconds = (took / 1000).toFixed(0);
  return `${name} ${version} as ${role}: ${results.length} cases, ${failed} FAILED, ${probes}, ${seconds} s`;
}

async function write(columns: readonly Column[], out: string, docs: boolean): Promise<void> {
  const date = new Date().toISOString().slice(0, 10);
  const html = matrixHtml(columns, date);
  await mkdir(out, { recursive: true });
  await writeFile(join(out, "index.html"), html);
  if (!docs) return;
  await mkdir("docs/public", { recursive: true });
  await writeFile("docs/public/implementations.html", html);
  await writeFile("docs/matrix.md", matrixPage(columns, date));
  await writeKnown(knownFrom(columns));
}

endChildrenOnExit();
process.chdir(fileURLToPath(new URL("../../", import.meta.url)));
main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    console.error(error.message);
    process.exitCode = 2;
  },
);
