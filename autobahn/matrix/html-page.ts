/** The matrix as one HTML file that needs no server and no network, in the style of the suite's reports. */
import { escapeXml } from "../../src/conformance/report/formats/junit.ts";
import { PAGE_STYLE } from "../../src/conformance/report/page/style.ts";
import type { Role } from "../testee.ts";
import { defectRows, findingsOf } from "./findings.ts";
import { HOW_CONFIRMED, HOW_TO_READ, overview } from "./page.ts";
import type { Column } from "./testing.ts";

const STYLE = `${PAGE_STYLE}
body { max-width: 110rem; margin: 0 auto; }
main.matrix { display: block; padding: 0 1rem 2rem; }
.matrix td, .matrix th { overflow-wrap: anywhere; min-width: 4.5rem; }
.matrix .name { position: sticky; left: 0; background: Canvas; min-width: 8rem; }
.matrix td.failed { font-weight: 600; }
summary { cursor: pointer; padding: .3rem 0; font-weight: 600; }
code { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
nav a { margin-right: .8rem; }
@media (max-width: 36rem) { .cards tr { display: block; padding: .5rem 0; }
  .cards td { display: block; border: 0; padding: .1rem 0; }
  .cards td::before { content: attr(data-title) " "; color: var(--info); } .cards thead { display: none; } }
`;

/** The page. `date` is that of the run. */
export function matrixHtml(columns: readonly Column[], date: string): string {
  const roles = (["server", "client"] as const).map(
    (role) => [role, columns.filter((column) => column.role === role)] as const,
  );
  const names = new Set(columns.map(({ name }) => name));
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>WebSocket implementations against barewire conform</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${names.size} WebSocket implementations</h1>
<dl><dt>Suite</dt><dd>barewire conform</dd><dt>Date</dt><dd>${escapeXml(date)}</dd></dl>
<p>${escapeXml(HOW_TO_READ.join(" "))}</p>
<nav>${roles.map(([role]) => `<a href="#${role}s">As ${role}s</a>`).join("")}<a href="#confirmed">Confirmed defects</a></nav>
</header>
<main class="matrix">
${roles.map(([role, own]) => rolePart(role, own)).join("\n")}
<h2 id="confirmed">Confirmed with a raw socket</h2>
<p>${escapeXml(HOW_CONFIRMED.join(" "))}</p>
${confirmed(columns)}
</main>
</body>
</html>
`;
}

function rolePart(role: Role, columns: readonly Column[]): string {
  if (columns.length === 0) return "";
  const { rows, sections } = overview(columns);
  const head = ["", "Version", ...sections.map(([section, title]) => `${section} ${title}`)];
  const body = rows.map(([name = "", ...cells]) => {
    const columnsOfRow = cells.map((text) => {
      const isBad = / of /.test(text);
      return `<td${isBad ? ' class="failed"' : ""}>${escapeXml(text)}</td>`;
    });
    return `<tr><th scope="row" class="name">${escapeXml(name)}</th>${columnsOfRow.join("")}</tr>`;
  });
  return `<h2 id="${role}s">As ${role}s</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Sections, as ${role}s"><table>
<thead><tr>${head.map((text) => `<th scope="col">${escapeXml(text)}</th>`).join("")}</tr></thead>
<tbody>${body.join("\n")}</tbody></table></div>
${columns.map(details).join("\n")}`;
}

function details(column: Column): string {
  const findings = findingsOf(column);
  if (findings.length === 0) return "";
  const count = findings.reduce((sum, { cases }) => sum + cases.length, 0);
  const rows = findings.map(({ cases, confirmed, reason, strength, verdict }) => [
    cases.join(", "),
    `${verdict} (${strength})`,
    reason,
    confirmed,
  ]);
  const title = `${column.name} ${column.version} as ${column.role}: ${count} failed`;
  return `<details><summary>${escapeXml(title)}</summary>
${cards(["Cases", "Verdict", "What was seen", "Confirmed"], rows)}</details>`;
}

function confirmed(columns: readonly Column[]): string {
  return cards(["Implementation", "Sent", "Came", "Rule", "Cases"], defectRows(columns));
}

/** A table whose rows are cards on a narrow screen. */
function cards(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (row: readonly string[]) =>
    row.map((text, i) => `<td data-title="${head[i]}">${withCode(text)}</td>`).join("");
  return `<table class="cards"><thead><tr>${head
    .map((text) => `<th scope="col">${text}</th>`)
    .join("")}</tr></thead>
<tbody>${rows.map((row) => `<tr>${cells(row)}</tr>`).join("\n")}</tbody></table>`;
}

const withCode = (text: string) => escapeXml(text).replaceAll(/`([^`]*)`/g, "<code>$1</code>");
