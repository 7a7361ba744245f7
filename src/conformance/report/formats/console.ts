/** Results for a terminal. */
import type { CaseResult } from "../../result.ts";
import { reasonOf } from "../reason.ts";
import type { RunInfo } from "../run-info.ts";
import { agentsOf, cellText, sectionRows } from "../sections.ts";
import { hasFailed, sorted, summaryText, totals } from "../summary.ts";

/** A table of the sections, what failed and why, and the totals. Several agents stand side by side. */
export function consoleText(
  results: readonly CaseResult[],
  { partial, strict }: RunInfo,
  folder: string,
): string {
  const table = agentsOf(results).length > 1 ? sideBySide(results, strict) : summaryText(results);
  const failed = sorted(results).filter((result) => hasFailed(result, strict));
  const end = `${partial}${totals(results, strict)}; reports in ${folder}`;
  return `${[table, ...failedLines(failed), end].join("\n")}\n`;
}

function failedLines(failed: readonly CaseResult[]): string[] {
  const hasMany = agentsOf(failed).length > 1;
  const lines = failed
    // There are many of them at once, all for one reason, which is said.
    .filter(({ behavior }) => behavior !== "NOT RUN")
    .map((result) => {
      const { agent, behavior, behaviorClose, flaky, id } = result;
      const verdict = `${behavior} / ${behaviorClose}${flaky ? " (flaky)" : ""}`;
      return `${hasMany ? `${agent}  ` : ""}${id.padEnd(8)} ${verdict}: ${reasonOf(result)}`;
    });
  return lines.length === 0 ? [] : ["", ...lines, ""];
}

/** A column for each agent. */
function sideBySide(results: readonly CaseResult[], strict: boolean): string {
  const agents = agentsOf(results);
  const rows = sectionRows(results, strict).map(({ cells, section, title }) => [
    `${section.padStart(3)}  ${title}`,
    ...agents.map((agent) => {
      const cell = cells.get(agent);
      return cell === undefined ? "-" : cellText(cell);
    }),
  ]);
  const table = [["", ...agents], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((text, column) => text.padEnd(widths[column]!))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
