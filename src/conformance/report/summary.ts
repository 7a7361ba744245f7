/** What results come to: passed or not, by section. */
import type { CaseResult } from "../result.ts";
import { compareIds } from "../selection.ts";

/** The verdicts of one result. */
export type Verdicts = Pick<CaseResult, "behavior" | "behaviorClose">;

/** How bad a result is: `"strict"` ones count as failed only when strictness is asked for. */
export function severity({ behavior, behaviorClose }: Verdicts): "ok" | "strict" | "failed" {
  if (behavior === "FAILED") return "failed";
  if (behaviorClose === "FAILED" || behaviorClose === "WRONG CODE") return "failed";
  if (behavior === "NON-STRICT") return "strict";
  return behaviorClose === "UNCLEAN" || behaviorClose === "FAILED BY CLIENT" ? "strict" : "ok";
}

/** Whether a result lets the run fail. */
export function hasFailed(result: Verdicts, strict: boolean): boolean {
  const how = severity(result);
  return how === "failed" || (strict && how === "strict");
}

/** The section of a case: `"6"` for `"6.4.1"`. */
export function sectionOf(id: string): string {
  return id.slice(0, id.indexOf("."));
}

/** Titles of the sections. */
export const SECTION_TITLES: ReadonlyMap<string, string> = new Map([
  ["1", "Framing"],
  ["2", "Pings and Pongs"],
  ["3", "Reserved bits"],
  ["4", "Opcodes"],
  ["5", "Fragmentation"],
  ["6", "UTF-8"],
  ["7", "Closing handshake"],
  ["9", "Limits and performance"],
  ["10", "Auto-fragmentation"],
  ["12", "Compression, different payloads"],
  ["13", "Compression, different parameters"],
  ["20", "Opening handshake, server"],
  ["21", "Opening handshake, client"],
  ["22", "Framing beyond Autobahn"],
  ["23", "Close codes by class"],
  ["24", "Compression beyond Autobahn"],
  ["25", "Resources"],
  ["26", "WebSockets over HTTP/2"],
]);

/** Results in the order of agents and case numbers. */
export function sorted(results: readonly CaseResult[]): CaseResult[] {
  return [...results].sort(
    (a, b) => (a.agent < b.agent ? -1 : a.agent > b.agent ? 1 : 0) || compareIds(a.id, b.id),
  );
}

/** How often each verdict was given in one section. */
interface SectionCount {
  readonly section: string;
  readonly title: string;
  readonly cases: number;
  /** Number of results by verdict on the behavior. */
  readonly behavior: ReadonlyMap<string, number>;
  /** Number of results by verdict on the close. */
  readonly behaviorClose: ReadonlyMap<string, number>;
}

/** Counts results by section, in the order of sections. */
function countSections(results: readonly CaseResult[]): SectionCount[] {
  const groups = new Map<string, CaseResult[]>();
  for (const result of sorted(results)) {
    const section = sectionOf(result.id);
    groups.set(section, [...(groups.get(section) ?? []), result]);
  }
  return [...groups].map(([section, list]) => ({
    section,
    title: SECTION_TITLES.get(section) ?? "",
    cases: list.length,
    behavior: tally(list.map(({ behavior }) => behavior)),
    behaviorClose: tally(list.map(({ behaviorClose }) => behaviorClose)),
  }));
}

function tally(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

/** A table for a terminal: one line for each section. */
export function summaryText(results: readonly CaseResult[]): string {
  const list = (counts: ReadonlyMap<string, number>) =>
    [...counts].map(([verdict, count]) => `${count} ${verdict}`).join(", ");
  return countSections(results)
    .map(({ section, title, cases, behavior, behaviorClose }) => {
      const head = `${section.padStart(3)}  ${title.padEnd(34)}${String(cases).padStart(4)}`;
      return `${head}   ${list(behavior)}   close: ${list(behaviorClose)}`;
    })
    .join("\n");
}
