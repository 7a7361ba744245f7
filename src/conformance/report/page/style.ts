/** Style sheet of the report page: light and dark, wide, narrow and on paper. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: #8884; --ok: light-dark(#1a7f37, #3fb950);
  --strict: light-dark(#8a6100, #d29922); --failed: light-dark(#cf222e, #ff7b72);
  --info: light-dark(#57606a, #9198a1); --back: light-dark(#f6f8fa, #161b22); }
* { box-sizing: border-box; }
body { margin: 0; background: Canvas; color: CanvasText; font: 14px/1.45 system-ui, sans-serif; }
header { padding: .8rem 1rem; border-bottom: 1px solid var(--line); }
h1 { margin: 0 0 .3rem; font-size: 1.2rem; }
h2 { margin: 1rem 0 .3rem; font-size: 1.05rem; } h3 { margin: 1rem 0 .3rem; font-size: 1rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .1rem .8rem; margin: .4rem 0; }
dt { color: var(--info); } dd { margin: 0; overflow-wrap: anywhere; }
form { display: flex; flex-wrap: wrap; gap: .4rem 1rem; margin-top: .6rem; }
form select, form input { max-width: 11rem; font: inherit; }
main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
#cases, #detail { padding: 0 1rem 1rem; min-width: 0; }
#detail { border-left: 1px solid var(--line); position: sticky; top: 0; align-self: start;
  max-height: 100vh; overflow: auto; }
#cases { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .25rem .5rem; border-bottom: 1px solid var(--line); vertical-align: top; }
#cases td:first-child { overflow-wrap: anywhere; min-width: 8rem; }
#cases td + td, #cases th + th { width: 1%; min-width: 8.5rem; }
#cases th + th { overflow-wrap: anywhere; }
.section th { padding-top: 1rem; }
tr.shown td { background: var(--back); }
.verdict { font-weight: 600; text-decoration: none; } .verdict:hover { text-decoration: underline; }
.ok { color: var(--ok); } .strict { color: var(--strict); } .failed { color: var(--failed); }
.small { color: var(--info); font-size: .85em; }
.reason { border-left: 4px solid currentcolor; padding: .3rem .7rem; margin: .5rem 0; font-weight: 600; }
.scroll { overflow-x: auto; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line); padding: .5rem; margin: .3rem 0; }
pre, .log td { font: 12px/1.4 ui-monospace, monospace; }
.log td:not(:last-child), .log th { white-space: nowrap; }
.log td:last-child { min-width: 9rem; overflow-wrap: anywhere; }
.log td:nth-child(1), .log td:nth-child(2) { text-align: right; }
.tx { color: light-dark(#0860c7, #79c0ff); } .rx { color: light-dark(#7a3fd0, #d2a8ff); }
@media (max-width: 56rem) {
  main { display: flex; flex-direction: column; }
  #detail { order: -1; align-self: stretch; border-left: 0; border-bottom: 1px solid var(--line);
    position: static; max-height: none; }
  #detail:empty { display: none; }
  #cases td + td, #cases th + th { min-width: 6rem; }
  th, td { padding: .25rem .3rem; }
}
@media (max-width: 36rem) {
  #detail dl { display: block; } #detail dd { margin-bottom: .4rem; }
  #cases td + td .small { display: none; }
  #cases .verdict { font-size: .85em; overflow-wrap: anywhere; }
  #cases td + td, #cases th + th { min-width: 5.2rem; }
}
@media print {
  form, .links { display: none; }
  main { display: block; }
  #detail { border: 0; position: static; max-height: none; overflow: visible; break-before: page; }
  #cases, .scroll { overflow: visible; }
  tr { break-inside: avoid; } thead { display: table-header-group; }
}
`;
