import {
  formatBytes,
  formatFigure,
  formatMilliseconds,
  formatRatio,
  formatShare,
  threeDigits,
} from "./format.ts";
import type { Circumstances, ScenarioResult } from "./results.ts";
import { type Row, summarize } from "./summary.ts";
import type { Verdict } from "./targets.ts";

/** The report as text. */

/** Rows of cells as lines, the first column to the left and the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length);
    });
  }
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join("  ")
      .trimEnd();
  return rows.map(line).join("\n");
}

/** Headings and cells of a scenario's table, for the terminal and for the page. */
export function scenarioTable(result: ScenarioResult): {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const rows = summarize(result);
  if (result.scenario.work.kind === "memory") {
    return {
      head: ["", "resident/connection", "±", "× ws", "× net", "heap/connection"],
      rows: rows.map((row) => [
        row.peer,
        formatBytes(Math.round(row.value)),
        formatShare(row.spread),
        formatRatio(row.toWs),
        formatRatio(row.toNet),
        formatBytes(Math.round(row.heap ?? Number.NaN)),
      ]),
    };
  }
  const withLatency = rows.some((row) => row.latency !== undefined);
  const withDeflated = rows.some((row) => row.deflated !== undefined);
  const withTurns = rows.some((row) => row.loopDelay?.turnP99 !== undefined);
  const withBytes = rows.some((row) => row.bytesPerCount >= 1024);
  return {
    head: [
      "",
      `${result.scenario.unit}/s`,
      "±",
      "× ws",
      "× net",
      ...(withBytes ? ["MB/s"] : []),
      "CPU µs each",
      "server CPU",
      "load CPU",
      ...(withLatency ? ["p50 µs", "p99 µs"] : []),
      ...(withDeflated ? ["size", "loop delay p99", "longest", "loop busy", "GC", "longest"] : []),
      ...(withTurns ? ["CPU of a turn p99", "longest"] : []),
    ],
    rows: rows.map((row) => [
      row.peer,
      formatFigure(row.value) + (row.loadBound ? " *" : ""),
      formatShare(row.spread),
      formatRatio(row.toWs),
      formatRatio(row.toNet),
      ...(withBytes ? [threeDigits(row.bytesPerSecond / 1e6)] : []),
      threeDigits(row.serverMicros),
      formatShare(row.serverShare),
      formatShare(row.loadShare),
      ...(withLatency ? latencyCells(row) : []),
      ...(withDeflated ? deflatedCells(row) : []),
      ...(withTurns ? turnCells(row) : []),
    ]),
  };
}

function latencyCells({ latency }: Row): string[] {
  return [threeDigits(latency?.p50 ?? Number.NaN), threeDigits(latency?.p99 ?? Number.NaN)];
}

function deflatedCells({ deflated, loopDelay }: Row): string[] {
  const share = ((deflated ?? Number.NaN) * 100).toFixed(1);
  return [
    `${share} %`,
    formatMilliseconds(loopDelay?.p99, 1),
    formatMilliseconds(loopDelay?.longest, 1),
    formatShare(loopDelay?.busy ?? Number.NaN),
    formatShare(loopDelay?.collecting ?? Number.NaN),
    formatMilliseconds(loopDelay?.longestCollection, 1),
  ];
}

function turnCells({ loopDelay }: Row): string[] {
  return [formatMilliseconds(loopDelay?.turnP99, 2), formatMilliseconds(loopDelay?.longestTurn, 2)];
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
    if (failure !== undefined) notes.push(`${peer} did not run: ${failure}`);
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

/** Headings and cells of the table of targets. */
export function targetTable(verdicts: readonly Verdict[]): {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  return {
    head: ["scenario", "against", "target", "reached", "", "by CPU time"],
    rows: verdicts.map(({ target, reached, met, byCpu }) => [
      target.scenario,
      target.against,
      `${target.bound === "at least" ? "≥" : "≤"} ${target.ratio}×${target.inverse ? " time" : ""}`,
      formatRatio(reached),
      met === undefined ? "not measured" : met ? "met" : "NOT MET",
      formatRatio(byCpu),
    ]),
  };
}

/** The targets as text. */
export function renderTargets(verdicts: readonly Verdict[]): string {
  const { head, rows } = targetTable(verdicts);
  return `\nTargets of barewire\n${alignColumns([head, ...rows])}`;
}
