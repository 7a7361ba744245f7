/** The table of the last full run in docs/autobahn.md, made from the reports. */
import { ALL_CASES } from "./cases.ts";
import type { CaseVerdict } from "./gate.ts";
import type { RunRecord } from "./run-record.ts";
import { type SectionSummary, summarize } from "./summary.ts";

const BEGIN = "<!-- autobahn:begin (written by `npm run autobahn -- --write-docs`) -->";
const END = "<!-- autobahn:end -->";

/** The reports of one role. */
export interface RoleReports {
  readonly record: RunRecord;
  readonly verdicts: readonly CaseVerdict[];
}

/** The reports are not of full runs of this library, or the document has no place for a table. */
export class TableError extends Error {
  override readonly name = "TableError";
}

/** `document` with a new table between its markers. Throws {@link TableError}. */
export function withTable(document: string, server: RoleReports, client: RoleReports): string {
  const begin = document.indexOf(BEGIN);
  const end = document.indexOf(END);
  if (begin < 0 || end < begin) {
    throw new TableError(`the document lacks the lines "${BEGIN}" and "${END}"`);
  }
  const table = formatTable(server, client);
  return `${document.slice(0, begin + BEGIN.length)}\n\n${table}\n\n${document.slice(end)}`;
}

function formatTable(server: RoleReports, client: RoleReports): string {
  requireFullRun("server", server.record);
  requireFullRun("client", client.record);
  const facts: [string, (reports: RoleReports) => string][] = [
    ["Date", ({ record }) => record.date.slice(0, 10)],
    ["Tested", ({ record }) => record.testee],
    ["Node.js", ({ record }) => record.node],
    ["Suite", ({ record }) => `autobahntestsuite ${record.suiteVersion}, ${record.suiteSource}`],
    ["Machine", ({ record }) => record.machine],
    ["Command", ({ record }) => `\`${record.command}\``],
    ["Duration", ({ record }) => `${Math.round(record.seconds)} s`],
    ["Result", ({ verdicts }) => formatResult(summarize(verdicts).at(-1)!)],
  ];
  return [
    "| | as server | as client |",
    "| --- | --- | --- |",
    ...facts.map(([name, text]) => `| ${name} | ${cell(text(server))} | ${cell(text(client))} |`),
    "",
    "| Section | Cases | as server | as client |",
    "| --- | ---: | --- | --- |",
    ...formatSections(summarize(server.verdicts), summarize(client.verdicts)),
  ].join("\n");
}

function formatSections(
  server: readonly SectionSummary[],
  client: readonly SectionSummary[],
): string[] {
  return server.map((row, i) => {
    const name = row.title === "" ? row.section : `${row.section} ${row.title}`;
    const other = client[i];
    return `| ${name} | ${row.cases} | ${formatResult(row)} | ${other ? formatResult(other) : ""} |`;
  });
}

function formatResult(row: SectionSummary): string {
  const parts: [number, string][] = [
    [row.ok, "OK"],
    [row.informational, "INFORMATIONAL"],
    [row.failed, "not OK"],
    [row.missing, "missing"],
  ];
  return parts
    .filter(([count]) => count > 0)
    .map(([count, name]) => `${count} ${name}`)
    .join(", ");
}

function requireFullRun(role: string, record: RunRecord): void {
  if (!record.own) {
    throw new TableError(`the last run as ${role} tested ${record.testee}, not this library`);
  }
  const cases = new Set(record.cases);
  const left = ALL_CASES.filter((id) => !cases.has(id)).length;
  if (left > 0) {
    throw new TableError(
      `the last run as ${role} left out ${left} of ${ALL_CASES.length} cases; run \`npm run autobahn\` first`,
    );
  }
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
