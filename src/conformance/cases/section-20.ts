/** Section 20: what a server answers to opening handshakes (RFC 6455 §4.2, RFC 9112). */
import type { ServerProbe } from "../case.ts";
import type { Finding } from "../finding.ts";
import { clientFrame, namesVersion13, openFault, type Probe } from "../probe.ts";
import { OPCODE } from "../wire/frame.ts";
import { extensionsOf, fieldValues, statusOf } from "../wire/head.ts";
import {
  ANSWER_WAIT,
  adding,
  ask,
  type Change,
  type Field,
  number,
  openFinding,
  probeOf,
  type Row,
  raw,
  renaming,
  row,
  setting,
  starting,
  textOf,
  type Wanted,
  without,
} from "./request-rows.ts";

const REQUIRED = ["Host", "Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"];

const MISSING: readonly Row[] = [
  ...REQUIRED.map((name) => row(`No ${name}`, without(name), [426, 200, 404])),
  row("An empty Sec-WebSocket-Key", setting("Sec-WebSocket-Key", ""), []),
  row("An empty Host", setting("Host", ""), "any", "RFC 9112 §3.2"),
];

const DUPLICATED: readonly Row[] = [
  row("Two Host fields", adding(["Host", "other.example"]), [], "RFC 9112 §3.2"),
  row(
    "Two keys",
    adding(["Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA=="]),
    [],
    "RFC 6455 §11.3.1",
  ),
  row("Two version fields", adding(["Sec-WebSocket-Version", "8"]), [426], "RFC 6455 §11.3.5"),
  row("Connection in two fields", adding(["Connection", "keep-alive"]), "open", "RFC 9110 §5.3"),
  row("Upgrade in two fields", adding(["Upgrade", "h2c"]), "open", "RFC 9110 §5.3"),
];

const SPELLING: readonly Row[] = [
  row(
    "Field names in lower case",
    renaming((name) => name.toLowerCase()),
    "open",
    "RFC 9110 §5.1",
  ),
  row(
    "Field names in upper case",
    renaming((name) => name.toUpperCase()),
    "open",
    "RFC 9110 §5.1",
  ),
  row("Upgrade: WebSocket", setting("Upgrade", "WebSocket"), "open"),
  row("Connection: UPGRADE", setting("Connection", "UPGRADE"), "open"),
  row("Connection: keep-alive, Upgrade", setting("Connection", "keep-alive, Upgrade"), "open"),
  row("Upgrade: h2c, websocket", setting("Upgrade", "h2c, websocket"), "open"),
  row(
    "Blanks and tabs around values",
    raw((text) => text.replace(/: (.*)\r/g, ":\t $1 \t\r")),
    "open",
    "RFC 9112 §5",
  ),
  row(
    "No blank after the colons",
    raw((text) => text.replace(/: /g, ":")),
    "open",
    "RFC 9112 §5",
  ),
  row("Connection: not-upgrade", setting("Connection", "not-upgrade"), [426]),
  row("Upgrade: websockets", setting("Upgrade", "websockets"), [426]),
  row("Upgrade: h2c", setting("Upgrade", "h2c"), [426, 404, 200]),
];

/** §4.4: a refusal for the version says which version would do. */
const version = (value: string): Row => ({
  ...row(
    `Sec-WebSocket-Version: ${value}`,
    setting("Sec-WebSocket-Version", value),
    [426],
    "RFC 6455 §4.4",
  ),
  checkRefusal: (head) =>
    namesVersion13(head) ? undefined : "The answer does not name version 13 (§4.4).",
});

const VERSIONS: readonly Row[] = [
  ...["0", "12", "14", "255", "-13", "abc", "13.0"].map(version),
  row(
    "Sec-WebSocket-Version: 8, of drafts",
    setting("Sec-WebSocket-Version", "8"),
    "any",
    "RFC 6455 §4.4",
  ),
];

const key = (what: string, value: string, wanted: Wanted) =>
  row(`A key ${what}`, setting("Sec-WebSocket-Key", value), wanted);

const KEYS: readonly Row[] = [
  key("of 15 bytes", "YmFyZXdpcmUgY29uZm9y", []),
  key("of 17 bytes", "YmFyZXdpcmUgY29uZm9ybWE=", []),
  key("without its padding", "YmFyZXdpcmUgY29uZm9ybQ", []),
  key("with characters that are not base64", "YmFyZXdpcmUg!29uZm9ybQ==", []),
  key("with a blank in it", "YmFyZXdpcmUg 29uZm9ybQ==", []),
  key("of one character", "x", []),
  { ...key("of zeros", "AAAAAAAAAAAAAAAAAAAAAA==", "any") },
];

const LINES: readonly Row[] = [
  row(
    "POST",
    starting((path) => `POST ${path} HTTP/1.1`),
    [405, 501, 404, 426],
  ),
  row(
    "get in lower case",
    starting((path) => `get ${path} HTTP/1.1`),
    [405, 501],
    "RFC 9110 §9.1",
  ),
  row(
    "HTTP/1.0",
    starting((path) => `GET ${path} HTTP/1.0`),
    [505, 426],
  ),
  row(
    "HTTP/2.0",
    starting((path) => `GET ${path} HTTP/2.0`),
    // §4.2.1 takes "HTTP/1.1 or higher", and by RFC 9110 §2.5 a server can refuse it.
    "any",
  ),
  row(
    "No HTTP version",
    starting((path) => `GET ${path}`),
    [505],
    "RFC 9112 §3",
  ),
  row(
    "Two blanks in the request line",
    starting((path) => `GET  ${path} HTTP/1.1`),
    [],
    "RFC 9112 §3",
  ),
  row(
    "Rubbish after the request line",
    starting((path) => `GET ${path} HTTP/1.1 x`),
    [],
    "RFC 9112 §3",
  ),
  row(
    "The path *",
    starting(() => "GET * HTTP/1.1"),
    [404],
    "RFC 9112 §3.2.4",
  ),
  row(
    "No path",
    starting(() => "GET HTTP/1.1"),
    [],
    "RFC 9112 §3",
  ),
  row(
    "Bytes that are not HTTP",
    raw(() => "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    [],
    "RFC 9112 §3",
  ),
];

const afterHost = (line: string) =>
  raw((text) => text.replace("\r\nUpgrade:", `\r\n${line}\r\nUpgrade:`));

const SMUGGLING: readonly Row[] = [
  row(
    "A blank before a colon",
    raw((text) => text.replace("Upgrade:", "Upgrade :")),
    [],
    "RFC 9112 §5.1",
  ),
  row(
    "A field on two lines",
    raw((text) => text.replace("Connection: ", "Connection:\r\n ")),
    // To put blanks in its place is as right as to refuse it; so for NUL and CR below.
    "any",
    "RFC 9112 §5.2",
  ),
  row("A line without colon", afterHost("rubbish"), [], "RFC 9112 §5"),
  row("A field without name", afterHost(": x"), [], "RFC 9112 §5"),
  row("NUL in a value", afterHost("X-Value: a\0b"), "any", "RFC 9110 §5.5"),
  row("CR in a value", afterHost("X-Value: a\rb"), "any", "RFC 9112 §2.2"),
  row(
    "LF as the end of lines",
    raw((text) => text.replaceAll("\r\n", "\n").replace(/\n\n$/, "\n\r\n\r\n")),
    "any",
    "RFC 9112 §2.2",
  ),
  row(
    "Content-Length and Transfer-Encoding",
    raw((text) =>
      text.replace(/\r\n$/, "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ),
    [501],
    "RFC 9112 §6.1",
  ),
  row(
    "Two different Content-Length",
    raw((text) => text.replace(/\r\n$/, "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!")),
    [],
    "RFC 9112 §6.3",
  ),
  row(
    "A body of five bytes",
    raw((text) => text.replace(/\r\n$/, "Content-Length: 5\r\n\r\nhello")),
    "any",
    "RFC 9110 §7.8",
  ),
  row("A negative Content-Length", afterHost("Content-Length: -1"), [], "RFC 9112 §6.3"),
  row("A Host with a blank in it", setting("Host", "a b"), [], "RFC 9112 §3.2"),
  row("A Host with a path", setting("Host", "example.com/x"), [], "RFC 9112 §3.2"),
];

const SUBPROTOCOLS: readonly Row[] = [
  {
    ...row(
      "Subprotocols a.example and b.example",
      adding(["Sec-WebSocket-Protocol", "a.example, b.example"]),
      "open",
      "RFC 6455 §4.2.2",
    ),
  },
  row(
    "An unknown extension",
    adding(["Sec-WebSocket-Extensions", "x-unknown; a=1"]),
    "open",
    "RFC 6455 §9.1",
  ),
  row(
    "An extension field that ends in a quote",
    adding(["Sec-WebSocket-Extensions", 'x; a="b']),
    "any",
    "RFC 6455 §9.1",
  ),
  row(
    "An extension field of commas",
    adding(["Sec-WebSocket-Extensions", ",,;,"]),
    "any",
    "RFC 6455 §9.1",
  ),
  row(
    "A subprotocol with a blank in it",
    adding(["Sec-WebSocket-Protocol", "a b"]),
    "any",
    "RFC 6455 §4.1",
  ),
  row("An unknown field", adding(["X-Unknown", "value"]), "open", "RFC 9110 §5.1"),
];

/** The right request in pieces, or with frames behind it. */
function whole(
  id: string,
  what: string,
  send: (probe: Probe, text: string) => Promise<Finding>,
): ServerProbe {
  return {
    kind: "server-probe",
    only: "server",
    http: "1.1",
    id,
    description: `${what}.`,
    expectation: "The connection opens; a message sent with the request comes back.",
    rules: ["RFC 6455 §4.2", "RFC 9112 §2.2"],
    probe: (probe) => send(probe, textOf(probe.rightRequest())),
  };
}

async function echoFinding(probe: Probe, text: string, chop: number | undefined): Promise<Finding> {
  const connection = await probe.connect();
  const bytes = Buffer.concat([Buffer.from(text, "latin1"), clientFrame(OPCODE.text, "early")]);
  connection.send(bytes, chop === undefined ? {} : { chop });
  const head = await connection.head(ANSWER_WAIT);
  const fault = openFault(head);
  if (fault !== undefined) return { behavior: "FAILED", result: fault };
  const echo = await connection.message(ANSWER_WAIT);
  if (echo?.toString() === "early") return { behavior: "OK", result: "The message came back." };
  return { behavior: "FAILED", result: "The message sent with the request did not come back." };
}

const PIECES: readonly ServerProbe[] = [
  whole("20.8.1", "The request byte by byte, then a message", (probe, text) =>
    echoFinding(probe, text, 1),
  ),
  whole("20.8.2", "The request in pieces of 7 bytes, then a message", (probe, text) =>
    echoFinding(probe, text, 7),
  ),
  whole("20.8.3", "The request and a message in one write", (probe, text) =>
    echoFinding(probe, text, undefined),
  ),
  whole(
    "20.8.4",
    "An empty line before the request, which §2.2 says to ignore",
    async (probe, text) => {
      const finding = await echoFinding(probe, `\r\n${text}`, undefined);
      return finding.behavior === "OK"
        ? finding
        : { behavior: "NON-STRICT", result: finding.result };
    },
  ),
];

/** Heads without measure: refused, and the server lives on. */
function large(id: string, what: string, change: Change): ServerProbe {
  const base = probeOf(id, row(what, change, [431, 414, 413, 404], "RFC 6585 §5"));
  return {
    ...base,
    expectation: "Refused with an HTTP error or the end of TCP, and the next client is served.",
    probe: async (probe) => {
      const finding = await base.probe(probe);
      if (!(await probe.alive())) {
        return { behavior: "FAILED", result: "The server serves no fresh connection any more." };
      }
      // The server may well stop reading before it has read all there is.
      return finding.behavior === "NON-STRICT" ? { ...finding, behavior: "OK" } : finding;
    },
  };
}

const LARGE: readonly ServerProbe[] = [
  large("20.9.1", "A field of 1 MiB", adding(["X-Large", "x".repeat(2 ** 20)])),
  large(
    "20.9.2",
    "20,000 fields",
    adding(...Array.from({ length: 20_000 }, (_, i): Field => [`X-${i}`, "x"])),
  ),
  large(
    "20.9.3",
    "A path of 1 MiB",
    starting((path) => `GET ${path}${"x".repeat(2 ** 20)} HTTP/1.1`),
  ),
  large("20.9.4", "A field name of 1 MiB", adding(["X".repeat(2 ** 20), "x"])),
];

const ONE_OF_TWO: Row["check"] = (head) => {
  const chosen = fieldValues(head, "Sec-WebSocket-Protocol");
  const allowed =
    chosen.length === 0 || (chosen.length === 1 && /^[ab]\.example$/.test(chosen[0]!));
  return allowed ? undefined : `Chose the subprotocol ${chosen.join(", ")}.`;
};

/** {@link checkAnswer} refuses any subprotocol; here one of two may be chosen. */
const choosing: ServerProbe = {
  ...probeOf("20.7.1", SUBPROTOCOLS[0]!),
  expectation: "The connection opens with one of the two subprotocols, or with none.",
  probe: async (probe) => {
    const { head } = await ask(probe, SUBPROTOCOLS[0]!.change);
    if (head === undefined || statusOf(head) !== 101) return openFinding(head, undefined);
    const fault =
      ONE_OF_TWO(head) ??
      (extensionsOf(head).length > 0 ? "An extension was not offered." : undefined);
    if (fault !== undefined) return { behavior: "FAILED", result: fault };
    return { behavior: "OK", result: "Opened." };
  },
};

/** Cases 20.1.1 to 20.9.4. */
export const SECTION_20: readonly ServerProbe[] = [
  ...number(1, MISSING),
  ...number(2, DUPLICATED),
  ...number(3, SPELLING),
  ...number(4, VERSIONS),
  ...number(5, KEYS),
  ...number(6, LINES),
  choosing,
  ...number(7, SUBPROTOCOLS).slice(1),
  ...PIECES,
  ...LARGE,
  ...number(10, SMUGGLING),
];
