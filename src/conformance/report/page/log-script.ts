/** Script of the report page that makes rows of the record of a connection. */
export const LOG_SCRIPT = `
const OPCODES = { 0: "continuation", 1: "text", 2: "binary", 8: "Close", 9: "Ping", 10: "Pong" };
const hex = (text) => text.replace(/[0-9a-f]{2}(?=[0-9a-f])/g, "$& ");
// Bytes since the connection began, in each direction; unknown once bytes were left out.
function offsets(log) {
  const at = { T: 0, R: 0 };
  return log.map(([kind, size]) => {
    if (kind === "WLM") at.T = at.R = NaN;
    const step = /^[TR]O$/.test(kind) ? size[0] : /^[TR]H$/.test(kind) ? size[0] + 9 : undefined;
    if (step === undefined) return "";
    const from = at[kind[0]];
    at[kind[0]] += step;
    return Number.isNaN(from) ? "" : String(from);
  });
}
function frameWords(opcode, fin, rsv, mask) {
  return [OPCODES[opcode] ?? "opcode " + opcode, fin ? "" : "FIN 0", rsv ? "RSV " + rsv : "",
    mask ? "mask " + mask : ""].filter(Boolean).join(", ");
}
// Direction, what it is, bytes, content. Marks of timers have no direction.
function entry([kind, ...rest]) {
  switch (kind) {
    case "TF": return ["tx", frameWords(rest[1], rest[2], rest[3], rest[4]), rest[0][0], rest[0][1]];
    case "RF": return ["rx", frameWords(rest[1], rest[2], rest[3], rest[5]), rest[0][0], rest[0][1]];
    case "TO": return ["tx", "on the wire", rest[0][0], hex(rest[0][1])];
    case "RO": return ["rx", "on the wire", rest[0][0], hex(rest[0][1])];
    case "TH": case "RH": {
      const [[length, bytes], type, flags, stream] = rest;
      const what = type.toUpperCase() + ", stream " + stream + (flags ? ", flags 0x" + flags.toString(16) : "");
      return [kind === "TH" ? "tx" : "rx", what, length, hex(bytes)];
    }
    case "KL": return ["", "will fail the connection in " + rest[0] + " s", "", ""];
    case "KLE": return ["", "fails the connection: time is up", "", ""];
    case "TI": return ["", "will close in " + rest[0] + " s", "", ""];
    case "TIE": return ["", "closes: time is up", "", ""];
    case "CT": return ["", "waits " + rest[0] + " s " + (rest[1] ?? ""), "", ""];
    case "CTE": return ["", "goes on " + (rest[0] ?? ""), "", ""];
    case "WLM": return ["", "record " + (rest[0] ? "on" : "off"), "", ""];
    default: return ["", kind, "", rest.map(String).join(" ")];
  }
}
function logTable(r) {
  const places = offsets(r.wirelog);
  const rows = r.wirelog.map((line, i) => {
    const [css, what, bytes, content] = entry(line);
    const who = { tx: "judge \\u2192", rx: "\\u2190 testee" }[css] ?? "";
    const cells = [r.wirelogTimes[i].toFixed(1), places[i], who, what, bytes, content];
    return el("tr", { className: css }, ...cells.map((text) => el("td", { textContent: text })));
  });
  const titles = ["ms", "at", "from", "Frame", "Bytes", "Payload or hex"];
  const head = el("tr", {}, ...titles.map((textContent) => el("th", { textContent, scope: "col" })));
  const table = el("table", { className: "log" }, el("thead", {}, head), el("tbody", {}, ...rows));
  return el("div", { className: "scroll", tabIndex: 0, role: "region", ariaLabel: "Frames" }, table);
}
`;
