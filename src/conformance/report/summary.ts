/** What results come to: passed or not, by section. */

import { compareIds, SECTION_TITLES, sectionOf } from "../case-numbers.ts";
import type { CaseResult } from "../result.ts";

/** The verdicts of one result. */
export type Verdicts = Pick<CaseResult, "behavior" | "behaviorClose">;

/** How bad a result is: `"strict"` ones count as failed only when strictness is asked for. */
export function severity({ behavior, behaviorClose }: Verdicts): "ok" | "strict" | "failed" {
  // A case without a verdict is no passed case.
  if (behavior === "FAILED" || behavior === "NOT RUN") return "failed";
  if (behaviorClose === "FAILED" || behaviorClose === "WRONG CODE") return "failed";
  if (behavior === "NON-STRICT") return "strict";
  return behaviorClose === "UNCLEAN" || behaviorClose === "FAILED BY CLIENT" ? "strict" : "ok";
}

/** Whether a result lets the run fail. */
export function hasFailed(result: Verdicts, strict: boolean): boolean {
  const how = severity(result);
  return how === "failed" || (strict && how === "strict");
}

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

/** How many results there are, how many failed, and how many are none. */
export function totals(results: readonly CaseResult[], strict: boolean): string {
  const count = (which: (result: CaseResult) => boolean) => results.filter(which).length;
  const missing = count(({ behavior }) => behavior === "NOT RUN");
  const failed = count((result) => hasFailed(result, strict)) - missing;
  const flaky = count((result) => result.flaky);
  const crashed = count((result) => result.crashed);
  return [
    `${results.length} cases, ${failed} failed`,
    ...(crashed > 0 ? [`${crashed} of them crashes`] : []),
    ...(missing > 0 ? [`${missing} not run`] : []),
    ...(flaky > 0 ? [`${flaky} flaky`] : []),
  ].join(", ");
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
