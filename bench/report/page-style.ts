/** Colours of charts, on screens of both kinds. */
const CHART_COLORS = `
:root { color-scheme: light dark; --ink: #1a1d21; --rule: #d8dce1; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --rule: #3a4048; } }
svg text { fill: var(--ink); } .grid { stroke: var(--rule); stroke-width: 1; }
`;

/** The style of a chart in a file of its own. */
export const chartStyle = `${CHART_COLORS}
svg { font: 12.5px system-ui, sans-serif; }
`;

/** The style of the page, on screens of both kinds and on paper. */
export const style = `
:root { color-scheme: light dark; --ink: #1a1d21; --soft: #5b626b; --rule: #d8dce1; --paper: #fff; --good: #0a7a3f; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --soft: #a2a9b2; --rule: #3a4048; --paper: #15181c; --good: #5fd38d; --bad: #ff8a80; }
}
@media print {
  :root { color-scheme: light; --ink: #000; --soft: #444; --rule: #bbb; --paper: #fff; --good: #0a7a3f; --bad: #b3261e; }
  section { break-inside: avoid; }
  body { font-size: 10pt; padding: 0; }
}
* { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { margin: 0 0 .2em; } h2 { margin: 2.2em 0 .5em; font-size: 1.15rem; }
p, dd, dt, li { color: var(--soft); } code { font-size: .92em; color: var(--ink); overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 1rem 0; } dd { margin: 0; color: var(--ink); overflow-wrap: anywhere; }
svg { display: block; width: 100%; max-width: 45rem; height: auto; font: 12.5px system-ui, sans-serif; }
svg text { fill: var(--ink); } .whisker { stroke: var(--ink); stroke-width: 1.5; opacity: .75; } .grid { stroke: var(--rule); stroke-width: 1; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .85rem; margin: .6rem 0; }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid var(--rule); white-space: nowrap; } th { font-weight: 600; color: var(--soft); }
th:first-child, td:first-child { text-align: left; padding-left: 0; } tr.ours td { font-weight: 700; }
.met { color: var(--good); font-weight: 600; } .missed { color: var(--bad); font-weight: 600; } .note { font-size: .85rem; }
`;
