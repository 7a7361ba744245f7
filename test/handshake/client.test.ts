import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError, HandshakeError } from "../../src/errors.ts";
import { encodeKey } from "../../src/handshake/accept-key.ts";
import {
  canBeStatusLine,
  checkUpgradeResponse,
  parseResponseHead,
  requestHead,
  type UpgradeRequest,
} from "../../src/handshake/client.ts";
import { HeadReader } from "../../src/handshake/head-reader.ts";
import {
  checkUpgradeRequest,
  offeredProtocols,
  parseRequestHead,
} from "../../src/handshake/request.ts";
import { acceptHead } from "../../src/handshake/response.ts";
import { cut } from "./chunks.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const REQUEST: UpgradeRequest = {
  target: "/chat",
  host: "a",
  key: KEY,
  protocols: [],
  headers: {},
};
const TOKEN = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,10}$/);

/** RFC 6455 §1.2. */
const LINES = [
  "HTTP/1.1 101 Switching Protocols",
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
  "Sec-WebSocket-Protocol: chat",
];

function parse(text: string) {
  return parseResponseHead(Buffer.from(text, "latin1"), 100);
}

function faults(
  changes: Record<string, string | string[]> = {},
  sent: { protocols?: string[]; extensionOffered?: boolean } = {},
): string[] {
  const lines = [...LINES];
  for (const [name, by] of Object.entries(changes)) {
    const at = lines.findIndex((line) => line.startsWith(name));
    const replacement = by === "" ? [] : [by].flat();
    if (at === -1) lines.push(...replacement);
    else lines.splice(at, 1, ...replacement);
  }
  const head = parse(`${lines.join("\r\n")}\r\n\r\n`);
  const found = checkUpgradeResponse(head, { key: KEY, protocols: ["chat", "b"], ...sent });
  expect(found.every((fault) => fault.status === 0)).toBe(true);
  return found.map((fault) => fault.message);
}

describe("requestHead", () => {
  it("writes the request of RFC 6455 §1.2", () => {
    const head = requestHead({
      ...REQUEST,
      host: "server.example.com",
      origin: "http://example.com",
      protocols: ["chat", "superchat"],
    });
    expect(head).toBe(
      "GET /chat HTTP/1.1\r\n" +
        "Host: server.example.com\r\n" +
        "Upgrade: websocket\r\n" +
        "Connection: Upgrade\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        "Sec-WebSocket-Version: 13\r\n" +
        "Origin: http://example.com\r\n" +
        "Sec-WebSocket-Protocol: chat, superchat\r\n" +
        "\r\n",
    );
  });

  it.each<[string, Partial<UpgradeRequest>]>([
    ["a target that is no path", { target: "chat" }],
    ["a target with a space", { target: "/a b" }],
    ["a target with a line end", { target: "/ HTTP/1.1\r\nX: y" }],
    ["a target with a fragment", { target: "/#a" }],
    ["an empty host", { host: "" }],
    ["a host with a line end", { host: "a\r\nX: y" }],
    ["a key that is none", { key: "abc" }],
    ["an origin with a line end", { origin: "http://a\r\nX: y" }],
    ["extensions with a line end", { extensions: "a\r\nX: y" }],
    ["a subprotocol that is no token", { protocols: ["a b"] }],
    ["an empty subprotocol", { protocols: [""] }],
    ["a subprotocol twice", { protocols: ["a", "b", "a"] }],
    ["a header with a line end", { headers: { A: "b\r\nX: y" } }],
    ["a header of the handshake", { headers: { "Sec-WebSocket-Key": KEY } }],
    ["Host as a header", { headers: { Host: "b" } }],
    ["Origin as an option and as a header", { origin: "http://a", headers: { ORIGIN: "x" } }],
  ])("refuses %s", (_, changes) => {
    expect(() => requestHead({ ...REQUEST, ...changes })).toThrow(ArgumentError);
  });

  it("says that Host cannot be given, not that it was given twice", () => {
    const request = { ...REQUEST, headers: { Host: "b" } };
    expect(() => requestHead(request)).toThrow("Host is written by the handshake");
  });

  it("takes Origin as a header where it is no option", () => {
    expect(requestHead({ ...REQUEST, headers: { Origin: "x" } })).toMatch(/\r\nOrigin: x\r\n/);
  });

  it("writes what the server's side reads, in any chunking", () => {
    const value = fc.stringMatching(/^[!-~\xa1-\xff]{0,20}$/);
    const parts = fc.record({
      target: fc.webPath().map((path) => `/${path.replace(/^\//, "")}`),
      key: fc.uint8Array({ minLength: 16, maxLength: 16 }).map(encodeKey),
      protocols: fc.uniqueArray(TOKEN, { maxLength: 4 }),
      headers: fc.dictionary(
        TOKEN.map((name) => `x-${name.toLowerCase()}`),
        value,
      ),
    });
    const cutHead = parts.chain((own) => {
      const bytes = Buffer.from(requestHead({ ...REQUEST, ...own }), "latin1");
      return fc.tuple(fc.constant(own), cut(bytes));
    });
    fc.assert(
      fc.property(cutHead, ([own, chunks]) => {
        const reader = new HeadReader({ maxBytes: 16_384, maxFields: 100 });
        const ends = chunks.map((chunk) => reader.push(chunk));
        expect(Math.max(...ends)).toBeGreaterThan(0);
        const head = parseRequestHead(reader.bytes, 100);
        expect(checkUpgradeRequest(head)).toEqual([]);
        expect(head.target).toBe(own.target);
        expect(head.fields.get("sec-websocket-key")).toBe(own.key);
        expect(offeredProtocols(head.fields)).toEqual(own.protocols);
        for (const [name, text] of Object.entries(own.headers)) {
          expect(head.fields.get(name)).toBe(text);
        }
      }),
    );
  });
});

describe("parseResponseHead", () => {
  it.each([
    ["HTTP/1.1 101 Switching Protocols", "1.1", 101, "Switching Protocols"],
    ["HTTP/1.0 200 ", "1.0", 200, ""],
    ["HTTP/1.1 407", "1.1", 407, ""],
    ["HTTP/1.1 500 a  b\xe9", "1.1", 500, "a  b\xe9"],
  ])("reads the status line %j", (line, version, status, statusText) => {
    const head = parse(`${line}\r\nA: b\r\n\r\n`);
    expect(head).toMatchObject({ version, status, statusText, faults: [] });
    expect(head.fields.get("a")).toBe("b");
  });

  it.each(["HTTP/1.1", "HTTP/1.1 1", "HTTP/1.1 099 x", "HTTP/1.1 1010", "HTTP/1.1\t101 x"])(
    "finds the status line %j malformed",
    (line) => {
      const head = parse(`${line}\r\n\r\n`);
      expect(head).toMatchObject({ version: "", status: 0, statusText: "" });
      expect(head.faults[0]?.message).toMatch(/status line .* is malformed/);
      // Not that its status is wrong, too: there is none.
      const sent = { key: "dGhlIHNhbXBsZSBub25jZQ==", protocols: [] };
      expect(checkUpgradeResponse(head, sent)).toHaveLength(1);
    },
  );

  it.each([
    ["http/1.1 101 x", '"http/1.1 101 x", which is no HTTP'],
    ["ICY 200 OK", "no HTTP"],
    ["\x15\x03\x03\0\x02\x02\x46", "one of TLS: is it a wss: server?"],
  ])("says of %j that it is no HTTP", (line, message) => {
    const head = parse(`${line}\r\nno colon\n\r\n`);
    expect(head.faults).toHaveLength(1);
    expect(head).toMatchObject({ version: "", status: 0, statusText: "" });
    expect(head.faults[0]?.message).toContain(message);
  });

  it("finds faults of syntax", () => {
    expect(parse("HTTP/1.1 200 OK\nA : b\r\n\r\n").faults).toHaveLength(2);
  });

  it("never throws anything but HandshakeError", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, started) => {
        const start = Buffer.from(started ? "HTTP/1.1 101 x\r\n" : "");
        try {
          const head = parseResponseHead(Buffer.concat([start, bytes]), 3);
          checkUpgradeResponse(head, { key: KEY, protocols: [] });
        } catch (error) {
          expect(error).toBeInstanceOf(HandshakeError);
        }
      }),
    );
  });
});

describe("checkUpgradeResponse", () => {
  it("accepts the answer of RFC 6455 §1.2", () => {
    expect(faults()).toEqual([]);
  });

  it.each<[string, Record<string, string | string[]>]>([
    ["other cases", { Upgrade: "upgrade: WebSocket", Connection: "CONNECTION: upgrade" }],
    ["a list in Connection", { Connection: "Connection: keep-alive, Upgrade" }],
    ["no subprotocol", { "Sec-WebSocket-Protocol": "" }],
    ["another reason", { HTTP: "HTTP/1.1 101 WebSocket Protocol Handshake" }],
    ["an empty list of extensions", { "Sec-WebSocket-Extensions": "Sec-WebSocket-Extensions:" }],
  ])("accepts %s", (_, changes) => {
    expect(faults(changes)).toEqual([]);
  });

  const ACCEPT = "Sec-WebSocket-Accept";
  const PROTOCOL = "Sec-WebSocket-Protocol";
  const EXTENSIONS = "Sec-WebSocket-Extensions";
  it.each<[string, Record<string, string | string[]>, RegExp]>([
    ["200", { HTTP: "HTTP/1.1 200 OK" }, /the status is 200, expected 101/],
    ["HTTP/1.0", { HTTP: "HTTP/1.0 101 x" }, /the HTTP version is 1.0/],
    ["no Upgrade", { Upgrade: "" }, /Upgrade is missing/],
    ["another Upgrade", { Upgrade: "Upgrade: h2c" }, /Upgrade is "h2c"/],
    ["a list in Upgrade", { Upgrade: "Upgrade: websocket, h2c" }, /Upgrade is "websocket, h2c"/],
    ["two Upgrades", { Upgrade: [LINES[1]!, LINES[1]!] }, /Upgrade is "websocket, websocket"/],
    ["no Connection", { Connection: "" }, /Connection is missing/],
    ["another Connection", { Connection: "Connection: close" }, /Connection is "close"/],
    ["no accept value", { [ACCEPT]: "" }, /Sec-WebSocket-Accept is missing/],
    ["another accept value", { [ACCEPT]: `${ACCEPT}: ${KEY}` }, /Accept is "dGhl.*, expected s3pP/],
    [
      "an accept value in another case",
      { [ACCEPT]: `${ACCEPT}: S3PPLMBITXAQ9KYGZZHZRBK+XOO=` },
      /Accept is "S3PP/,
    ],
    ["two accept values", { [ACCEPT]: [LINES[3]!, LINES[3]!] }, /Accept is there more than once/],
    ["a subprotocol not offered", { [PROTOCOL]: `${PROTOCOL}: x` }, /"x" was not offered/],
    ["a subprotocol in another case", { [PROTOCOL]: `${PROTOCOL}: CHAT` }, /not offered/],
    ["an empty subprotocol", { [PROTOCOL]: `${PROTOCOL}:` }, /"" was not offered/],
    ["several subprotocols", { [PROTOCOL]: `${PROTOCOL}: chat, b` }, /expected one subprotocol/],
    ["a subprotocol twice", { [PROTOCOL]: [LINES[4]!, LINES[4]!] }, /expected one subprotocol/],
    ["an extension", { [EXTENSIONS]: `${EXTENSIONS}: x` }, /the extension "x" was not offered/],
    ["bare LF", { Connection: "Connection: Upgrade\nA: b" }, /bare LF/],
  ])("refuses %s, and finds nothing else wrong", (_, changes, message) => {
    expect(faults(changes)).toEqual([expect.stringMatching(message)]);
  });

  it("leaves extensions to the caller where some were offered", () => {
    const changes = { [EXTENSIONS]: `${EXTENSIONS}: x` };
    expect(faults(changes, { extensionOffered: true })).toEqual([]);
  });

  it("refuses a subprotocol where none was offered", () => {
    expect(faults({}, { protocols: [] })).toEqual([expect.stringMatching(/not offered/)]);
  });

  it("names all the faults", () => {
    const changes = { Upgrade: "", Connection: "", [ACCEPT]: "" };
    expect(faults(changes, { protocols: [] })).toHaveLength(4);
  });

  it("accepts what acceptHead writes", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }).map(encodeKey),
        fc.option(TOKEN, { nil: undefined }),
        (key, protocol) => {
          const head = parse(acceptHead({ key, protocol }));
          const protocols = protocol === undefined ? [] : ["other", protocol];
          expect(checkUpgradeResponse(head, { key, protocols })).toEqual([]);
        },
      ),
    );
  });
});

describe("canBeStatusLine", () => {
  const line = "HTTP/1.1 101 Switching Protocols";

  it("is true for each beginning of a status line", () => {
    for (let length = 0; length <= line.length; length++) {
      expect(canBeStatusLine(line.slice(0, length), false)).toBe(true);
      expect(canBeStatusLine(line.slice(0, length), true)).toBe(length >= 12);
    }
  });

  it("is false from the first character on that is in none", () => {
    for (let at = 0; at < 12; at++) {
      const wrong = line.slice(0, at);
      expect(canBeStatusLine(`${wrong}x`, false)).toBe(false);
    }
    expect(canBeStatusLine("HTTP/2 101", false)).toBe(false);
  });

  it("never gives up a line that the parser reads", () => {
    const status = fc.tuple(
      fc.integer({ min: 0, max: 99 }).map((n) => `${Math.floor(n / 10)}.${n % 10}`),
      fc.integer({ min: 100, max: 999 }),
      fc.constantFrom("", " ", " OK", " a b"),
    );
    fc.assert(
      fc.property(status, ([version, code, reason]) => {
        const text = `HTTP/${version} ${code}${reason}`;
        expect(parse(`${text}\r\n\r\n`).faults).toEqual([]);
        for (let length = 0; length <= text.length; length++) {
          expect(canBeStatusLine(text.slice(0, length), false)).toBe(true);
        }
        expect(canBeStatusLine(text, true)).toBe(true);
      }),
    );
  });
});
