/** Style sheet of the report page, light and dark. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ok: #1a7f37; --strict: #9a6700; --failed: #cf222e;
  --info: #57606a; --line: #8884; }
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.45 system-ui, sans-serif; }
header { padding: .8rem 1rem; border-bottom: 1px solid var(--line); }
h1 { margin: 0 0 .5rem; font-size: 1.2rem; }
form label { margin-right: 1rem; }
main { display: grid; grid-template-columns: minmax(20rem, 1fr) minmax(24rem, 1.3fr); }
#cases { height: calc(100vh - 6rem); overflow: auto; padding: 0 1rem; }
#detail { height: calc(100vh - 6rem); overflow: auto; padding: 0 1rem;
  border-left: 1px solid var(--line); }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .2rem .5rem; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere; }
.log td:first-child { white-space: nowrap; }
thead th { position: sticky; top: 0; background: Canvas; }
.section th { padding-top: 1rem; }
.verdict { cursor: pointer; white-space: nowrap; border: 0; background: none; font: inherit;
  padding: 0; text-align: left; font-weight: 600; }
.ok { color: var(--ok); } .strict { color: var(--strict); } .failed { color: var(--failed); }
.small { color: var(--info); font-size: .85em; }
pre, code { font: 12px/1.4 ui-monospace, monospace; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; border: 1px solid var(--line);
  padding: .5rem; }
.log td { font: 12px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.tx { color: #0969da; } .rx { color: #8250df; }
`;
