import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HandshakeError } from "../../src/errors.ts";
import {
  checkUpgradeRequest,
  isUpgradeAttempt,
  offeredProtocols,
  parseRequestHead,
  type RequestHead,
  requestHeadFrom,
} from "../../src/handshake/request.ts";

/** RFC 6455 §1.2, with the version of §4.1. */
const LINES = [
  "GET /chat HTTP/1.1",
  "Host: server.example.com",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Origin: http://example.com",
  "Sec-WebSocket-Protocol: chat, superchat",
  "Sec-WebSocket-Version: 13",
];

function parse(text: string, maxFields = 100): RequestHead {
  return parseRequestHead(Buffer.from(text, "latin1"), maxFields);
}

/** The request of the RFC with some lines replaced (by their name), left out (""), or added. */
function request(changes: Record<string, string | string[]> = {}): RequestHead {
  const lines = [...LINES];
  for (const [name, by] of Object.entries(changes)) {
    const at = lines.findIndex((line) => line.startsWith(name));
    const replacement = by === "" ? [] : [by].flat();
    if (at === -1) lines.push(...replacement);
    else lines.splice(at, 1, ...replacement);
  }
  return parse(`${lines.join("\r\n")}\r\n\r\n`);
}

function faults(head: RequestHead): string[] {
  return checkUpgradeRequest(head).map(({ status, message }) => `${status} ${message}`);
}

describe("parseRequestHead", () => {
  it("reads the example of RFC 6455 §1.2", () => {
    const head = request();
    expect([head.method, head.target, head.version]).toEqual(["GET", "/chat", "1.1"]);
    expect(head.faults).toEqual([]);
    expect(head.fields.toRecord()).toEqual({
      host: "server.example.com",
      upgrade: "websocket",
      connection: "Upgrade",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
      origin: "http://example.com",
      "sec-websocket-protocol": "chat, superchat",
      "sec-websocket-version": "13",
    });
    expect(checkUpgradeRequest(head)).toEqual([]);
    expect(offeredProtocols(head.fields)).toEqual(["chat", "superchat"]);
  });

  it("takes the space around a value away, and no more than that", () => {
    const head = parse("GET / HTTP/1.1\r\nA:\t b c\xa0 \t\r\nB:\r\nC:  \r\nD:x:y\r\n\r\n");
    expect([...head.fields]).toEqual([
      ["a", "b c\xa0"],
      ["b", ""],
      ["c", ""],
      ["d", "x:y"],
    ]);
    expect(head.faults).toEqual([]);
  });

  it("passes over empty lines before the request line (RFC 9112 §2.2)", () => {
    const head = parse("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect([head.method, head.fields.get("host"), head.faults]).toEqual(["GET", "a", []]);
  });

  it.each([
    ["a bare LF behind a field", "GET / HTTP/1.1\r\nA: b\n\r\n", /bare LF/],
    ["a bare LF behind the request line", "GET / HTTP/1.1\nA: b\r\n\r\n", /bare LF/],
    ["a bare LF for the last line", "GET / HTTP/1.1\r\nA: b\r\n\n", /bare LF/],
    ["a bare LF before the request line", "\nGET / HTTP/1.1\r\nA: b\r\n\r\n", /bare LF/],
    ["a bare CR before the request line", "\rGET / HTTP/1.1\r\nA: b\r\n\r\n", /CR without LF/],
    ["a bare CR in a value", "GET / HTTP/1.1\r\nA: b\rc\r\n\r\n", /CR without LF/],
    ["a bare CR in the request line", "GET /\r HTTP/1.1\r\nA: b\r\n\r\n", /CR without LF/],
    ["a CR before CR LF", "GET / HTTP/1.1\r\nA: b\r\r\n\r\n", /CR without LF/],
    ["a folded field", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", /folded/],
    ["a field folded with a tab", "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n", /folded/],
    ["space before the first field", "GET / HTTP/1.1\r\n A: b\r\n\r\n", /folded/],
    ["space before a colon", "GET / HTTP/1.1\r\nA : b\r\n\r\n", /space before its colon/],
    ["a line without a colon", "GET / HTTP/1.1\r\nA\r\n\r\n", /"A" has no colon/],
    ["an empty name", "GET / HTTP/1.1\r\n: b\r\n\r\n", /name "" is not a token/],
    ["a separator in a name", "GET / HTTP/1.1\r\nA(b): c\r\n\r\n", /"A…" is not a token/],
    ["a control character in a name", "GET / HTTP/1.1\r\nA\x01: c\r\n\r\n", /not a token/],
    ["a byte above 0x7f in a name", "GET / HTTP/1.1\r\nA\xe9: c\r\n\r\n", /not a token/],
    ["NUL in a value", "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", /"A" has a control character/],
    ["DEL in a value", "GET / HTTP/1.1\r\nA: b\x7f\r\n\r\n", /"A" has a control character/],
    ["NUL in the request line", "GET /\0 HTTP/1.1\r\nA: b\r\n\r\n", /start line has a control/],
    ["no end", "GET / HTTP/1.1\r\nA: b", /in the middle of a line/],
  ])("finds %s to be a fault", (_, text, message) => {
    const head = parse(text);
    expect(head.faults.map((fault) => fault.message).join("\n")).toMatch(message);
    expect(head.faults.every((fault) => fault.status === 400)).toBe(true);
    expect(head.method).toBe("GET");
  });

  it.each([
    "",
    "GET",
    "GET /",
    "GET / HTTP/1.1 ",
    "GET  / HTTP/1.1",
    "GET /a b HTTP/1.1",
    " GET / HTTP/1.1",
    "GET\t/ HTTP/1.1",
    "G(T / HTTP/1.1",
    "GET / http/1.1",
    "GET / HTTP/1",
    "GET / HTTP/1.10",
    "GET / HTTP/11.1",
    "GET / FTP/1.1",
  ])("finds the request line %j malformed", (line) => {
    const head = parse(`${line}\r\nHost: a\r\n\r\n`);
    if (line !== "") {
      expect(head.faults.map((fault) => fault.message)[0]).toMatch(/request line .* is malformed/);
      expect([head.method, head.target, head.version]).toEqual(["", "", ""]);
      expect(head.fields.get("host")).toBe("a");
    } else {
      expect(head.faults[0]?.message).toMatch(/"Host…" is malformed/);
    }
  });

  it("keeps what it can of a malformed field, so that the attempt is recognised", () => {
    const head = parse("GET / HTTP/1.1\nUpgrade : websocket\nA: b\n c\n\n");
    expect(isUpgradeAttempt(head)).toBe(true);
    expect(head.fields.get("a")).toBe("b c");
    expect(head.faults).toHaveLength(3);
  });

  it("names a kind of fault once, however often it is met", () => {
    const head = parse(`GET / HTTP/1.1\r\n${"a b: c\r\n".repeat(90)}\r\n`);
    expect(head.faults).toHaveLength(1);
  });

  it.each([
    ["in order", "A: b\r\n"],
    ["malformed", "A b\r\n"],
  ])("throws 431 at one field too many (%s)", (_, line) => {
    expect(() => parse(`GET / HTTP/1.1\r\n${line.repeat(3)}\r\n`, 3)).not.toThrow();
    const tooMany = () => parse(`GET / HTTP/1.1\r\n${line.repeat(4)}\r\n`, 3);
    expect(tooMany).toThrow(HandshakeError);
    expect(tooMany).toThrow(expect.objectContaining({ code: "HEAD_TOO_LARGE", status: 431 }));
  });

  it("judges a long head as it does a short one", () => {
    const value = "v".repeat(100_000);
    const head = parse(`GET / HTTP/1.1\r\nA: ${value}\r\nB: c\r\n\r\n`);
    expect(head.faults).toEqual([]);
    expect([...head.fields]).toEqual([
      ["a", value],
      ["b", "c"],
    ]);
  });

  it("never throws anything but HandshakeError", () => {
    const piece = fc.oneof(
      fc.constantFrom("\r\n", "\r", "\n", ":", " ", "\t", "\0", "GET / HTTP/1.1\r\n", ...LINES),
      fc.string(),
    );
    const text = fc.oneof(
      fc.array(piece).map((pieces) => Buffer.from(pieces.join(""), "latin1")),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(text, (bytes) => {
        try {
          const head = parseRequestHead(bytes, 5);
          isUpgradeAttempt(head);
          offeredProtocols(head.fields);
          checkUpgradeRequest(head);
        } catch (error) {
          expect(error).toBeInstanceOf(HandshakeError);
        }
      }),
    );
  });

  it("reads what was written, with and without the careful way", () => {
    const name = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/);
    const value = fc.stringMatching(
      /^(?:[!-~\xa0-\xff](?:[\t -~\x80-\xff]{0,30}[!-~\x80-\xff])?)?$/,
    );
    const entries = fc.array(fc.tuple(name, value), { maxLength: 20 });
    fc.assert(
      fc.property(entries, fc.boolean(), (fields, careful) => {
        const text = fields.map(([key, text]) => `${key}: ${text}\r\n`).join("");
        // An empty line in front makes the parser take the careful way.
        const head = parse(`${careful ? "\r\n" : ""}GET /x HTTP/1.1\r\n${text}\r\n`);
        expect(head.faults).toEqual([]);
        expect(head.target).toBe("/x");
        expect([...head.fields]).toEqual(fields.map(([key, text]) => [key.toLowerCase(), text]));
        const raw = requestHeadFrom("GET", "/x", "1.1", fields.flat());
        expect([...raw.fields]).toEqual([...head.fields]);
      }),
    );
  });
});

describe("requestHeadFrom", () => {
  it("makes the same head from what node:http has read", () => {
    const raw = LINES.slice(1).flatMap((line) => line.split(": "));
    const head = requestHeadFrom("GET", "/chat", "1.1", raw);
    expect([...head.fields]).toEqual([...request().fields]);
    expect(checkUpgradeRequest(head)).toEqual([]);
  });

  it("checks what a lenient parser has let through", () => {
    const head = requestHeadFrom("GET", "/", "1.1", ["A B", "c", "D", "e\r\nF: g"]);
    expect(head.faults.map((fault) => fault.message)).toEqual([
      expect.stringMatching(/"A…" is not a token/),
      expect.stringMatching(/"D" has a control character/),
    ]);
    expect(requestHeadFrom("GET", "/a b", "1.1", []).faults[0]?.message).toMatch(/malformed/);
  });
});

describe("isUpgradeAttempt", () => {
  it.each([
    "websocket",
    "WebSocket",
    "h2c, websocket",
    "websocket/13",
    '"websocket"',
    ",websocket",
  ])("is true for Upgrade: %s", (value) => {
    expect(isUpgradeAttempt(parse(`GET / HTTP/1.1\r\nUpgrade: ${value}\r\n\r\n`))).toBe(true);
  });

  it("is true for any Sec-WebSocket field", () => {
    expect(isUpgradeAttempt(parse("GET / HTTP/1.1\r\nsec-websocket-key: x\r\n\r\n"))).toBe(true);
  });

  it.each(["Upgrade: h2c", "Upgrade: websockets", "Upgrade: my-websocket", "Connection: Upgrade"])(
    "is false for %s",
    (line) => {
      expect(isUpgradeAttempt(parse(`GET / HTTP/1.1\r\n${line}\r\n\r\n`))).toBe(false);
    },
  );
});

describe("offeredProtocols", () => {
  it.each([
    ["a,b", ["a", "b"]],
    [", a ,, b ,", ["a", "b"]],
    ['"a"', []],
    ["", []],
  ])("reads %j", (value, expected) => {
    const line = `Sec-WebSocket-Protocol: ${value}`;
    expect(offeredProtocols(request({ "Sec-WebSocket-Protocol": line }).fields)).toEqual(expected);
  });

  it("joins several lines and is empty without the field", () => {
    const lines = ["Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b, c"];
    expect(offeredProtocols(request({ "Sec-WebSocket-Protocol": lines }).fields)).toEqual([
      "a",
      "b",
      "c",
    ]);
    expect(offeredProtocols(request({ "Sec-WebSocket-Protocol": "" }).fields)).toEqual([]);
  });
});

describe("checkUpgradeRequest", () => {
  it.each<[string, Record<string, string | string[]>]>([
    ["a higher version of HTTP", { GET: "GET /chat HTTP/1.2" }],
    ["absolute form", { GET: "GET http://server.example.com/chat?x=1 HTTP/1.1" }],
    ["absolute form with the default port", { GET: "GET http://SERVER.example.com:80 HTTP/1.1" }],
    ["a port", { Host: "Host: localhost:8199" }],
    ["an IPv6 host", { Host: "Host: [::1]:8199" }],
    ["an upper-case Upgrade", { Upgrade: "Upgrade: WEBSOCKET" }],
    ["a list in Upgrade", { Upgrade: "Upgrade: foo/2, websocket" }],
    ["Upgrade on two lines", { Upgrade: ["Upgrade: foo", "Upgrade: websocket"] }],
    ["a list in Connection", { Connection: "Connection: keep-alive, ,upgrade," }],
    ["Connection on two lines", { Connection: ["Connection: keep-alive", "Connection: Upgrade"] }],
    ["an empty line in a list", { Connection: ["Connection:", "Connection: Upgrade"] }],
    ["no Origin", { Origin: "" }],
    ["no subprotocol", { "Sec-WebSocket-Protocol": "" }],
    ["a body of no length", { "Content-Length": "Content-Length: 0" }],
    ["a length of two zeros", { "Content-Length": "Content-Length: 00" }],
    ["names in lower case", { Host: "host: a", Connection: "connection: upgrade" }],
  ])("accepts %s", (_, changes) => {
    expect(faults(request(changes))).toEqual([]);
  });

  const KEY = "Sec-WebSocket-Key";
  const VERSION = "Sec-WebSocket-Version";
  const PROTOCOL = "Sec-WebSocket-Protocol";
  it.each<[string, Record<string, string | string[]>, RegExp]>([
    ["POST", { GET: "POST /chat HTTP/1.1" }, /^400 .*method is "POST", expected GET/],
    ["get in lower case", { GET: "get /chat HTTP/1.1" }, /^400 .*method is "get"/],
    ["HTTP/1.0", { GET: "GET /chat HTTP/1.0" }, /^400 .*version is 1.0, expected 1.1/],
    ["a fragment", { GET: "GET /chat#x HTTP/1.1" }, /^400 .*has a fragment/],
    ["a byte above 0x7f in the target", { GET: "GET /\xe9 HTTP/1.1" }, /^400 .*percent-encoded/],
    ["asterisk form", { GET: "GET * HTTP/1.1" }, /^400 .*expected a path or/],
    ["authority form", { GET: "GET a:80 HTTP/1.1" }, /^400 .*expected a path or/],
    ["another scheme", { GET: "GET ftp://a/ HTTP/1.1" }, /^400 .*expected a path or/],
    ["an absolute form without host", { GET: "GET http:///x HTTP/1.1" }, /^400 .*malformed host/],
    ["another host in the target", { GET: "GET http://b/ HTTP/1.1" }, /^400 .*another host/],
    ["no Host", { Host: "" }, /^400 Host is missing/],
    ["two Hosts", { Host: ["Host: a", "Host: a"] }, /^400 Host is there more than once/],
    ["an empty Host", { Host: "Host:" }, /^400 Host is "", expected/],
    ["joined Hosts", { Host: "Host: a,b" }, /^400 Host is "a,b"/],
    ["a path in Host", { Host: "Host: a/b" }, /^400 Host is "a\/b"/],
    ["user information in Host", { Host: "Host: u@a" }, /^400 Host is "u@a"/],
    ["a port too high", { Host: "Host: a:65536" }, /^400 Host is "a:65536"/],
    ["no IPv6 address in brackets", { Host: "Host: [1::2::3]" }, /^400 Host is/],
    ["no Upgrade", { Upgrade: "" }, /^400 Upgrade is missing/],
    ["another protocol", { Upgrade: "Upgrade: h2c" }, /^400 Upgrade is "h2c"/],
    ["a version behind websocket", { Upgrade: "Upgrade: websocket/13" }, /^400 Upgrade is/],
    ["a quoted Upgrade", { Upgrade: 'Upgrade: "websocket"' }, /^400 Upgrade is malformed/],
    ["a name with space", { Upgrade: "Upgrade: a b/1, websocket" }, /^400 Upgrade is malformed/],
    ["a version with space", { Upgrade: "Upgrade: a/1 2, websocket" }, /^400 Upgrade is malf/],
    ["no Connection", { Connection: "" }, /^400 Connection is missing/],
    ["keep-alive", { Connection: "Connection: keep-alive" }, /^400 Connection is "keep-alive"/],
    ["a quoted Connection", { Connection: 'Connection: "a, upgrade"' }, /^400 Connection is malf/],
    ["no key", { [KEY]: "" }, /^400 Sec-WebSocket-Key is missing/],
    ["two keys", { [KEY]: [LINES[4]!, LINES[4]!] }, /^400 Sec-WebSocket-Key is there more than/],
    ["a short key", { [KEY]: `${KEY}: dGhlIHNhbXBsZQ==` }, /^400 .*expected 16 bytes in base64/],
    ["no version", { [VERSION]: "" }, /^426 Sec-WebSocket-Version is missing, expected 13/],
    ["version 8", { [VERSION]: `${VERSION}: 8` }, /^426 .*is "8", expected 13/],
    ["version 013", { [VERSION]: `${VERSION}: 013` }, /^426 .*is "013", expected 13/],
    ["versions 13, 8", { [VERSION]: `${VERSION}: 13, 8` }, /^426 .*expected 13/],
    ["two versions", { [VERSION]: [LINES[7]!, LINES[7]!] }, /^400 .*Version is there more than/],
    ["two Origins", { Origin: ["Origin: http://a", "Origin: http://a"] }, /^400 Origin is there/],
    ["a quoted subprotocol", { [PROTOCOL]: `${PROTOCOL}: "a"` }, /^400 .*a list of tokens/],
    ["a subprotocol with a space", { [PROTOCOL]: `${PROTOCOL}: a b` }, /^400 .*a list of tokens/],
    ["an empty list of subprotocols", { [PROTOCOL]: `${PROTOCOL}: ,` }, /^400 .*list of tokens/],
    ["a subprotocol twice", { [PROTOCOL]: `${PROTOCOL}: a, b, a` }, /^400 .*a subprotocol twice/],
    ["a body", { "Content-Length": "Content-Length: 5" }, /^400 Content-Length is "5"/],
    ["a length below zero", { "Content-Length": "Content-Length: -0" }, /^400 Content-Length is/],
    ["two lengths", { "Content-Length": ["Content-Length: 0", "Content-Length: 0"] }, /more than/],
    ["chunks", { "Transfer-Encoding": "Transfer-Encoding: chunked" }, /^400 Transfer-Encoding/],
    ["identity", { "Transfer-Encoding": "Transfer-Encoding: identity" }, /^400 Transfer-Encoding/],
  ])("refuses %s, and finds nothing else wrong", (_, changes, message) => {
    expect(faults(request(changes))).toEqual([expect.stringMatching(message)]);
  });

  it("names all the faults, those of syntax first", () => {
    expect(faults(parse("POST /#x HTTP/1.0\nSec-WebSocket-Version: 8\r\n\r\n"))).toEqual([
      expect.stringMatching(/bare LF/),
      expect.stringMatching(/Host is missing/),
      expect.stringMatching(/method/),
      expect.stringMatching(/HTTP version/),
      expect.stringMatching(/fragment/),
      expect.stringMatching(/Upgrade is missing/),
      expect.stringMatching(/Connection is missing/),
      expect.stringMatching(/Key is missing/),
      expect.stringMatching(/426 Sec-WebSocket-Version/),
    ]);
  });

  it("says nothing more about a request line that is malformed", () => {
    expect(faults(request({ GET: "GET /chat" }))).toEqual([
      expect.stringMatching(/^400 the request line "GET…" is malformed/),
    ]);
  });
});
