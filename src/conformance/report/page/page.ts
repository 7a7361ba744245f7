/** One page that holds a whole report and needs nothing else: no server, no network. */
import { SECTION_TITLES, sectionOf } from "../../case-numbers.ts";
import type { CaseResult } from "../../result.ts";
import { escapeXml } from "../formats/junit.ts";
import type { RunInfo } from "../run-info.ts";
import { agentsOf, cellText, sectionRows } from "../sections.ts";
import { severity, sorted, totals } from "../summary.ts";
import { LOG_SCRIPT } from "./log-script.ts";
import { PAGE_SCRIPT } from "./script.ts";
import { PAGE_STYLE } from "./style.ts";

/** The page for some results: what was run, the sections, cases by agent, filters, each case in detail. */
export function htmlPage(results: readonly CaseResult[], run: RunInfo): string {
  const list = sorted(results).map((result) => ({ ...result, severity: severity(result) }));
  const used = new Set(list.map(({ id }) => sectionOf(id)));
  const titles = [...SECTION_TITLES].filter(([section]) => used.has(section));
  const data = { results: list, titles: Object.fromEntries(titles) };
  const names = run.testees.map(({ agent }) => agent).join(", ");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>WebSocket conformance${names === "" ? "" : `: ${escapeXml(names)}`}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>WebSocket conformance</h1>
${aboutRun(results, run)}
<details><summary>Sections</summary><div class="scroll">${sectionsTable(results, run)}</div></details>
${FILTERS}
</header>
<main><div id="cases"></div><aside id="detail" aria-live="polite"></aside></main>
<script type="application/json" id="data">${embed(data)}</script>
<script>${LOG_SCRIPT}${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

const FILTERS = `<form id="filters">
<label>Show <select name="verdict">
<option value="">all verdicts</option>
<option value="failed">failed</option>
<option value="strict">non-strict or unclean</option>
<option value="ok">passed</option>
<option value="flaky">flaky</option>
</select></label>
<label>Rule <select name="strength"><option value="">of any strength</option>
<option>MUST</option><option>SHOULD</option><option>MAY</option><option>robustness</option></select></label>
<label>Section <select name="section"><option value="">all</option></select></label>
<label>Text <input name="text" type="search" placeholder="6.4.1, Close, §5.5 …"></label>
</form>`;

/** Who was tested, when, how, and what it came to. */
function aboutRun(results: readonly CaseResult[], run: RunInfo): string {
  const testees = run.testees.map(({ agent, url }) =>
    url === undefined ? agent : `${agent}, ${url}`,
  );
  const facts = [
    [run.role === "server" ? "Server" : "Client", testees.join("; ")],
    ["Result", `${run.partial}${totals(results, run.strict)}`],
    ["Date", run.began],
    ["Suite", `barewire-conform ${run.version}`],
    ["Options", run.options.join(" ")],
  ] as const;
  const rows = facts
    .filter(([, text]) => text !== "")
    .map(([name, text]) => `<dt>${name}</dt><dd>${escapeXml(text)}</dd>`);
  return `<dl>${rows.join("")}</dl>`;
}

function sectionsTable(results: readonly CaseResult[], { strict }: RunInfo): string {
  const agents = agentsOf(results);
  const head = ["Section", ...agents].map((text) => `<th scope="col">${escapeXml(text)}</th>`);
  const rows = sectionRows(results, strict).map(({ cells, section, title }) => {
    const columns = agents.map((agent) => {
      const cell = cells.get(agent);
      const text = cell === undefined ? "–" : cellText(cell);
      return `<td${(cell?.failed ?? 0) > 0 ? ' class="failed"' : ""}>${escapeXml(text)}</td>`;
    });
    return `<tr><td>${section} ${escapeXml(title)}</td>${columns.join("")}</tr>`;
  });
  return `<table><thead><tr>${head.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

/** JSON that can stand inside a script element, whatever strings are in it. */
function embed(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, "\\u003c")
    .replace(/[\u2028\u2029]/g, (c) => (c === "\u2028" ? "\\u2028" : "\\u2029"));
}
