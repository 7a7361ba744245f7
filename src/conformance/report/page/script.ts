/** Script of the report page. Plain text: it runs in the browser of whoever reads the report. */
export const PAGE_SCRIPT = `
"use strict";
const { results, titles } = JSON.parse(document.getElementById("data").textContent);
const agents = [...new Set(results.map((r) => r.agent))];
const byId = new Map();
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
const el = (name, props = {}, ...children) => {
  const node = Object.assign(document.createElement(name), props);
  node.append(...children);
  return node;
};
const filters = document.getElementById("filters");
for (const [section, title] of Object.entries(titles)) {
  filters.section.append(el("option", { value: section, textContent: section + " " + title }));
}
const sectionOf = (id) => id.split(".")[0];
function matches(id) {
  const { verdict, section, text } = filters;
  if (section.value && sectionOf(id) !== section.value) return false;
  const list = [...byId.get(id).values()];
  if (verdict.value && !list.some((r) => r.severity === verdict.value)) return false;
  const words = text.value.trim().toLowerCase();
  const hay = (id + " " + list[0].description + " " + list[0].rules.join(" ")).toLowerCase();
  return !words || id === words || hay.includes(words);
}
function cell(r) {
  if (!r) return el("td", { textContent: "\\u2013" });
  const label = r.behavior + (r.behaviorClose === "OK" ? "" : " / close " + r.behaviorClose);
  const button = el("button", { className: "verdict " + r.severity, textContent: label });
  button.onclick = () => {
    show(r);
    // On a narrow screen the case is below the list.
    document.getElementById("detail").scrollIntoView({ block: "nearest" });
  };
  return el("td", {}, button, el("span", { className: "small", textContent: " " + r.duration + " ms" }));
}
function list() {
  const head = el("thead", {}, el("tr", {}, el("th", { textContent: "Case" }),
    ...agents.map((a) => el("th", { textContent: a }))));
  const body = el("tbody");
  let section;
  for (const id of ids.filter(matches)) {
    if (sectionOf(id) !== section) {
      section = sectionOf(id);
      const th = el("th", { colSpan: agents.length + 1, textContent: section + "  " + (titles[section] ?? "") });
      body.append(el("tr", { className: "section" }, th));
    }
    const first = [...byId.get(id).values()][0];
    const name = el("td", {}, el("b", { textContent: id }), " ",
      el("span", { className: "small", textContent: first.description }));
    body.append(el("tr", {}, name, ...agents.map((a) => cell(byId.get(id).get(a)))));
  }
  document.getElementById("cases").replaceChildren(el("table", {}, head, body));
}
const http2 = ([[length, hex], type, flags, stream]) => type.toUpperCase() + " stream " + stream +
  (flags ? " flags 0x" + flags.toString(16).padStart(2, "0") : "") + ", " + length + " bytes: " + hex;
// Bytes since the connection began, in each direction; unknown once bytes were left out.
function offsets(log) {
  const at = { T: 0, R: 0 };
  return log.map(([kind, size]) => {
    if (kind === "WLM") at.T = at.R = NaN;
    const step = /^[TR]O$/.test(kind) ? size[0] : /^[TR]H$/.test(kind) ? size[0] + 9 : undefined;
    if (step === undefined) return "";
    const from = at[kind[0]];
    at[kind[0]] += step;
    return Number.isNaN(from) ? "" : "@" + from;
  });
}
const OPCODES = { 0: "continuation", 1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong" };
function entry([kind, ...rest]) {
  const frame = (opcode, fin, rsv, mask) => (OPCODES[opcode] ?? "opcode " + opcode) +
    (fin ? "" : " FIN=0") + (rsv ? " RSV=" + rsv : "") + (mask ? " mask " + mask : "");
  switch (kind) {
    case "TF": return ["tx", "sent frame", frame(rest[1], rest[2], rest[3], rest[4]) + ", " + rest[0][0] + " bytes: " + rest[0][1]];
    case "RF": return ["rx", "got frame", frame(rest[1], rest[2], rest[3], rest[5]) + ", " + rest[0][0] + " bytes: " + rest[0][1]];
    case "TO": return ["tx", "sent bytes", rest[0][0] + ": " + rest[0][1]];
    case "RO": return ["rx", "got bytes", rest[0][0] + ": " + rest[0][1]];
    case "TH": return ["tx", "sent HTTP/2", http2(rest)];
    case "RH": return ["rx", "got HTTP/2", http2(rest)];
    case "KL": return ["", "will fail the connection", "in " + rest[0] + " s"];
    case "KLE": return ["", "fails the connection", "time is up"];
    case "TI": return ["", "will close", "in " + rest[0] + " s"];
    case "TIE": return ["", "closes", "time is up"];
    case "CT": return ["", "waits", rest[0] + " s " + (rest[1] ?? "")];
    case "CTE": return ["", "goes on", rest[0] ?? ""];
    case "WLM": return ["", "record", rest[0] ? "on" : "off"];
    default: return ["", kind, JSON.stringify(rest)];
  }
}
function show(r) {
  const places = offsets(r.wirelog);
  const rows = r.wirelog.map((e, i) => {
    const [css, what, text] = entry(e);
    return el("tr", { className: css }, el("td", { textContent: r.wirelogTimes[i].toFixed(1) + " ms" }),
      el("td", { textContent: places[i] }), el("td", { textContent: what }), el("td", { textContent: text }));
  });
  const p = (name, text) => el("p", {}, el("b", { textContent: name + " " }), text);
  const section = el("div", {},
    el("h2", { textContent: r.id + "  " + r.agent }),
    p("Sent:", r.description), p("Expected:", r.expectation), p("By:", r.rules.join(", ")),
    el("p", {}, el("b", { className: r.severity, textContent: r.behavior + " / close " + r.behaviorClose })),
    p("Why:", r.result), p("Close:", r.resultClose),
    ...(r.faults.length ? [p("Rules broken by the testee:", r.faults.join("; "))] : []),
    ...(Object.keys(r.expected).length ? [
      p("Expected events:", JSON.stringify(r.expected)), p("Received events:", JSON.stringify(r.received)),
      p("Close codes:", "sent " + (r.localCloseCode ?? "none") + ", got " + (r.remoteCloseCode ?? "none") +
        (r.wasNotCleanReason ? " (" + r.wasNotCleanReason + ")" : "")),
    ] : []),
    el("div", { className: "scroll" }, el("table", { className: "log" },
      el("thead", {}, el("tr", {}, ...["Time", "Offset", "What", "Bytes in hex, payload"].map((textContent) => el("th", { textContent })))),
      el("tbody", {}, ...rows))),
    ...(r.wirelogOmitted ? [p("", r.wirelogOmitted + " more entries are not kept.")] : []),
    el("h3", { textContent: "Opening handshake" }),
    el("pre", { textContent: r.httpRequest }), el("pre", { textContent: r.httpResponse }));
  document.getElementById("detail").replaceChildren(section);
  location.hash = encodeURIComponent(r.agent + " " + r.id);
}
filters.oninput = list;
filters.onsubmit = (event) => event.preventDefault();
list();
const wanted = decodeURIComponent(location.hash.slice(1));
const first = results.find((r) => r.agent + " " + r.id === wanted) ??
  results.find((r) => r.severity === "failed") ?? results[0];
if (first) show(first);
`;
