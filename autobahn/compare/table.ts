/** The outcome of a comparison as text. */
import { SECTIONS, sectionOf } from "../cases.ts";
import type { Role } from "../testee.ts";
import { isDefect, type Judgement } from "./known.ts";
import type { Difference } from "./verdicts.ts";

/** One peer in one role, compared. */
export interface Compared {
  readonly peer: string;
  readonly role: Role;
  /** Cases that both suites were asked for. */
  readonly cases: readonly string[];
  readonly differences: readonly (Difference & { readonly judgement: Judgement })[];
  /** Seconds that each suite took for the first run. */
  readonly seconds: { readonly autobahn: number; readonly conform: number };
}

/** A table with a row for each peer and role and a column for each section, as Markdown. */
export function comparisonTable(rows: readonly Compared[]): string {
  const sections = [...SECTIONS.keys()].filter((section) =>
    rows.some(({ cases }) => cases.some((id) => sectionOf(id) === section)),
  );
  const lines = [
    ["peer", "role", ...sections, "all", "Autobahn", "conform"],
    ...rows.map((row) => [
      row.peer,
      row.role,
      ...sections.map((section) => cell(row, (id) => sectionOf(id) === section)),
      cell(row, () => true),
      `${row.seconds.autobahn.toFixed(0)} s`,
      `${row.seconds.conform.toFixed(0)} s`,
    ]),
  ];
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const text = lines.map(
    (line) => `| ${line.map((part, i) => part.padEnd(widths[i]!)).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [text[0], rule, ...text.slice(1)].join("\n");
}

/** `145`, or `145 (2t 1≠)` where 2 of them differed by timing and 1 otherwise. */
function cell(row: Compared, wanted: (id: string) => boolean): string {
  const count = row.cases.filter(wanted).length;
  if (count === 0) return "";
  const found = row.differences.filter(({ id }) => wanted(id));
  const notes = MARKS.flatMap(([kinds, mark]) => {
    const number = found.filter(({ judgement }) => kinds.includes(judgement.kind)).length;
    return number === 0 ? [] : [`${number}${mark}`];
  });
  return notes.length === 0 ? String(count) : `${count} (${notes.join(" ")})`;
}

const MARKS: readonly (readonly [kinds: readonly Judgement["kind"][], mark: string])[] = [
  [["timing"], "t"],
  [["design"], "d"],
  [["unexplained timing"], "u"],
  [["different"], "≠"],
];

/** Explains the marks of {@link comparisonTable}. */
export const LEGEND = `Numbers are cases on which both suites gave the same two verdicts at once, but for:
t  by timing: run again, both have given the same verdict at times; the reason is known
d  by design: the reason is known
u  by timing, without a known reason
≠  different, in every run`;

/** Every difference in lines, with all the verdicts that were seen. */
export function differenceLines(rows: readonly Compared[]): string[] {
  return rows.flatMap(({ peer, role, differences }) =>
    differences.flatMap(({ id, autobahn, conform, judgement }) => [
      `${peer} as ${role}, ${id}: ${judgement.kind}${judgement.reason === undefined ? "" : `: ${judgement.reason}`}`,
      `    Autobahn: ${[...autobahn].join(", ")}`,
      `    conform:  ${[...conform].join(", ")}`,
    ]),
  );
}

/** Whether nothing differs that is not known. */
export function allKnown(rows: readonly Compared[]): boolean {
  return rows.every(({ differences }) =>
    differences.every(({ judgement }) => !isDefect(judgement)),
  );
}
