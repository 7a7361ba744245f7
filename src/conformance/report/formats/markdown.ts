/** Results in Markdown: for a pull request, and the summary of a job on GitHub. */
import type { CaseResult } from "../../result.ts";
import { reasonOf } from "../reason.ts";
import type { RunInfo } from "../run-info.ts";
import { agentsOf, cellText, sectionRows } from "../sections.ts";
import { hasFailed, sorted, totals } from "../summary.ts";

/** Failures in the list at the end; GitHub takes 1 MiB for a summary. */
const MOST = 100;

/** Totals, a table of sections with the agents side by side, and what failed. */
export function markdown(results: readonly CaseResult[], run: RunInfo): string {
  const agents = agentsOf(results);
  const lines = [
    "# WebSocket conformance",
    "",
    `${run.partial}${totals(results, run.strict)}. barewire-conform ${run.version}, ${run.began}.`,
    "",
    row(["Section", ...agents]),
    row(["---", ...agents.map(() => "---")]),
    ...sectionRows(results, run.strict).map(({ cells, section, title }) =>
      row([`${section} ${title}`, ...agents.map((agent) => cell(cells.get(agent)))]),
    ),
    ...failures(results, run),
  ];
  return `${lines.join("\n")}\n`;
}

function cell(of: Parameters<typeof cellText>[0] | undefined): string {
  if (of === undefined) return "–";
  return of.failed > 0 ? `**${cellText(of)}**` : cellText(of);
}

function failures(results: readonly CaseResult[], { strict }: RunInfo): string[] {
  const failed = sorted(results).filter((result) => hasFailed(result, strict));
  if (failed.length === 0) return [];
  const hasMany = agentsOf(results).length > 1;
  const head = ["Case", ...(hasMany ? ["Agent"] : []), "Verdict", "Why", "Rule"];
  const rest = failed.length - MOST;
  return [
    "",
    "## Failed",
    "",
    row(head),
    row(head.map(() => "---")),
    ...failed.slice(0, MOST).map((result) => {
      const { agent, behavior, behaviorClose, id, rules, strength } = result;
      const verdict = `${behavior} / ${behaviorClose}`;
      const rule = `${rules[0] ?? ""} (${strength})`;
      return row([id, ...(hasMany ? [agent] : []), verdict, reasonOf(result), rule]);
    }),
    ...(rest > 0 ? ["", `… and ${rest} more`] : []),
  ];
}

const row = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;

/** What a cell holds is text, whatever a testee is called; only our own emphasis is kept. */
function escapeMarkdown(text: string): string {
  const [, bold] = /^\*\*(.*)\*\*$/s.exec(text) ?? [];
  if (bold !== undefined) return `**${escapeMarkdown(bold)}**`;
  return text.replaceAll(/\s+/g, " ").replaceAll(/[\\`*_|<>[\]]/g, "\\$&");
}
