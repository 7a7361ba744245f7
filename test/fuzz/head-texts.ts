import type { Random } from "./random.ts";

/** HTTP heads that are likely to go far: of an opening handshake, mostly, changed here and there. */

const REQUEST_FIELDS: readonly (readonly [name: string, ...values: string[]])[] = [
  [
    "Host",
    "localhost",
    "example.com:80",
    "[::1]:8080",
    "EXAMPLE.com",
    "a, b",
    "",
    "h:99999",
    "u@h",
  ],
  [
    "Upgrade",
    "websocket",
    "WebSocket",
    "h2c, websocket",
    "h2c",
    "websocket/13",
    '"websocket"',
    ",",
  ],
  ["Connection", "Upgrade", "keep-alive, Upgrade", "close", "upgrade,,", "Up grade", ""],
  [
    "Sec-WebSocket-Key",
    "dGhlIHNhbXBsZSBub25jZQ==",
    "AAAAAAAAAAAAAAAAAAAAAA==",
    "dGhlIHNhbXBsZSBub25jZR==",
    "short",
    "",
  ],
  ["Sec-WebSocket-Version", "13", "13", "13", "8", "13, 8", "013", ""],
];
const RESPONSE_FIELDS: readonly (readonly [name: string, ...values: string[]])[] = [
  ["Upgrade", "websocket", "WEBSOCKET", "websocket, h2c", "h2c", ""],
  ["Connection", "Upgrade", "keep-alive, upgrade", "close", ""],
  [
    "Sec-WebSocket-Accept",
    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    "s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
    "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    "",
  ],
];
const OTHER_FIELDS: readonly (readonly [name: string, ...values: string[]])[] = [
  ["Origin", "http://localhost", "null", "https://example.com:443", "http://a, http://b"],
  ["Sec-WebSocket-Protocol", "chat", "chat, super.chat", "chat, chat", "a b", ",", "x"],
  ["Sec-WebSocket-Extensions", "permessage-deflate", "x; y=1", ",", '"'],
  ["Content-Length", "0", "00", "5", "-1", "0, 0", ""],
  ["Transfer-Encoding", "chunked", "identity"],
  ["Cookie", "a=b; c=d", "__proto__=1"],
  ["X-Any", "", "x".repeat(60), "a\tb", "\xe9\xff", "a\x7f", "a\x00"],
  ["__proto__", "1"],
  ["constructor", "1"],
];
const METHODS = ["GET", "GET", "GET", "GET", "GET", "POST", "get", "G(T", ""];
const TARGETS = [
  "/",
  "/",
  "/chat?x=1",
  "/a%20b",
  "/#f",
  "*",
  "/\xe9",
  "http://localhost/x",
  "http://b/",
  "h:1",
  "",
];
const REQUEST_VERSIONS = ["1.1", "1.1", "1.1", "1.1", "1.0", "1.2", "2.0", "11", "1.1 ", "x"];
const STATUSES = ["101", "101", "101", "101", "200", "302", "403", "099", "1010", "10", "+10"];
const REASONS = [" Switching Protocols", " ", "", " \xe9", " a\tb", "  x"];
const RESPONSE_VERSIONS = ["1.1", "1.1", "1.1", "1.0", "2.0", "1", "x"];
const NOTABLE = [
  "\r",
  "\n",
  "\r\n",
  "\0",
  " ",
  "\t",
  ":",
  ",",
  "\x7f",
  "\x80",
  "\r\n ",
  "\n\n",
  "=",
];

/** The head of a request, and what may stand before and behind it. */
export function requestText(random: Random): string {
  const version = random.pick(REQUEST_VERSIONS);
  const line = `${random.pick(METHODS)} ${random.pick(TARGETS)} HTTP/${version}`;
  return changed(random, line, fields(random, REQUEST_FIELDS));
}

/** The same of a response. */
export function responseText(random: Random): string {
  const version = random.pick(RESPONSE_VERSIONS);
  const line = `HTTP/${version} ${random.pick(STATUSES)}${random.pick(REASONS)}`;
  return changed(random, line, fields(random, RESPONSE_FIELDS));
}

function fields(
  random: Random,
  needed: readonly (readonly [name: string, ...values: string[]])[],
): string[] {
  const lines: string[] = [];
  for (const [name, usual, ...others] of needed) {
    // Most have all the others right, so that each is what decides now and then.
    if (random.once(12)) continue;
    lines.push(line(random, name, random.once(8) ? random.pick(others) : usual!));
    if (random.once(40)) lines.push(line(random, name, random.pick(others)));
  }
  for (let count = random.below(4); count > 0; count--) {
    const [name, ...values] = random.pick(OTHER_FIELDS);
    lines.splice(random.below(lines.length + 1), 0, line(random, name, random.pick(values)));
  }
  return lines;
}

function line(random: Random, name: string, value: string): string {
  const written = random.once(6) ? name.toUpperCase() : random.once(6) ? name.toLowerCase() : name;
  const space = random.pick([" ", " ", " ", "", "\t", "  "]);
  return `${written}${random.once(60) ? " " : ""}:${space}${value}${random.once(20) ? " " : ""}`;
}

function changed(random: Random, startLine: string, lines: readonly string[]): string {
  const end = random.once(30) ? "\n" : "\r\n";
  const before = random.once(20) ? random.pick(["\r\n", "\r\n\r\n", "\n", "\r", " "]) : "";
  let text = `${before}${[startLine, ...lines].join(end)}${end}${end}`;
  for (let count = random.once(2) ? 0 : random.below(3); count > 0; count--) {
    text = mutate(random, text);
  }
  return text + random.pick(["", "", "\x81\x80abcd", "GET / HTTP/1.1\r\n\r\n", "\n"]);
}

function mutate(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const until = Math.min(text.length, at + 1 + random.below(6));
  const front = text.slice(0, at);
  switch (random.below(5)) {
    case 0:
      return front + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    case 1:
      return front + random.pick(NOTABLE) + text.slice(at);
    case 2:
      return front + text.slice(until);
    case 3:
      return text.slice(0, until) + text.slice(at);
    default:
      return random.once(3) ? front : front + random.pick(NOTABLE) + text.slice(until);
  }
}
