/** Script of the report page. Plain text: it runs in the browser of whoever reads the report. */
export const PAGE_SCRIPT = `
"use strict";
const { results, titles } = JSON.parse(document.getElementById("data").textContent);
const agents = [...new Set(results.map((r) => r.agent))];
const byId = new Map();
// The results are in the order of agents, those of each in the order of cases.
for (const r of results) {
  if (!byId.has(r.id)) byId.set(r.id, new Map());
  byId.get(r.id).set(r.agent, r);
}
const parts = (id) => id.split(".").map(Number);
const ids = [...byId.keys()].sort((a, b) => {
  const [x, y] = [parts(a), parts(b)];
  for (let i = 0; i < Math.max(x.length, y.length); i++) {
    const d = (x[i] ?? -1) - (y[i] ?? -1);
    if (d) return d;
  }
  return 0;
});
function el(name, props = {}, ...children) {
  const node = Object.assign(document.createElement(name), props);
  node.append(...children);
  return node;
}
const filters = document.getElementById("filters");
for (const [section, title] of Object.entries(titles)) {
  filters.section.append(el("option", { value: section, textContent: section + " " + title }));
}
const sectionOf = (id) => id.split(".")[0];
const linkOf = (r) => "#" + encodeURIComponent(agents.length > 1 ? r.agent + " " + r.id : r.id);
const labelOf = (r) => r.behavior + (r.behaviorClose === "OK" || r.behaviorClose === r.behavior ? "" : " / close " + r.behaviorClose) +
  (r.crashed ? ", crash" : "") + (r.flaky ? ", flaky" : "");
function matches(id) {
  const { verdict, section, strength, text } = filters;
  const list = [...byId.get(id).values()];
  if (section.value && sectionOf(id) !== section.value) return false;
  if (verdict.value === "flaky" ? !list.some((r) => r.flaky) : verdict.value && !list.some((r) => r.severity === verdict.value)) return false;
  if (strength.value && !list.some((r) => r.strength === strength.value)) return false;
  const words = text.value.trim().toLowerCase();
  const hay = (id + " " + list[0].description + " " + list.flatMap((r) => [...r.rules, r.result]).join(" ")).toLowerCase();
  return !words || id === words || hay.includes(words);
}
function cell(r) {
  if (!r) return el("td", { textContent: "\\u2013" });
  const link = el("a", { className: "verdict " + r.severity, textContent: labelOf(r), href: linkOf(r) });
  return el("td", {}, link, " ", el("span", { className: "small", textContent: r.strength }));
}
function list() {
  const head = el("thead", {}, el("tr", {}, ...["Case", ...agents].map((textContent) => el("th", { textContent, scope: "col" }))));
  const body = el("tbody");
  let section;
  for (const id of ids.filter(matches)) {
    if (sectionOf(id) !== section) {
      section = sectionOf(id);
      const th = el("th", { colSpan: agents.length + 1, textContent: section + "  " + (titles[section] ?? "") });
      body.append(el("tr", { className: "section" }, th));
    }
    const first = [...byId.get(id).values()][0];
    const name = el("td", {}, el("b", { textContent: id }), " ", el("span", { className: "small", textContent: first.description }));
    const row = el("tr", {}, name, ...agents.map((a) => cell(byId.get(id).get(a))));
    row.dataset.id = id;
    body.append(row);
  }
  if (!body.children.length) body.append(el("tr", {}, el("td", { textContent: "No case is like this." })));
  document.getElementById("cases").replaceChildren(el("table", {}, head, body));
  mark();
}
let shown;
function mark() {
  for (const row of document.querySelectorAll("#cases tr")) row.classList.toggle("shown", row.dataset.id === shown?.id);
}
const events = (list) => list.length ? list.map(([kind, ...rest]) => kind === "message"
  ? (rest[1] ? "binary " : "text ") + JSON.stringify(rest[0]) : kind + " " + JSON.stringify(rest[0])).join(", ") : "none";
function facts(r) {
  const list = [["Sent", r.description], ["Expected", r.expectation], ["Rule", r.rules.join(", ") + " (" + r.strength + ")"],
    ["Close", r.resultClose], ...(r.faults.length ? [["Rules broken by the testee", r.faults.join("; ")]] : []),
    ...Object.entries(r.expected).map(([verdict, wanted]) => ["Events for " + verdict, events(wanted)]),
    ...(Object.keys(r.expected).length ? [["Events that came", events(r.received)], ["Close codes",
      "sent " + (r.localCloseCode ?? "none") + ", got " + (r.remoteCloseCode ?? "none")]] : []),
    ...(r.attempts.length > 1 ? [["Verdicts of all runs", r.attempts.join("; ")]] : []),
    ["Took", r.duration + " ms, from " + r.started]];
  return el("dl", {}, ...list.flatMap(([name, text]) => [el("dt", { textContent: name }), el("dd", { textContent: text })]));
}
function show(r) {
  shown = r;
  const isFine = r.behavior === "OK" || r.behavior === "INFORMATIONAL";
  const why = isFine && r.severity !== "ok" ? r.resultClose : r.result;
  const detail = document.getElementById("detail");
  detail.replaceChildren(
    el("h2", { textContent: r.id + "  " + r.agent }),
    el("p", { className: "reason " + r.severity }, labelOf(r) + ": " + why),
    el("p", { className: "links small" }, el("a", { href: linkOf(r), textContent: "link to this case" })),
    facts(r), el("h3", { textContent: "Frames" }), logTable(r),
    ...(r.wirelogOmitted ? [el("p", { textContent: r.wirelogOmitted + " more entries are not kept." })] : []),
    el("h3", { textContent: "Opening handshake" }),
    el("pre", { textContent: r.httpRequest }), el("pre", { textContent: r.httpResponse }));
  detail.scrollTop = 0;
  mark();
}
function wanted() {
  const name = decodeURIComponent(location.hash.slice(1));
  return results.find((r) => r.agent + " " + r.id === name) ?? results.find((r) => r.id === name);
}
addEventListener("hashchange", () => {
  const r = wanted();
  if (!r) return;
  show(r);
  // On a narrow screen the case stands above the list.
  if (innerWidth < 900) document.getElementById("detail").scrollIntoView();
});
filters.oninput = list;
filters.onsubmit = (event) => event.preventDefault();
list();
const first = wanted() ?? results.find((r) => r.severity === "failed") ?? results[0];
if (first && (wanted() || innerWidth >= 900)) show(first);
`;
