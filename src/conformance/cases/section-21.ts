/** Section 21: what a client makes of answers to its opening handshake (RFC 6455 §4.1). */
import type { ClientProbe } from "../case.ts";
import { acceptFor, fieldValues, formatHead, type Head } from "../wire/head.ts";

type Field = readonly [name: string, value: string];
type Expects = ClientProbe["expects"];
type Part = Buffer | { readonly pause: number };

const EXPECTATION: Record<Expects, string> = {
  open: "The client opens the connection and echoes.",
  refuse: "The client fails the connection (ends TCP) and sends no message.",
  any: "The client may open the connection or not.",
};

function keyOf(request: Head): string {
  return fieldValues(request, "Sec-WebSocket-Key")[0] ?? "";
}

function rightFields(request: Head): Field[] {
  return [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptFor(keyOf(request))],
  ];
}

const START = "HTTP/1.1 101 Switching Protocols";

function answered(
  what: string,
  expects: Expects,
  answer: (request: Head) => string | readonly Part[],
  rule = "RFC 6455 §4.1",
): (id: string) => ClientProbe {
  return (id) => ({
    kind: "client-probe",
    only: "client",
    id,
    description: `${what}.`,
    expectation: EXPECTATION[expects],
    rules: [rule],
    expects,
    answer: (request) => {
      const parts = answer(request);
      return typeof parts === "string" ? [Buffer.from(parts, "latin1")] : parts;
    },
  });
}

const changing =
  (change: (fields: Field[], request: Head) => readonly Field[], start = START) =>
  (request: Head) =>
    formatHead(start, change(rightFields(request), request));

const setting = (name: string, value: string) =>
  changing((fields) => fields.map(([key, old]) => [key, key === name ? value : old] as const));

const without = (name: string) => changing((fields) => fields.filter(([key]) => key !== name));

const adding = (...more: readonly Field[]) => changing((fields) => [...fields, ...more]);

const raw = (how: (text: string) => string) => (request: Head) =>
  how(formatHead(START, rightFields(request)));

const status = (line: string, ...more: readonly Field[]) =>
  answered(`Answered "${line}" with all the right fields`, "refuse", (request) =>
    formatHead(`HTTP/1.1 ${line}`, [...rightFields(request), ...more, ["Content-Length", "0"]]),
  );

const STATUSES = [
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
  // The bodies are frames: a client that opens all the same echoes them.
  answered("401 with a body", "refuse", (request) =>
    formatHead("HTTP/1.1 401 Unauthorized", [
      ...rightFields(request),
      ["WWW-Authenticate", "Basic"],
      ["Content-Length", "4"],
    ]).concat("\x81\x02no"),
  ),
  answered("403 with a body that never ends", "refuse", () =>
    formatHead("HTTP/1.1 403 Forbidden", [["Connection", "close"]]).concat("\x81\x02no"),
  ),
];

const flipCase = (text: string) =>
  text.replace(/[a-z]/i, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));

const FIELDS = [
  answered("No Upgrade", "refuse", without("Upgrade")),
  answered("Upgrade: h2c", "refuse", setting("Upgrade", "h2c")),
  answered("No Connection", "refuse", without("Connection")),
  answered("Connection: close", "refuse", setting("Connection", "close")),
  answered("No Sec-WebSocket-Accept", "refuse", without("Sec-WebSocket-Accept")),
  answered("An empty Sec-WebSocket-Accept", "refuse", setting("Sec-WebSocket-Accept", "")),
  answered(
    "The accept value of another key",
    "refuse",
    setting("Sec-WebSocket-Accept", acceptFor("x")),
  ),
  answered("The key itself as accept value", "refuse", (request) =>
    setting("Sec-WebSocket-Accept", keyOf(request))(request),
  ),
  answered("The accept value with one letter in the other case", "refuse", (request) =>
    setting("Sec-WebSocket-Accept", flipCase(acceptFor(keyOf(request))))(request),
  ),
  answered(
    "Two accept values, the second wrong",
    "refuse",
    adding(["Sec-WebSocket-Accept", acceptFor("x")]),
  ),
  answered(
    "An extension that was not offered",
    "refuse",
    adding(["Sec-WebSocket-Extensions", "x-unknown"]),
  ),
  answered(
    "permessage-deflate with an unknown parameter",
    "refuse",
    adding(["Sec-WebSocket-Extensions", "permessage-deflate; x=1"]),
    "RFC 7692 §7.1",
  ),
  answered(
    "permessage-deflate with a window of 16 bits",
    "refuse",
    adding(["Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=16"]),
    "RFC 7692 §7.1.2.1",
  ),
  answered(
    "permessage-deflate twice",
    "refuse",
    adding(["Sec-WebSocket-Extensions", "permessage-deflate, permessage-deflate"]),
    "RFC 7692 §5",
  ),
  answered(
    "A subprotocol that was not offered",
    "refuse",
    adding(["Sec-WebSocket-Protocol", "not.offered"]),
  ),
  answered("Upgrade: websocket, h2c", "refuse", setting("Upgrade", "websocket, h2c")),
  answered("The accept value with more behind it", "refuse", (request) =>
    setting("Sec-WebSocket-Accept", `${acceptFor(keyOf(request))}x`)(request),
  ),
  ...[
    "server_max_window_bits=7",
    "server_max_window_bits",
    "client_max_window_bits=0",
    "server_no_context_takeover=1",
    "client_no_context_takeover; client_no_context_takeover",
  ].map((parameters) =>
    answered(
      `permessage-deflate; ${parameters}`,
      "refuse",
      adding(["Sec-WebSocket-Extensions", `permessage-deflate; ${parameters}`]),
      "RFC 7692 §7.1",
    ),
  ),
];

const SYNTAX = [
  answered(
    "A status line of another protocol",
    "refuse",
    raw((text) => text.replace("HTTP/1.1", "ICY")),
    "RFC 9112 §4",
  ),
  answered(
    "HTTP/1.0",
    "refuse",
    raw((text) => text.replace("HTTP/1.1", "HTTP/1.0")),
  ),
  answered(
    "Bytes that are not HTTP",
    "refuse",
    () => "\x15\x03\x01\x00\x02\x02\x46\r\n\r\n",
    "RFC 9112 §4",
  ),
  answered(
    "A blank before a colon",
    "refuse",
    raw((text) => text.replace("Upgrade:", "Upgrade :")),
    "RFC 9112 §5.1",
  ),
  answered("NUL in a value", "any", adding(["X-Value", "a\0b"]), "RFC 9110 §5.5"),
  answered(
    "A line without colon",
    "refuse",
    raw((text) => text.replace("\r\n", "\r\nrubbish\r\n")),
    "RFC 9112 §5",
  ),
  answered(
    "A field on two lines",
    "any",
    raw((text) => text.replace("Connection: ", "Connection:\r\n ")),
    "RFC 9112 §5.2",
  ),
  answered(
    "LF as the end of lines",
    "any",
    raw((text) => text.replaceAll("\r\n", "\n")),
    "RFC 9112 §2.2",
  ),
  answered(
    "A head of 4 MiB",
    "refuse",
    adding(["X-Large", "x".repeat(4 * 2 ** 20)]),
    "RFC 6455 §10.4",
  ),
];

const cutUp = (size: number) => (request: Head) => {
  const bytes = Buffer.from(formatHead(START, rightFields(request)));
  const parts: Part[] = [];
  for (let i = 0; i < bytes.length; i += size)
    parts.push(bytes.subarray(i, i + size), { pause: 2 });
  return parts;
};

const RIGHT = [
  answered(
    "The answer and a message in one write",
    "open",
    raw((text) => text),
  ),
  answered("The answer in pieces of 3 bytes", "open", cutUp(3)),
  answered(
    "Field names in lower case",
    "open",
    changing((fields) => fields.map(([name, value]) => [name.toLowerCase(), value] as const)),
  ),
  answered("Upgrade: WebSocket", "open", setting("Upgrade", "WebSocket")),
  answered("Connection: keep-alive, Upgrade", "open", setting("Connection", "keep-alive, Upgrade")),
  answered(
    "Another reason phrase",
    "open",
    raw((text) => text.replace("Switching Protocols", "Fine")),
  ),
  answered(
    "No reason phrase",
    "open",
    raw((text) => text.replace("Switching Protocols", "")),
    "RFC 9112 §4",
  ),
  answered(
    "Connection in two fields",
    "open",
    changing((fields) => [["Connection", "keep-alive"], ...fields]),
    "RFC 9110 §5.3",
  ),
  answered(
    "103 Early Hints before the answer",
    "open",
    raw((text) => `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${text}`),
    "RFC 9110 §15.2",
  ),
  answered(
    "Unknown fields",
    "open",
    adding(["X-Unknown", "value"], ["Set-Cookie", "a=b"], ["Set-Cookie", "c=d"]),
  ),
];

const numbered = (group: number, list: readonly ((id: string) => ClientProbe)[]) =>
  list.map((make, index) => make(`21.${group}.${index + 1}`));

/** Cases 21.1.1 to 21.4.10. */
export const SECTION_21: readonly ClientProbe[] = [
  ...numbered(1, STATUSES),
  ...numbered(2, FIELDS),
  ...numbered(3, SYNTAX),
  ...numbered(4, RIGHT),
];
