/** Probes of what a client makes of an answer. A text follows each: a client that has opened sends it back. */
import { type Came, hex, type Probe } from "./probe.ts";
import { acceptValue } from "./serve-client.ts";

const right = (key: string): string[] => [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Accept: ${acceptValue(key)}`,
];

const answer =
  (change: (lines: string[], key: string) => string[]) =>
  (key: string): string =>
    `${change(right(key), key).join("\r\n")}\r\n\r\n`;

/** A right answer, with these fields besides. */
export const answering = (...more: readonly string[]): Probe["head"] =>
  answer((lines) => [...lines, ...more]);

const without = (name: string) =>
  answer((lines) => lines.filter((line) => !line.startsWith(`${name}:`)));
const instead = (name: string, line: string) =>
  answer((lines) => lines.map((old) => (old.startsWith(name) ? line : old)));
const accepting = (change: (value: string) => string[]) =>
  answer((lines, key) => [
    ...lines.slice(0, 3),
    ...change(acceptValue(key)).map((value) => `Sec-WebSocket-Accept: ${value}`),
  ]);

const TEXT = hex("81 02 6869");

const isEcho = ({ frames }: Came) => frames.some(({ first }) => (first & 0x8f) === 0x81);

const mustFail = (
  rule: string,
  sent: string,
  head: Probe["head"],
  ...cases: readonly string[]
): Probe => ({ cases, rule, sent, head, frames: TEXT, breaks: isEcho });

const mustOpen = (rule: string, sent: string, head: Probe["head"], id: string): Probe => ({
  ...mustFail(rule, sent, head, id),
  breaks: (came) => !isEcho(came),
});

const OPENING = "RFC 6455 §4.1";
const OTHER = acceptValue("x");

const otherCase = (text: string) =>
  text.replace(/[a-z]/i, (c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase()));

const extension = (value: string, ...cases: readonly string[]): Probe =>
  mustFail(
    "RFC 7692 §5, §7",
    `101 with \`Sec-WebSocket-Extensions: ${value}\``,
    answering(`Sec-WebSocket-Extensions: ${value}`),
    ...cases,
  );

/** Probes of clients before the WebSocket is open. */
export const ANSWER_PROBES: readonly Probe[] = [
  mustFail(
    OPENING,
    "`HTTP/1.1 1010 Switching Protocols` with the right fields",
    instead("HTTP", "HTTP/1.1 1010 Switching Protocols"),
    "21.1.11",
  ),
  mustFail(OPENING, "101 without Upgrade", without("Upgrade"), "21.2.1"),
  mustFail(OPENING, "101 with `Upgrade: h2c`", instead("Upgrade", "Upgrade: h2c"), "21.2.2"),
  mustFail(OPENING, "101 without Connection", without("Connection"), "21.2.3"),
  mustFail(
    OPENING,
    "101 with `Connection: close`",
    instead("Connection", "Connection: close"),
    "21.2.4",
  ),
  mustFail(
    OPENING,
    "101 without an accept value",
    accepting(() => []),
    "21.2.5",
  ),
  mustFail(
    OPENING,
    "101 with an empty accept value",
    accepting(() => [""]),
    "21.2.6",
  ),
  mustFail(
    OPENING,
    "101 with the accept value of another key",
    accepting(() => [OTHER]),
    "21.2.7",
  ),
  mustFail(
    OPENING,
    "101 with the key itself as accept value",
    answer((lines, key) => [...lines.slice(0, 3), `Sec-WebSocket-Accept: ${key}`]),
    "21.2.8",
  ),
  mustFail(
    OPENING,
    "101 with a letter of the accept value in the other case",
    accepting((value) => [otherCase(value)]),
    "21.2.9",
  ),
  mustFail(
    OPENING,
    "101 with two accept values, the second wrong",
    accepting((value) => [value, OTHER]),
    "21.2.10",
  ),
  mustFail(
    OPENING,
    "101 with `Sec-WebSocket-Extensions: x-unknown`",
    answering("Sec-WebSocket-Extensions: x-unknown"),
    "21.2.11",
  ),
  extension("permessage-deflate; x=1", "21.2.12"),
  extension("permessage-deflate; server_max_window_bits=16", "21.2.13"),
  extension("permessage-deflate, permessage-deflate", "21.2.14"),
  mustFail(
    OPENING,
    "101 with `Sec-WebSocket-Protocol: not.offered`",
    answering("Sec-WebSocket-Protocol: not.offered"),
    "21.2.15",
  ),
  mustFail(
    OPENING,
    "101 with `Upgrade: websocket, h2c`",
    instead("Upgrade", "Upgrade: websocket, h2c"),
    "21.2.16",
  ),
  mustFail(
    OPENING,
    "101 with `x` behind the accept value",
    accepting((value) => [`${value}x`]),
    "21.2.17",
  ),
  extension("permessage-deflate; server_max_window_bits=7", "21.2.18"),
  extension("permessage-deflate; server_max_window_bits", "21.2.19"),
  extension("permessage-deflate; client_max_window_bits=0", "21.2.20"),
  extension("permessage-deflate; server_no_context_takeover=1", "21.2.21"),
  extension(
    "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
    "21.2.22",
  ),
  mustFail(
    OPENING,
    "101 with two accept values, the first wrong",
    accepting((value) => [OTHER, value]),
    "21.2.23",
  ),
  mustFail(
    OPENING,
    "101 with the accept value without its padding",
    accepting((value) => [value.replace(/=+$/, "")]),
    "21.2.24",
  ),
  mustOpen(
    "RFC 9110 §15.2",
    "103 Early Hints, and a right 101 behind it",
    (key) => `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${answering()(key)}`,
    "21.4.9",
  ),
];
