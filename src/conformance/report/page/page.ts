/** One page that holds a whole report and needs nothing else: no server, no network. */
import { SECTION_TITLES, sectionOf } from "../../case-numbers.ts";
import type { CaseResult } from "../../result.ts";
import type { RunInfo } from "../run-info.ts";
import { severity, sorted } from "../summary.ts";
import { PAGE_SCRIPT } from "./script.ts";
import { PAGE_STYLE } from "./style.ts";

/** The page for some results: sections and cases by agent, filters, and each case in detail. */
export function htmlPage(results: readonly CaseResult[], run: RunInfo): string {
  const list = sorted(results).map((result) => ({ ...result, severity: severity(result) }));
  const used = new Set(list.map(({ id }) => sectionOf(id)));
  const titles = [...SECTION_TITLES].filter(([section]) => used.has(section));
  const data = { run, results: list, titles: Object.fromEntries(titles) };
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>WebSocket conformance</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<header>
<h1>WebSocket conformance</h1>
<form id="filters">
<label>Show <select name="verdict">
<option value="">all verdicts</option>
<option value="failed">failed</option>
<option value="strict">non-strict or unclean</option>
<option value="ok">passed</option>
</select></label>
<label>Section <select name="section"><option value="">all</option></select></label>
<label>Text <input name="text" type="search" placeholder="6.4.1, Close, §5.5 …"></label>
</form>
</header>
<main><div id="cases"></div><aside id="detail" aria-live="polite"></aside></main>
<script type="application/json" id="data">${embed(data)}</script>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

/** JSON that can stand inside a script element, whatever strings are in it. */
function embed(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, "\\u003c")
    .replace(/[\u2028\u2029]/g, (c) => (c === "\u2028" ? "\\u2028" : "\\u2029"));
}
