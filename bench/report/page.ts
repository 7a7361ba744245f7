import { nameOf, OURS } from "../peers.ts";
import { isWeighed } from "../scenarios/scenario.ts";
import { type Bar, barChart } from "./bar-chart.ts";
import { escapeHtml } from "./escape.ts";
import { formatBytes, formatFigure, formatRatio } from "./format.ts";
import { growthCharts } from "./growth.ts";
import { type LineChart, lineChart } from "./line-chart.ts";
import { style } from "./page-style.ts";
import type { Results, ScenarioResult } from "./results.ts";
import { scenarioTable } from "./scenario-table.ts";
import { type Row, summarize } from "./summary.ts";
import { circumstanceLines, scenarioNotes, targetTable } from "./table.ts";
import { judgeTargets } from "./targets.ts";

/** The report as one page that needs nothing else: no script, no font, no image. */
export function renderPage(results: Results): string {
  const { circumstances, scenarios } = results;
  const plain = scenarios.filter(({ scenario }) => scenario.point === undefined);
  const facts = circumstanceLines(circumstances).map(
    ([name, text]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(text)}</dd>`,
  );
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>barewire: benchmark</title>
<style>${style}</style>
</head>
<body>
<h1>barewire: benchmark</h1>
<p>Servers and clients side by side in one run, rounds interleaved. Bars are medians, whiskers
reach half the range of the rounds to either side. <b>net</b> is a raw socket that returns the same bytes: the limit for anything on Node.</p>
<dl>${facts.join("")}</dl>
${targetSection(results)}
${growthSections(scenarios)}
${plain.map(scenarioSection).join("\n")}
</body>
</html>
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const header = head.map((cell) => `<th>${escapeHtml(cell)}</th>`).join("");
  const body = rows.map((row) => {
    const cells = row.map((cell) => `<td${verdictClass(cell)}>${escapeHtml(cell)}</td>`).join("");
    return `<tr${row[0]?.startsWith(OURS) ? ' class="ours"' : ""}>${cells}</tr>`;
  });
  return (
    `<div class="wide"><table><thead><tr>${header}</tr></thead>` +
    `<tbody>${body.join("")}</tbody></table></div>`
  );
}

function verdictClass(cell: string): string {
  return cell === "met" ? ' class="met"' : cell === "NOT MET" ? ' class="missed"' : "";
}

function targetSection(results: Results): string {
  const verdicts = judgeTargets(results);
  if (verdicts.every(({ met }) => met === undefined)) return "";
  const { head, rows } = targetTable(verdicts);
  return `<section><h2>Targets</h2>${table(head, rows)}</section>`;
}

function scenarioSection(result: ScenarioResult): string {
  const { head, rows } = scenarioTable(result);
  const { title, unit } = result.scenario;
  const weighed = isWeighed(result.scenario);
  const measured = summarize(result).filter((row) => Number.isFinite(row.value));
  const bars = measured
    .map(
      (row): Bar => ({
        peer: row.peer,
        name: nameOf(row.peer),
        value: row.value,
        deviation: row.value * row.spread,
        label: barLabel(row, weighed),
      }),
    )
    .sort((a, b) => (weighed ? a.value - b.value : b.value - a.value));
  const sense = weighed ? `${unit}, less is better` : `${unit} per second, more is better`;
  const notes = scenarioNotes(result).map((note) => `<p class="note">${escapeHtml(note)}</p>`);
  return (
    `<section><h2>${escapeHtml(title)}</h2><p class="note">${escapeHtml(sense)}</p>` +
    `${barChart(title, bars)}${table(head, rows)}${notes.join("")}</section>`
  );
}

function barLabel(row: Row, weighed: boolean): string {
  const value = weighed ? formatBytes(Math.round(row.value)) : formatFigure(row.value);
  return row.toWs === undefined ? value : `${value}  (${formatRatio(row.toWs)} ws)`;
}

function growthSections(scenarios: readonly ScenarioResult[]): string {
  return growthCharts(scenarios)
    .map(({ chart }) => chartSection(chart))
    .join("");
}

function chartSection(chart: LineChart): string {
  const xs = [...new Set(chart.series.flatMap(({ points }) => points.map(({ x }) => x)))];
  const head = [chart.xLabel, ...chart.series.map(({ name }) => name)];
  const rows = xs.map((x) => [
    chart.formatX(x),
    ...chart.series.map(({ points }) =>
      formatFigure(points.find((point) => point.x === x)?.y ?? Number.NaN),
    ),
  ]);
  return (
    `<section><h2>${escapeHtml(chart.title)}</h2>${lineChart(chart)}` +
    `<p class="note">${escapeHtml(chart.yLabel)}</p>${table(head, rows)}</section>`
  );
}
