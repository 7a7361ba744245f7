/** What a client makes of answers to its opening handshake (RFC 6455 §4.1). */
import type { AnswerCase, AnswerPart } from "../../case.ts";
import {
  adding,
  type Field,
  type HeadChange,
  type HeadParts,
  leading,
  raw,
  renaming,
  setting,
  textOf,
  without,
} from "../../opening/head-changes.ts";
import { breaks, meets, type Outcome, weakens } from "../../outcome.ts";
import type { RuleName } from "../../rules.ts";
import { acceptFor, fieldValues, type Head } from "../../wire/head.ts";

const keyOf = (request: Head): string => fieldValues(request, "Sec-WebSocket-Key")[0] ?? "";

const START = "HTTP/1.1 101 Switching Protocols";

const rightAnswer = (request: Head, start = START): HeadParts => ({
  start,
  fields: [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptFor(keyOf(request))],
  ],
});

/** A change that may depend on the request. */
type AnswerChange = (request: Head) => HeadChange;

const always =
  (change: HeadChange): AnswerChange =>
  () =>
    change;

interface Answered {
  readonly what: string;
  readonly rule: RuleName;
  readonly outcomes: readonly Outcome[];
  readonly answer: (request: Head) => readonly AnswerPart[];
}

/** §7.1.7: to fail the connection is to end TCP, at once or not. */
const FAILS: readonly Outcome[] = [
  meets({ opening: "ended" }, "The client ended the connection."),
  weakens({ opening: "silent" }, "The client did not open, and left the connection as it is."),
];

/** An answer that is no handshake is served as HTTP, which may keep the connection. */
const HANDLES_AS_HTTP: readonly Outcome[] = [
  meets({ opening: "ended" }, "The client ended the connection."),
  meets({ opening: "silent" }, "The client did not open."),
];

const OPENS: readonly Outcome[] = [
  meets({ opening: "open" }, "The client opened the connection and echoed."),
];

/** The same, where the letter lets a client fail the connection. */
const SHOULD_OPEN: readonly Outcome[] = [
  ...OPENS,
  weakens({ opening: "ended" }, "The client ended the connection."),
  weakens({ opening: "silent" }, "The client did nothing."),
];

const bytesOf = (head: HeadParts | string): AnswerPart[] => [
  Buffer.from(typeof head === "string" ? head : textOf(head), "latin1"),
];

const answered = (
  what: string,
  change: AnswerChange,
  rule: RuleName,
  outcomes: readonly Outcome[],
): Answered => ({
  what,
  rule,
  outcomes,
  answer: (request) => bytesOf(change(request)(rightAnswer(request))),
});

const refused = (what: string, change: HeadChange, rule: RuleName) =>
  answered(what, always(change), rule, FAILS);

const opened = (what: string, change: HeadChange, rule: RuleName) =>
  answered(what, always(change), rule, OPENS);

/** What the rules leave to the client, whatever it does. */
const left = (what: string, change: HeadChange, rule: RuleName) =>
  answered(what, always(change), rule, [
    breaks({ opening: "open" }, rule, "The client opened the connection and echoed."),
    breaks({ opening: "ended" }, rule, "The client ended the connection."),
    breaks({ opening: "silent" }, rule, "The client did nothing."),
  ]);

const status = (line: string, ...more: readonly Field[]): Answered => ({
  what: `Answered "${line}" with all the right fields`,
  rule: "statusIs101",
  outcomes: HANDLES_AS_HTTP,
  answer: (request) => {
    const { fields } = rightAnswer(request);
    const start = `HTTP/1.1 ${line}`;
    return bytesOf({ start, fields: [...fields, ...more, ["Content-Length", "0"]] });
  },
});

/** The bodies are frames: a client that opens all the same echoes them. */
const withBody = (what: string, start: string, fields: readonly Field[]): Answered => ({
  what,
  rule: "statusIs101",
  outcomes: HANDLES_AS_HTTP,
  answer: () => bytesOf(`${textOf({ start, fields })}\x81\x02no`),
});

const STATUSES: readonly Answered[] = [
  status("200 OK"),
  status("204 No Content"),
  status("301 Moved Permanently", ["Location", "ws://127.0.0.1:1/"]),
  status("302 Found", ["Location", "//evil.example/"]),
  status("400 Bad Request"),
  status("401 Unauthorized", ["WWW-Authenticate", "Basic"]),
  status("404 Not Found"),
  status("426 Upgrade Required", ["Sec-WebSocket-Version", "13"]),
  status("500 Internal Server Error"),
  status("503 Service Unavailable", ["Retry-After", "1"]),
  status("1010 Switching Protocols"),
  withBody("401 with a body", "HTTP/1.1 401 Unauthorized", [
    ["WWW-Authenticate", "Basic"],
    ["Content-Length", "4"],
    ["Connection", "close"],
  ]),
  withBody("403 with a body that never ends", "HTTP/1.1 403 Forbidden", [["Connection", "close"]]),
];

const flipCase = (text: string) =>
  text.replace(/[a-z]/i, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));

const ACCEPT = "Sec-WebSocket-Accept";

/** An accept value made of the key. */
const accept = (what: string, how: (key: string) => string) =>
  answered(what, (request) => setting(ACCEPT, how(keyOf(request))), "acceptField", FAILS);

const extension = (what: string, value: string, rule: RuleName = "deflateAnswer") =>
  refused(what, adding(["Sec-WebSocket-Extensions", value]), rule);

const FIELDS: readonly Answered[] = [
  refused("No Upgrade", without("Upgrade"), "upgradeField"),
  refused("Upgrade: h2c", setting("Upgrade", "h2c"), "upgradeField"),
  refused("No Connection", without("Connection"), "connectionField"),
  refused("Connection: close", setting("Connection", "close"), "connectionField"),
  refused("No Sec-WebSocket-Accept", without(ACCEPT), "acceptField"),
  refused("An empty Sec-WebSocket-Accept", setting(ACCEPT, ""), "acceptField"),
  refused("The accept value of another key", setting(ACCEPT, acceptFor("x")), "acceptField"),
  accept("The key itself as accept value", (key) => key),
  accept("The accept value with one letter in the other case", (key) => flipCase(acceptFor(key))),
  refused("Two accept values, the second wrong", adding([ACCEPT, acceptFor("x")]), "acceptField"),
  extension("An extension that was not offered", "x-unknown", "extensionsField"),
  extension("permessage-deflate with an unknown parameter", "permessage-deflate; x=1"),
  extension(
    "permessage-deflate with a window of 16 bits",
    "permessage-deflate; server_max_window_bits=16",
  ),
  extension("permessage-deflate twice", "permessage-deflate, permessage-deflate"),
  refused(
    "A subprotocol that was not offered",
    adding(["Sec-WebSocket-Protocol", "not.offered"]),
    "protocolField",
  ),
  refused("Upgrade: websocket, h2c", setting("Upgrade", "websocket, h2c"), "upgradeField"),
  accept("The accept value with more behind it", (key) => `${acceptFor(key)}x`),
  ...[
    "server_max_window_bits=7",
    "server_max_window_bits",
    "client_max_window_bits=0",
    "server_no_context_takeover=1",
    "client_no_context_takeover; client_no_context_takeover",
  ].map((parameters) =>
    extension(`permessage-deflate; ${parameters}`, `permessage-deflate; ${parameters}`),
  ),
  refused("Two accept values, the first wrong", leading([ACCEPT, acceptFor("x")]), "acceptField"),
  accept("The accept value without its padding", (key) => acceptFor(key).replace(/=+$/, "")),
];

const SYNTAX: readonly Answered[] = [
  answered(
    "A status line of another protocol",
    always(raw((text) => text.replace("HTTP/1.1", "ICY"))),
    "statusLine",
    // RFC 9110 §2.4: a client may make sense of what does not have the grammar.
    [...FAILS, weakens({ opening: "open" }, "The client opened the connection and echoed.")],
  ),
  left(
    "HTTP/1.0",
    raw((text) => text.replace("HTTP/1.1", "HTTP/1.0")),
    "httpVersion",
  ),
  refused(
    "Bytes that are not HTTP",
    raw(() => "\x15\x03\x01\x00\x02\x02\x46\r\n\r\n"),
    "statusLine",
  ),
  left(
    "A blank before a colon",
    raw((text) => text.replace("Upgrade:", "Upgrade :")),
    "answerGrammar",
  ),
  left("NUL in a value", adding(["X-Value", "a\0b"]), "answerGrammar"),
  left(
    "A line without colon",
    raw((text) => text.replace("\r\n", "\r\nrubbish\r\n")),
    "answerGrammar",
  ),
  {
    ...opened(
      "A field on two lines",
      raw((text) => text.replace("Connection: ", "Connection:\r\n ")),
      "answerFolding",
    ),
    // §5.2 has the user agent unfold it, and RFC 6455 lets a client fail what it takes for no answer.
    outcomes: SHOULD_OPEN,
  },
  left(
    "LF as the end of lines",
    raw((text) => text.replaceAll("\r\n", "\n")),
    "answerGrammar",
  ),
];

const cutUp = (size: number) => (request: Head) => {
  const bytes = Buffer.from(textOf(rightAnswer(request)));
  const starts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => i * size);
  return starts.flatMap((at) => [bytes.subarray(at, at + size), { pause: 2 }]);
};

/** §4.1 asks for the token; by §4.2.2 the value is "Upgrade", and a client must fail what is otherwise. */
const withKeepAlive = (what: string, change: HeadChange) =>
  answered(what, always(change), "answerTaken", SHOULD_OPEN);

const RIGHT: readonly Answered[] = [
  opened("The answer and a message in one write", (head) => head, "messageBehindAnswer"),
  {
    what: "The answer in pieces of 3 bytes",
    rule: "answerInPieces",
    outcomes: OPENS,
    answer: cutUp(3),
  },
  opened(
    "Field names in lower case",
    renaming((name) => name.toLowerCase()),
    "answerNamesAnyCase",
  ),
  opened("Upgrade: WebSocket", setting("Upgrade", "WebSocket"), "answerNamesAnyCase"),
  withKeepAlive("Connection: keep-alive, Upgrade", setting("Connection", "keep-alive, Upgrade")),
  opened(
    "Another reason phrase",
    raw((text) => text.replace("Switching Protocols", "Fine")),
    "reasonIgnored",
  ),
  opened(
    "No reason phrase",
    raw((text) => text.replace("Switching Protocols", "")),
    "reasonIgnored",
  ),
  withKeepAlive("Connection in two fields", leading(["Connection", "keep-alive"])),
  opened(
    "103 Early Hints before the answer",
    raw((text) => `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${text}`),
    "interimAnswers",
  ),
  opened(
    "Unknown fields",
    adding(["X-Unknown", "value"], ["Set-Cookie", "a=b"], ["Set-Cookie", "c=d"]),
    "unknownAnswerFields",
  ),
];

const numbered = (group: number, list: readonly Answered[]) =>
  list.map(
    ({ what, ...parts }, index): AnswerCase => ({
      kind: "answer",
      only: "client",
      id: `21.${group}.${index + 1}`,
      description: `${what}.`,
      ...parts,
    }),
  );

/** Cases 21.1.1 to 21.4.10, but for 21.3.9, which is about size. */
export const ANSWERS: readonly AnswerCase[] = [
  ...numbered(1, STATUSES),
  ...numbered(2, FIELDS),
  ...numbered(3, SYNTAX),
  ...numbered(4, RIGHT),
];
