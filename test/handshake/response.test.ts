import { describe, expect, it } from "vitest";
import { ArgumentError, HandshakeError } from "../../src/errors.ts";
import { checkHeader, headerLines } from "../../src/handshake/header-lines.ts";
import { acceptHead, answerBytes, answerHead } from "../../src/handshake/response.ts";
import { shown } from "../../src/options/describe.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

describe("acceptHead", () => {
  it("gives the answer of RFC 6455 §1.2", () => {
    expect(acceptHead({ key: KEY, protocol: "chat" })).toBe(
      "HTTP/1.1 101 Switching Protocols\r\n" +
        "Upgrade: websocket\r\n" +
        "Connection: Upgrade\r\n" +
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" +
        "Sec-WebSocket-Protocol: chat\r\n" +
        "\r\n",
    );
  });

  it("adds extensions and the caller's headers", () => {
    const headers = { "Set-Cookie": ["a=1", "b=2"], "X-A": "é" };
    expect(acceptHead({ key: KEY, extensions: "permessage-deflate", headers })).toMatch(
      /\r\nSec-WebSocket-Extensions: permessage-deflate\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-A: é\r\n\r\n$/,
    );
  });

  it.each(["", "a b", "a\r\nX: y", "a,b"])("refuses the subprotocol %j", (protocol) => {
    expect(() => acceptHead({ key: KEY, protocol })).toThrow(ArgumentError);
  });

  it("refuses extensions with a line end", () => {
    expect(() => acceptHead({ key: KEY, extensions: "a\r\nX: y" })).toThrow(ArgumentError);
  });
});

describe("checkHeader", () => {
  it.each([
    ["X-A", "b"],
    ["x!#$%&'*+-.^_`|~", ""],
    ["A", "tab\tand é"],
  ])("takes %s: %j", (name, value) => {
    expect(() => checkHeader(name, value)).not.toThrow();
  });

  it.each(["", "A B", "A:", "A\r\n", "é", "A\0"])("refuses the name %j", (name) => {
    expect(() => checkHeader(name, "x")).toThrow(/header name .* is not a token/);
  });

  it.each(["a\r\nB: c", "a\rb", "a\nb", "a\0", "\x7f", "€", " a", "a "])(
    "refuses the value %j and names the header",
    (value) => {
      expect(() => checkHeader("X-A", value)).toThrow(ArgumentError);
      expect(() => checkHeader("X-A", value)).toThrow(/header X-A/);
    },
  );

  it("refuses a value that is no string", () => {
    // Nothing of the value is in the message: it may be a password.
    for (const secret of ["Bearer abc\n", " abc", 5 as unknown as string]) {
      expect(() => checkHeader("Authorization", secret)).toThrow(/^(?!.*(abc|5,)).*Authorization/s);
    }
    expect(() => checkHeader("A", "ab\n")).toThrow(/has a line break in it/);
    expect(() => headerLines({ A: 5 } as unknown as Record<string, string>)).toThrow(ArgumentError);
  });

  it.each([
    "Connection",
    "UPGRADE",
    "Content-Length",
    "transfer-encoding",
    "Sec-WebSocket-Accept",
    "sec-websocket-anything",
  ])("refuses %s, which the handshake writes", (name) => {
    expect(() => checkHeader(name, "x")).toThrow(/written by the handshake/);
  });
});

describe("answerBytes", () => {
  it("makes a whole response", () => {
    expect(answerBytes({ status: 403, body: "no é" }).toString()).toBe(
      "HTTP/1.1 403 Forbidden\r\n" +
        "Content-Type: text/plain; charset=utf-8\r\n" +
        "Content-Length: 5\r\n" +
        "Connection: close\r\n" +
        "\r\n" +
        "no é",
    );
  });

  it("takes bytes, other content types and statuses without a name", () => {
    const headers = { "content-type": "application/octet-stream", "Retry-After": "5" };
    const bytes = answerBytes({ status: 599, headers, body: Uint8Array.of(0, 255) });
    expect(bytes.toString("latin1")).toBe(
      "HTTP/1.1 599 \r\ncontent-type: application/octet-stream\r\nRetry-After: 5\r\n" +
        "Content-Length: 2\r\nConnection: close\r\n\r\n\0\xff",
    );
  });

  it("names the version with 426 (RFC 6455 §4.4)", () => {
    expect(answerBytes({ status: 426 }).toString()).toBe(
      "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nConnection: Upgrade, close\r\n\r\n",
    );
  });

  it("sends 204 without a body", () => {
    expect(answerBytes({ status: 204 }).toString()).toBe(
      "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    );
    expect(() => answerBytes({ status: 204, body: "x" })).toThrow(/has no body/);
    expect(() => answerBytes({ status: 304, body: "x" })).toThrow(ArgumentError);
  });

  it.each([200, 599])("takes the status %d", (status) => {
    expect(answerHead({ status }, 0)).toContain(`HTTP/1.1 ${status} `);
  });

  it.each([0, 101, 199, 600, 200.5, Number.NaN])("refuses the status %d", (status) => {
    expect(() => answerHead({ status }, 0)).toThrow(ArgumentError);
  });

  it("refuses a header that would split the response", () => {
    const headers = { Location: "/\r\nSet-Cookie: a=b" };
    expect(() => answerBytes({ status: 302, headers })).toThrow(/header Location/);
  });

  it("sends a HandshakeError as it is", () => {
    const error = new HandshakeError("REFUSED", "no", { status: 429, headers: { A: "b" } });
    expect(answerBytes(error).toString()).toMatch(/^HTTP\/1.1 429 Too Many Requests\r\nA: b\r\n/);
  });
});

describe("the peer's text in a message", () => {
  it("is quoted, escaped, and cut beyond 60 characters", () => {
    expect(shown('a"\r\n')).toBe('"a\\"\\r\\n"');
    expect(shown("x".repeat(60))).toBe(`"${"x".repeat(60)}"`);
    expect(shown("x".repeat(61))).toBe(`"${"x".repeat(57)}..."`);
  });
});
