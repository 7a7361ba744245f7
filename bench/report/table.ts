import { nameOf } from "../peers.ts";
import { formatBytes, formatRatio, formatShare } from "./format.ts";
import type { Circumstances, ScenarioResult } from "./results.ts";
import { scenarioTable, type Table } from "./scenario-table.ts";
import { summarize } from "./summary.ts";
import type { Target, Verdict } from "./targets.ts";

/** The report as text. */

/**
 * Rows of cells as lines, the first columns to the left and the others to the right.
 *
 * @param left how many are to the left
 */
export function alignColumns(rows: readonly (readonly string[])[], left = 1): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i < left ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}

// A core has 1; the runner itself takes next to nothing while it waits.
const DISTURBED = 0.15;

/** What the asterisk means. */
export const LOAD_BOUND_NOTE =
  "* The load generator was busy and the server was not: the figure is a lower bound, go by the CPU time.";

/** Remarks on a scenario: what did not run, and what its figures do not say. */
export function scenarioNotes(result: ScenarioResult): string[] {
  const rows = summarize(result);
  const notes = rows.some((row) => row.loadBound) ? [LOAD_BOUND_NOTE] : [];
  const others = Math.max(...rows.map((row) => row.othersShare).filter(Number.isFinite));
  if (others > DISTURBED) {
    notes.push(
      `Other processes took up to ${formatShare(others)} of a core meanwhile: ` +
        "go by the CPU time, or measure again on an idle machine.",
    );
  }
  for (const { peer, failure } of result.peers) {
    if (failure !== undefined) notes.push(`${nameOf(peer)} did not run: ${failure}`);
  }
  return notes;
}

/** A scenario as text: heading, table, remarks. */
export function renderScenario(result: ScenarioResult): string {
  const { head, rows } = scenarioTable(result);
  const table = alignColumns([head, ...rows]);
  return [`\n${result.scenario.title}`, table, ...scenarioNotes(result)].join("\n");
}

/** Machine, versions, command and date, each with its name. */
export function circumstanceLines(facts: Circumstances): [name: string, text: string][] {
  const { machine } = facts;
  const versions = Object.entries(facts.versions).map(([peer, version]) => `${peer} ${version}`);
  const passing = Object.entries(facts.text).filter(([, text]) => text === "bytes");
  return [
    ["command", facts.command],
    ["date", `${facts.date}, took ${Math.round(facts.took)} s`],
    ["machine", `${machine.processor}, ${machine.cores} cores, ${formatBytes(machine.memory)}`],
    ["system", machine.system],
    ["pinning", facts.pinning],
    ["load generator", facts.load],
    ["commit", facts.commit],
    ["measured", `${facts.rounds} rounds of ${facts.seconds} s each, interleaved; medians`],
    [
      "text",
      `decoded to a string and encoded again by all but ${passing.map(([peer]) => peer).join(", ")}`,
    ],
    ["versions", versions.join(", ")],
  ];
}

/** The same as text. */
export function renderCircumstances(facts: Circumstances): string {
  return circumstanceLines(facts)
    .map(([name, text]) => `${name.padEnd(15)} ${text}`)
    .join("\n");
}

/** What a target is about, where it is not the speed. */
const UNITS: Readonly<Record<Target["by"], string>> = {
  speed: "",
  time: " time",
  memory: " memory",
  cpu: " CPU",
};

/** A target in words. */
export function describeTarget({
  scenario,
  peer,
  against,
  bound,
  ratio,
  by,
  since,
}: Target): string {
  const later = since === undefined ? "" : `, ${since.ratio} from Node ${since.node} on`;
  return `${scenario}, ${nameOf(peer)}: ${bound} ${ratio} of ${nameOf(against)}${UNITS[by]}${later}`;
}

/** Headings and cells of the table of targets. */
export function targetTable(verdicts: readonly Verdict[]): Table {
  return {
    head: ["scenario", "form", "against", "target", "reached", "", "by CPU time"],
    rows: verdicts.map(({ target, ratio, reached, met, byCpu, uncertain }) => [
      target.scenario,
      nameOf(target.peer),
      nameOf(target.against),
      `${target.bound === "at least" ? "≥" : "≤"} ${ratio}×${UNITS[target.by]}`,
      formatRatio(reached) + (uncertain ? " *" : ""),
      met === undefined ? "not measured" : met ? "met" : "NOT MET",
      formatRatio(byCpu),
    ]),
  };
}

/** The targets as text. */
export function renderTargets(verdicts: readonly Verdict[]): string {
  const { head, rows } = targetTable(verdicts);
  return `\nTargets of barewire\n${alignColumns([head, ...rows], 3)}`;
}
