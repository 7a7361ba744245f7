/** The matrix as a page in Markdown: implementations against sections, and what was found in each. */
import { cellText, sectionRows } from "../../src/conformance/report/sections.ts";
import type { Role } from "../testee.ts";
import { defectRows, findingsOf } from "./findings.ts";
import type { Column } from "./testing.ts";

/** Reasons that are listed for one implementation; the reports have all. */
const MOST = 40;

/** Lines that every form of the page begins with. */
export const HOW_TO_READ = [
  "Read it with care. A testee is a program of a few lines with the defaults of its library, but for",
  "compression, which is on where there is any, and limits of sizes. FAILED says that the testee did not do",
  "what a MUST of an RFC asks, in the one place that the case is about, or that it did not outlive the case; some",
  "libraries leave that to their users, and say so. Verdicts below MUST are counted and not listed.",
];

/** What is said of the confirmations. */
export const HOW_CONFIRMED = [
  "The bytes in this list were sent by a plain socket, without the suite, and what came was read by other code.",
  "A probe stands for the cases of one kind: one text that is not UTF-8 for all of section 6. What has no probe,",
  "such as memory, was seen by the suite only: look at the report of the case before you believe it.",
];

/** The page. `date` is that of the run. */
export function matrixPage(columns: readonly Column[], date: string): string {
  const parts = [
    "# Matrix of implementations",
    "",
    `Made by \`npm run matrix -- --write-docs\` on ${date}: \`barewire conform\` against implementations`,
    "from the registries, with the testees of `conformance-testees/` and `autobahn/compare/peers/`. The same as one",
    "page to be read on a phone is `implementations.html` on the site, `docs/public/implementations.html` here.",
    "",
    ...HOW_TO_READ,
    "",
    "## Confirmed with a raw socket",
    "",
    ...HOW_CONFIRMED,
    "",
    ...table([
      ["Implementation", "What was sent", "What came", "Rule", "Cases"],
      ...defectRows(columns),
    ]),
    "",
    ...(["server", "client"] as const).flatMap((role) =>
      roleParts(
        columns.filter((column) => column.role === role),
        role,
      ),
    ),
  ];
  return `${parts.join("\n").trimEnd()}\n`;
}

/** A table of implementations against sections. */
export function overview(columns: readonly Column[]): {
  readonly sections: readonly (readonly [section: string, title: string])[];
  readonly rows: readonly (readonly string[])[];
} {
  const results = columns.flatMap((column) => column.results);
  const sections = sectionRows(results, false).map(
    ({ section, title }) => [section, title] as const,
  );
  const rows = columns.map((column) => {
    const own = new Map(sectionRows(column.results, false).map((row) => [row.section, row]));
    const cells = sections.map(([section]) => {
      const cell = [...(own.get(section)?.cells.values() ?? [])][0];
      return cell === undefined ? "–" : cellText(cell);
    });
    return [column.name, `${column.language}, ${column.version}`, ...cells];
  });
  return { sections, rows };
}

function roleParts(columns: readonly Column[], role: Role): string[] {
  if (columns.length === 0) return [];
  const { rows, sections } = overview(columns);
  return [
    `## As ${role}s`,
    "",
    sections.map(([section, title]) => `${section}: ${title}`).join("; "),
    "",
    ...table([["", "", ...sections.map(([section]) => section)], ...rows]),
    "",
    ...columns.flatMap(listed),
  ];
}

function table([head = [], ...rows]: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

const escapeCell = (text: string) => text.replaceAll("|", "\\|").replaceAll("<", "\\<");

/** The cases that failed, one line for each reason. */
function listed(column: Column): string[] {
  const findings = findingsOf(column);
  if (findings.length === 0) return [];
  const rest = findings.length - MOST;
  return [
    `### ${column.name} as ${column.role}`,
    "",
    ...table([
      ["Cases", "Verdict", "Rule", "Where it stands, and what was seen", "Confirmed"],
      ...findings
        .slice(0, MOST)
        .map(({ cases, confirmed, reason, strength, verdict }) => [
          cases.join(", "),
          verdict,
          strength,
          reason,
          confirmed,
        ]),
    ]),
    ...(rest > 0 ? ["", `… and ${rest} more.`] : []),
    "",
  ];
}
