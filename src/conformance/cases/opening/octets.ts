/** Requests in pieces, with frames or bodies behind them, too large, and out of grammar. */
import type { RequestCase } from "../../case.ts";
import { clientFrame } from "../../drive/raw-connection.ts";
import { adding, asItIs, type Field, raw, setting, starting } from "../../opening/head-changes.ts";
import { breaks, meets, type Outcome, weakens } from "../../outcome.ts";
import { OPCODE } from "../../wire/frame.ts";
import { message } from "../steps.ts";
import { either, numbered, type Row, refused, requestCase, shouldRefuse } from "./request-rows.ts";

const HELLO = "early";

/** The request comes in pieces; a message follows the answer, and comes back. */
const inPieces = (id: string, what: string, chop: number): RequestCase => ({
  ...requestCase(id, {
    what,
    change: asItIs,
    rule: "octets",
    outcomes: [meets({ opening: "open", events: [message(HELLO)] })],
  }),
  pace: { chop },
  afterwards: HELLO,
});

/** Only the client is bound not to send before the answer has come (RFC 6455 §4.1). */
const EARLY: readonly Outcome[] = [
  meets({ opening: "open", events: [message(HELLO)] }, "The message came back."),
  breaks({ opening: "open" }, "earlyData", "The message was dropped."),
  breaks({ opening: "refused" }, "earlyData", "Refused."),
  breaks({ opening: "ended" }, "earlyData", "The connection was ended."),
  weakens({ opening: "silent" }, "No answer came."),
];

const PIECES: readonly RequestCase[] = [
  inPieces("20.8.1", "The request byte by byte, and a message once it is answered", 1),
  inPieces("20.8.2", "The request in pieces of 7 bytes, and a message once it is answered", 7),
  {
    ...requestCase("20.8.3", {
      what: "The request and a message in one write",
      change: asItIs,
      rule: "earlyData",
      outcomes: EARLY,
      otherwise: "handshake",
    }),
    behind: () => clientFrame(OPCODE.text, HELLO),
    listen: 1000,
  },
  {
    ...requestCase("20.8.4", {
      what: "An empty line before the request",
      change: raw((text) => `\r\n${text}`),
      rule: "emptyLine",
      outcomes: [meets({ opening: "open", events: [message(HELLO)] })],
    }),
    afterwards: HELLO,
  },
];

/** HTTP has no limits of its own: whatever comes of it, the next client must be served. */
const large = (id: string, what: string, change: Row["change"]): RequestCase => ({
  ...requestCase(id, { what, change, rule: "livesOn", outcomes: [] }),
  dangerous: true,
});

const MIB = 2 ** 20;

const LARGE: readonly RequestCase[] = [
  large("20.9.1", "A field of 1 MiB", adding(["X-Large", "x".repeat(MIB)])),
  large(
    "20.9.2",
    "20,000 fields",
    adding(...Array.from({ length: 20_000 }, (_, i): Field => [`X-${i}`, "x"])),
  ),
  large(
    "20.9.3",
    "A path of 1 MiB",
    starting((path) => `GET ${path}${"x".repeat(MIB)} HTTP/1.1`),
  ),
  large("20.9.4", "A field name of 1 MiB", adding(["X".repeat(MIB), "x"])),
];

const afterHost = (line: string) =>
  raw((text) => text.replace("\r\nUpgrade:", `\r\n${line}\r\nUpgrade:`));

/** Fields at the end of the head, and a body behind it. */
const withBody = (fields: string, body: string) =>
  raw((text) => text.replace(/\r\n$/, `${fields}\r\n\r\n${body}`));

const INSIDE = clientFrame(OPCODE.text, "inside").toString("latin1");
const AFTER = "after";

/** Bodies of requests: to refuse them is right, and to skip them is; they are no frames. */
const bodied = (id: string, row: Omit<Row, "rule" | "outcomes">): RequestCase => ({
  ...requestCase(id, {
    ...row,
    rule: "bodyAllowed",
    outcomes: [
      meets({ opening: "refused" }),
      meets({ opening: "ended" }, "The connection was ended."),
      weakens({ opening: "silent" }, "No answer came."),
      breaks({ opening: "open", events: [message(AFTER)] }, "bodyAllowed", "The body was skipped."),
      breaks(
        { opening: "open", events: [], closeless: true },
        "bodyAllowed",
        "Opened, and the connection was ended.",
      ),
    ],
    otherwise: "bodyIsNoFrame",
  }),
  afterwards: AFTER,
  listen: 1000,
});

const GRAMMAR: readonly Row[] = [
  refused(
    "A blank before a colon",
    raw((text) => text.replace("Upgrade:", "Upgrade :")),
    "blankBeforeColon",
  ),
  either(
    "A field on two lines",
    raw((text) => text.replace("Connection: ", "Connection:\r\n ")),
    "lineFolding",
  ),
  shouldRefuse("A line without colon", afterHost("rubbish"), "messageGrammar"),
  shouldRefuse("A field without name", afterHost(": x"), "messageGrammar"),
  either("NUL in a value", afterHost("X-Value: a\0b"), "badOctets"),
  either("CR in a value", afterHost("X-Value: a\rb"), "badOctets"),
  lineFeeds(),
];

/** Who does not take LF for the end of a line is still waiting for it. */
function lineFeeds(): Row {
  const row = either(
    "LF as the end of lines",
    raw((text) => text.replaceAll("\r\n", "\n").replace(/\n\n$/, "\n\r\n\r\n")),
    "lineFeed",
  );
  const waits = breaks({ opening: "silent" }, "lineFeed", "No answer came.");
  return { ...row, outcomes: [waits, ...row.outcomes] };
}

const hex = (length: number) => length.toString(16);

const CHUNKED = withBody(
  `Content-Length: ${INSIDE.length}\r\nTransfer-Encoding: chunked`,
  `${hex(INSIDE.length)}\r\n${INSIDE}\r\n0\r\n\r\n`,
);

const FRAMING: readonly RequestCase[] = [
  bodied("20.10.8", {
    what: "Content-Length and Transfer-Encoding, and a frame in the chunked body",
    change: CHUNKED,
  }),
  requestCase(
    "20.10.9",
    refused(
      "Two different Content-Length",
      withBody("Content-Length: 5\r\nContent-Length: 6", "hello!"),
      "contentLength",
    ),
  ),
  bodied("20.10.10", {
    what: "A body with its length, that is a frame",
    change: withBody(`Content-Length: ${INSIDE.length}`, INSIDE),
  }),
  requestCase(
    "20.10.11",
    refused("A negative Content-Length", afterHost("Content-Length: -1"), "contentLength"),
  ),
  ...hosts("a b", "example.com/x"),
];

function hosts(...values: readonly string[]): RequestCase[] {
  // A MUST by the letter, and hardly anyone keeps it.
  const opens = weakens({ opening: "open" }, "Opened, and Host was not looked at.");
  const kinds = ["A Host with a blank in it", "A Host with a path"];
  return values.map((value, i) => {
    const row = refused(kinds[i]!, setting("Host", value), "hostOnce");
    return requestCase(`20.10.${12 + i}`, { ...row, outcomes: [...row.outcomes, opens] });
  });
}

/** Cases 20.8.1 to 20.10.13. */
export const OCTETS: readonly RequestCase[] = [
  ...PIECES,
  ...LARGE,
  ...numbered(10, GRAMMAR),
  ...FRAMING,
];
