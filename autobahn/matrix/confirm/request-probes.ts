/** Probes of a server's part of the opening handshake. */
import type { Came, Probe } from "./probe.ts";

const right = (key: string): string[] => [
  "GET / HTTP/1.1",
  "Host: 127.0.0.1",
  "Upgrade: websocket",
  "Connection: Upgrade",
  `Sec-WebSocket-Key: ${key}`,
  "Sec-WebSocket-Version: 13",
];

/** A right request with something else done to it, and what stands behind its head. */
const request =
  (change: (lines: string[]) => string[], body = "") =>
  (key: string): string =>
    `${change(right(key)).join("\r\n")}\r\n\r\n${body}`;

const without = (name: string) => (lines: string[]) =>
  lines.filter((line) => !line.startsWith(`${name}:`));
const instead = (name: string, line: string) => (lines: string[]) =>
  lines.map((old) => (old.startsWith(name) ? line : old));
const adding =
  (...more: string[]) =>
  (lines: string[]) => [...lines, ...more];

/** The request of a probe with this offer of extensions. */
export const offering = (offer: string): Probe["head"] =>
  request(adding(`Sec-WebSocket-Extensions: ${offer}`));

/** A right request. */
export const RIGHT: Probe["head"] = request((lines) => lines);

const isOpen = ({ head }: Came) => /^HTTP\/1\.\d 101/.test(head);
/** An answer that a client must take for none opens nothing (RFC 6455 §4.1). */
const isShut = (came: Came) =>
  !isOpen(came) || !/^Connection:.*\bupgrade\b/im.test(came.head) || !hasUpgrade(came);
const hasUpgrade = ({ head }: Came) => /^Upgrade: *websocket *$/im.test(head);

const NONE = Buffer.alloc(0);

const opens = (
  rule: string,
  sent: string,
  head: Probe["head"],
  ...cases: readonly string[]
): Probe => ({ cases, rule, sent, head, frames: NONE, breaks: isOpen });

const staysShut = (
  rule: string,
  sent: string,
  head: Probe["head"],
  ...cases: readonly string[]
): Probe => ({ cases, rule, sent, head, frames: NONE, breaks: isShut });

const HOST = "RFC 9112 §3.2";
const HANDSHAKE = "RFC 6455 §4.2.1";
const LENGTH = "RFC 9112 §6.3";

const version = (value: string, id: string): Probe => ({
  ...opens(
    "RFC 6455 §4.2.2",
    `a request with \`Sec-WebSocket-Version: ${value}\``,
    request(instead("Sec-WebSocket-Version", `Sec-WebSocket-Version: ${value}`)),
    id,
  ),
  breaks: ({ head }) => !/^Sec-WebSocket-Version:.*\b13\b/im.test(head),
});

/** A text message whose payload is `hidden` where it is read as a frame. */
const HIDDEN = "\x81\x86\0\0\0\0hidden";

/** Nothing but the body was sent: whatever comes back has been made of it. */
const hidesFrame = (sent: string, head: Probe["head"], id: string): Probe => ({
  ...opens(LENGTH, sent, head, id),
  breaks: (came) => isOpen(came) && came.frames.length > 0,
});

const HANDSHAKES: readonly Probe[] = [
  opens(HOST, "a request without Host", request(without("Host")), "20.1.1"),
  opens(HOST, "a request with two Host fields", request(adding("Host: other.example")), "20.2.1"),
  opens(HANDSHAKE, "a request without Upgrade", request(without("Upgrade")), "20.1.2"),
  opens(HANDSHAKE, "a request without Connection", request(without("Connection")), "20.1.3"),
  opens(HANDSHAKE, "a request without a key", request(without("Sec-WebSocket-Key")), "20.1.4"),
  opens(
    HANDSHAKE,
    "a request without a version",
    request(without("Sec-WebSocket-Version")),
    "20.1.5",
  ),
  opens(
    HANDSHAKE,
    "a request with an empty Sec-WebSocket-Key",
    request(instead("Sec-WebSocket-Key", "Sec-WebSocket-Key: ")),
    "20.1.6",
  ),
  staysShut(
    "RFC 9110 §5.2",
    "a right request with `Connection: keep-alive` besides",
    request(adding("Connection: keep-alive")),
    "20.2.4",
  ),
  staysShut(
    "RFC 6455 §4.2.1",
    "a right request with `Connection: keep-alive, Upgrade`",
    request(instead("Connection", "Connection: keep-alive, Upgrade")),
    "20.3.5",
  ),
  staysShut(
    "RFC 9110 §5.5",
    "a right request with a tab behind each colon and behind each value",
    request((lines) => lines.map((line) => line.replace(/: (.*)/, ":\t$1\t"))),
    "20.3.7",
  ),
  opens(
    "RFC 9110 §7.8",
    "a request with `Connection: not-upgrade`",
    request(instead("Connection", "Connection: not-upgrade")),
    "20.3.9",
  ),
  opens(
    "RFC 9110 §7.8",
    "a request with `Upgrade: websockets`",
    request(instead("Upgrade", "Upgrade: websockets")),
    "20.3.10",
  ),
  opens(
    "RFC 9110 §7.8",
    "a request with `Upgrade: h2c`",
    request(instead("Upgrade", "Upgrade: h2c")),
    "20.3.11",
  ),
  opens(
    HANDSHAKE,
    "a request with `Sec-WebSocket-Version: 0`",
    request(instead("Sec-WebSocket-Version", "Sec-WebSocket-Version: 0")),
    "20.4.1",
  ),
  version("12", "20.4.2"),
  version("14", "20.4.3"),
  version("255", "20.4.4"),
  ...["-13", "abc", "13.0"].map((value, i) =>
    opens(
      HANDSHAKE,
      `a request with \`Sec-WebSocket-Version: ${value}\``,
      request(instead("Sec-WebSocket-Version", `Sec-WebSocket-Version: ${value}`)),
      `20.4.${i + 5}`,
    ),
  ),
  ...(
    [
      ["POST / HTTP/1.1", "20.6.1"],
      ["get / HTTP/1.1", "20.6.2"],
      ["GET / HTTP/1.0", "20.6.3"],
      ["GET /", "20.6.5"],
    ] as const
  ).map(([line, id]) =>
    opens(HANDSHAKE, `\`${line}\` and the right fields`, request(instead("GET", line)), id),
  ),
  opens(
    "RFC 9112 §5.1",
    "a right request but for `Upgrade : websocket`",
    request(instead("Upgrade", "Upgrade : websocket")),
    "20.10.1",
  ),
  hidesFrame(
    "a right request with `Content-Length: 12`, and `81 86 00 00 00 00` with `hidden` behind it",
    request(adding("Content-Length: 12"), HIDDEN),
    "20.10.10",
  ),
  hidesFrame(
    "the same in a chunk, with `Transfer-Encoding: chunked` besides",
    request(
      adding("Content-Length: 12", "Transfer-Encoding: chunked"),
      `c\r\n${HIDDEN}\r\n0\r\n\r\n`,
    ),
    "20.10.8",
  ),
  opens(
    LENGTH,
    "a right request with `Content-Length: 5` and `Content-Length: 6`",
    request(adding("Content-Length: 5", "Content-Length: 6"), "hello!"),
    "20.10.9",
  ),
  opens(
    LENGTH,
    "a right request with `Content-Length: -1`",
    request(adding("Content-Length: -1")),
    "20.10.11",
  ),
];

const EXTENSION = /^Sec-WebSocket-Extensions:.*permessage-deflate(.*)$/im;

const parametersOf = ({ head }: Came): string | undefined => EXTENSION.exec(head)?.[1];

/** An offer that a server must decline, whatever else it does. */
const declined = (offer: string, id: string): Probe => ({
  ...opens("RFC 7692 §7", `the offer \`${offer}\``, offering(offer), id),
  breaks: (came) => isOpen(came) && parametersOf(came) !== undefined,
});

/** An offer that a server may accept with this parameter only. */
const answeredWith = (offer: string, parameter: RegExp, ...cases: readonly string[]): Probe => ({
  ...opens("RFC 7692 §7.1", `the offer \`${offer}\``, offering(offer), ...cases),
  breaks: (came) => {
    const parameters = parametersOf(came);
    return parameters !== undefined && !parameter.test(parameters);
  },
});

const DECLINED = [
  "unknown=1",
  "server_no_context_takeover=1",
  "server_max_window_bits",
  "server_max_window_bits=7",
  "server_max_window_bits=16",
  "server_max_window_bits=08",
  "client_max_window_bits=0",
  "client_max_window_bits=9; client_max_window_bits=10",
  "server_no_context_takeover; server_no_context_takeover",
];

const DECLINED_TOO = [
  "client_no_context_takeover=true",
  "server_max_window_bits=",
  "server_max_window_bits=-9",
  "server_max_window_bits=9.5",
  "client_max_window_bits=16",
  "client_max_window_bits=7",
];

const OFFERS: readonly Probe[] = [
  {
    ...answeredWith("permessage-deflate", /^(?!.*client_max_window_bits)/, "24.5.1"),
    rule: "RFC 7692 §7.1.2.2",
  },
  staysShut(
    "RFC 6455 §9.1",
    'the offer `permessage-deflate; client_max_window_bits="10"`',
    offering('permessage-deflate; client_max_window_bits="10"'),
    "24.5.4",
  ),
  answeredWith(
    "permessage-deflate; server_no_context_takeover",
    /server_no_context_takeover/,
    "24.5.5",
  ),
  answeredWith(
    "permessage-deflate; client_no_context_takeover; server_max_window_bits=9",
    /server_max_window_bits="?[89]\b/,
    "24.5.6",
  ),
  ...[8, 9, 10, 11, 12, 13, 14].map((bits, i) => {
    const allowed = Array.from({ length: bits - 7 }, (_, n) => n + 8).join("|");
    return answeredWith(
      `permessage-deflate; server_max_window_bits=${bits}`,
      new RegExp(`server_max_window_bits="?(${allowed})\\b`),
      `24.5.${i + 18}`,
    );
  }),
  ...DECLINED.map((offer, i) => declined(`permessage-deflate; ${offer}`, `24.5.${i + 9}`)),
  ...DECLINED_TOO.map((offer, i) => declined(`permessage-deflate; ${offer}`, `24.5.${i + 29}`)),
];

/** Probes of servers before the WebSocket is open. */
export const REQUEST_PROBES: readonly Probe[] = [...HANDSHAKES, ...OFFERS];
