/** The gate's verdicts as text for the terminal. */
import { SECTIONS, sectionOf } from "./cases.ts";
import { type CaseVerdict, isRecord } from "./gate.ts";

/** Counts of one section of the suite, or of all. */
export interface SectionSummary {
  readonly section: string;
  readonly title: string;
  readonly cases: number;
  readonly ok: number;
  readonly informational: number;
  readonly failed: number;
  readonly missing: number;
  /** Sum of the cases' durations, in milliseconds. */
  readonly duration: number;
}

/** One row per section that has a case, and a last one for all. */
export function summarize(verdicts: readonly CaseVerdict[]): SectionSummary[] {
  const sections = [...new Set(verdicts.map((verdict) => sectionOf(verdict.id)))];
  const rows = sections.map((section) =>
    count(
      section,
      SECTIONS.get(section) ?? "",
      verdicts.filter((verdict) => sectionOf(verdict.id) === section),
    ),
  );
  return [...rows, count("all", "", verdicts)];
}

function count(section: string, title: string, verdicts: readonly CaseVerdict[]): SectionSummary {
  const having = (outcome: CaseVerdict["outcome"]) =>
    verdicts.filter((verdict) => verdict.outcome === outcome).length;
  return {
    section,
    title,
    cases: verdicts.length,
    ok: having("ok"),
    informational: having("informational"),
    failed: having("failed"),
    missing: having("missing"),
    duration: verdicts.reduce((sum, verdict) => sum + (verdict.entry?.duration ?? 0), 0),
  };
}

/** The rows of {@link summarize} as lines of a table for the terminal. */
export function formatSummary(rows: readonly SectionSummary[]): string {
  const cells = [
    ["section", "", "cases", "OK", "info", "failed", "missing", "seconds"],
    ...rows.map((row) => [
      row.section,
      row.title,
      ...[row.cases, row.ok, row.informational, row.failed, row.missing].map(String),
      (row.duration / 1000).toFixed(1),
    ]),
  ];
  const widths = cells[0]!.map((_, i) => Math.max(...cells.map((line) => line[i]!.length)));
  return cells
    .map((line) =>
      line
        .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join("  "),
    )
    .join("\n");
}

/** The parts of a case's own report that explain a verdict, as lines for the terminal. */
export function explain(report: unknown): string {
  if (!isRecord(report)) return "  the report is not a JSON object";
  const { description, expectation, result, resultClose, wasNotCleanReason } = report;
  const { expected, received, expectedClose, remoteCloseCode } = report;
  const lines = [
    ["description", plain(description)],
    ["expectation", plain(expectation)],
    ["result", plain(result)],
    ["closing", plain(resultClose)],
    ["expected", shorten(expected)],
    ["received", shorten(received)],
    ["expected close", shorten(expectedClose)],
    ["close code", shorten(remoteCloseCode)],
    ["not clean", plain(wasNotCleanReason)],
  ];
  return lines
    .filter(([, text]) => text !== "")
    .map(([label, text]) => `  ${label}: ${text}`)
    .join("\n");
}

/** Texts of the suite are written for HTML. */
function plain(text: unknown): string {
  if (typeof text !== "string") return "";
  return text
    .replaceAll(/<[^>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
}

function shorten(value: unknown): string {
  const text = JSON.stringify(value) ?? "";
  return text.length <= 400 ? text : `${text.slice(0, 400)} …`;
}
