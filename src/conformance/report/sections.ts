/** Results by section, with the agents beside one another. */
import { compareIds, SECTION_TITLES, sectionOf } from "../case-numbers.ts";
import type { CaseResult } from "../result.ts";
import { hasFailed } from "./summary.ts";

/** What one agent did in one section. */
export interface Cell {
  readonly cases: number;
  readonly failed: number;
  /** Cases whose verdict is not OK, but no failure: NON-STRICT, UNIMPLEMENTED and the like. */
  readonly notes: ReadonlyMap<string, number>;
}

/** A section, with a cell for each agent that ran cases of it. */
export interface SectionRow {
  readonly section: string;
  readonly title: string;
  readonly cells: ReadonlyMap<string, Cell>;
}

/** The agents of some results, in the order of their names. */
export function agentsOf(results: readonly CaseResult[]): string[] {
  return [...new Set(results.map(({ agent }) => agent))].sort();
}

/** A row for each section, in the order of sections. */
export function sectionRows(results: readonly CaseResult[], strict: boolean): SectionRow[] {
  const sections = [...new Set(results.map(({ id }) => sectionOf(id)))].sort(compareIds);
  return sections.map((section) => {
    const own = results.filter(({ id }) => sectionOf(id) === section);
    const cells = agentsOf(own).map((agent) => {
      const list = own.filter((result) => result.agent === agent);
      return [agent, cellOf(list, strict)] as const;
    });
    return { section, title: SECTION_TITLES.get(section) ?? "", cells: new Map(cells) };
  });
}

function cellOf(results: readonly CaseResult[], strict: boolean): Cell {
  const notes = new Map<string, number>();
  let failed = 0;
  for (const result of results) {
    const { behavior, behaviorClose } = result;
    const note = behavior === "OK" ? `close ${behaviorClose}` : behavior;
    if (hasFailed(result, strict)) failed++;
    else if (note !== "close OK") notes.set(note, (notes.get(note) ?? 0) + 1);
  }
  return { cases: results.length, failed, notes };
}

/** A cell in words: `"16"`, `"14 of 16, 1 NON-STRICT"`. */
export function cellText({ cases, failed, notes }: Cell): string {
  const passed = failed === 0 ? `${cases}` : `${cases - failed} of ${cases}`;
  return [passed, ...[...notes].map(([note, count]) => `${count} ${note}`)].join(", ");
}
