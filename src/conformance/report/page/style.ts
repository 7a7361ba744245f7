/** Style sheet of the report page, light and dark. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --line: #8884; --ok: light-dark(#1a7f37, #3fb950);
  --strict: light-dark(#9a6700, #d29922); --failed: light-dark(#cf222e, #ff7b72);
  --info: light-dark(#57606a, #9198a1); }
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.45 system-ui, sans-serif; }
header { padding: .8rem 1rem; border-bottom: 1px solid var(--line); }
h1 { margin: 0 0 .5rem; font-size: 1.2rem; }
form { display: flex; flex-wrap: wrap; gap: .4rem 1rem; }
form select, form input { max-width: 12rem; }
main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1.1fr); }
#cases { height: calc(100vh - 6rem); overflow: auto; padding: 0 1rem; }
#detail { height: calc(100vh - 6rem); overflow: auto; padding: 0 1rem;
  border-left: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .2rem .5rem; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere; }
#cases td:first-child { min-width: 13rem; }
#cases th, #cases td { overflow-wrap: normal; }
.verdict, .small { overflow-wrap: break-word; }
#cases th + th { overflow-wrap: anywhere; }
#cases td + td { min-width: 7rem; }
.scroll { overflow-x: auto; }
.log td:not(:last-child), .log th { white-space: nowrap; }
.log td:last-child { min-width: 14rem; }
thead th { position: sticky; top: 0; background: Canvas; }
.section th { padding-top: 1rem; }
.verdict { cursor: pointer; border: 0; background: none; font: inherit;
  padding: 0; text-align: left; font-weight: 600; }
.ok { color: var(--ok); } .strict { color: var(--strict); } .failed { color: var(--failed); }
.small { color: var(--info); font-size: .85em; }
pre, code { font: 12px/1.4 ui-monospace, monospace; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line);
  padding: .5rem; }
.log td { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.tx { color: light-dark(#0969da, #79c0ff); } .rx { color: light-dark(#8250df, #d2a8ff); }
@media (max-width: 60rem) {
  main { display: block; }
  #cases { height: 55vh; border-bottom: 1px solid var(--line); }
  #detail { height: auto; border-left: 0; }
}
`;
