import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { ConnectOptions } from "../../src/client/options.ts";
import { planClient } from "../../src/client/plan.ts";
import { ArgumentError } from "../../src/errors.ts";

const plan = (options: object = {}, url = "ws://example.com/") =>
  planClient(url, options as ConnectOptions, {});

describe("planClient", () => {
  it("fills in the defaults", () => {
    expect(plan()).toMatchObject({
      handshakeTimeout: 10_000,
      protocols: [],
      origin: undefined,
      requireProtocol: true,
      maxRedirects: 0,
      insecureRedirects: false,
      hop: {
        host: "example.com",
        dial: {
          given: undefined,
          proxy: undefined,
          family: 0,
          limits: { maxBytes: 16_384, maxFields: 100 },
          maxRefusalBody: 4096,
        },
      },
      settings: { maxMessageSize: 1024 * 1024, maxFragments: 16_384 },
    });
  });

  it("takes the connection's limits", () => {
    expect(plan({ maxMessageSize: 7 }).settings.maxMessageSize).toBe(7);
  });

  it("names an unknown option and those that there are", () => {
    expect(() => plan({ timeout: 1 })).toThrow(ArgumentError);
    expect(() => plan({ timeout: 1 })).toThrow(/"timeout".*handshakeTimeout.*maxMessageSize/);
  });

  it.each([
    [{ handshakeTimeout: 0 }, "handshakeTimeout"],
    [{ handshakeTimeout: Number.NaN }, "handshakeTimeout"],
    [{ handshakeTimeout: "5" }, "handshakeTimeout"],
    [{ handshakeTimeout: 2 ** 31 }, "handshakeTimeout is at most"],
    [{ maxHeadSize: -1 }, "maxHeadSize"],
    [{ maxHeadFields: 0 }, "maxHeadFields"],
    [{ maxHeadFields: 9.5 }, "maxHeadFields"],
    [{ maxMessageSize: -1 }, "maxMessageSize"],
    [{ signal: {} }, "signal is not an AbortSignal"],
    [{ origin: "a b" }, "origin"],
    [{ origin: "https://a\r\nX: y" }, "origin"],
    [{ protocols: "chat" }, "protocols is not an array"],
    [{ protocols: ["a b"] }, "is not a token"],
    [{ protocols: [""] }, "is not a token"],
    [{ protocols: [7] }, "is not a token"],
    [{ protocols: ["a", "b", "a"] }, "twice"],
    [{ proxy: 8080 }, "proxy is not a string"],
    [{ proxy: "ftp://p" }, "the proxy option"],
    [{ proxy: "http://a%3Ab:c@p:1" }, "colon"],
    [{ proxyLoopback: "yes" }, "proxyLoopback"],
    [{ proxyHeaders: "a: b" }, "proxyHeaders is neither"],
    [{ proxyHeaders: { a: "b\r\nc: d" } }, "header a has a line break"],
    [{ proxyHeaders: { host: "a" } }, "proxyHeaders has a Host"],
    [
      { proxy: "http://me@p", proxyHeaders: { "proxy-authorization": "x" } },
      "Proxy-Authorization is given twice",
    ],
    [{ socket: 7 }, "socket is 7, expected a Duplex stream"],
    [{ socket: new PassThrough({ objectMode: true }) }, "socket is a stream of objects"],
    [{ socket: new PassThrough(), createConnection() {} }, "exclude each other"],
    [{ socket: new PassThrough(), maxRedirects: 1 }, "maxRedirects does not go with socket"],
    [{ socket: new PassThrough(), proxy: "http://p" }, "through a proxy"],
    [{ socket: new PassThrough(), lookup() {} }, "socket does not go with lookup"],
    [{ createConnection: {} }, "createConnection is not a function"],
    [{ createConnection() {}, socketPath: "/a" }, "createConnection does not go with socketPath"],
    [{ localAddress: "localhost" }, "localAddress is not an IP address"],
    [{ localAddress: "127.0.0.1", family: 6 }, "of the other IP version"],
    [{ localPort: 65_536 }, "localPort is a number"],
    [{ localPort: "80" }, "localPort is a number"],
    [{ localAddress: "127.0.0.1", socketPath: "/a" }, "do not go with a Unix socket"],
    [{ maxRedirects: -1 }, "maxRedirects"],
    [{ insecureRedirects: 1 }, "insecureRedirects"],
    [{ requireProtocol: "chat" }, "requireProtocol"],
    [{ maxRefusalBody: 0.5 }, "maxRefusalBody"],
    [{ headers: { Host: "a b" } }, "Host"],
    [{ headers: { host: "a", Host: "b" } }, "Host is given twice"],
    [{ socketPath: "" }, "socketPath"],
    [{ socketPath: "/a", proxy: "http://p" }, "through a proxy"],
    [{ family: 5 }, "family is 4, 6, or 0"],
    [{ lookup: "dns" }, "lookup is not a function"],
    [{ tls: true }, "tls is not an object"],
    [{ tls: { ALPNProtocols: ["h2"] } }, "tls.ALPNProtocols cannot be chosen"],
    [{ proxyTls: { host: "a" } }, "proxyTls.host cannot be chosen"],
    [{ headers: "a: b" }, "headers is neither"],
    [{ headers: { "a b": "c" } }, "not a token"],
    [{ headers: { a: "b\r\nc: d" } }, "control characters"],
    [{ headers: { a: "b\nc" } }, "control characters"],
    [{ headers: { a: "\0" } }, "control characters"],
    [{ headers: { a: "\u0100" } }, "latin1"],
    [{ headers: { a: undefined } }, "header a"],
    [{ headers: { Upgrade: "h2c" } }, "cannot be given"],
    [{ headers: { "sec-websocket-key": "x" } }, "cannot be given"],
    [{ headers: { "Content-Length": "1" } }, "cannot be given"],
    [{ headers: { cookie: "a=b" }, cookies: { c: "d" } }, "Cookie is given twice"],
    [{ cookies: { "a b": "c" } }, "cookie name"],
    [{ cookies: { a: "b;c" } }, "encodeURIComponent"],
    [{ cookies: { a: "b\r\n" } }, "encodeURIComponent"],
    [{ cookies: { a: "b\\c" } }, "encodeURIComponent"],
    [{ cookies: "a=b" }, "cookies is not an object"],
    [{ handler: () => {} }, "handler is not an object"],
  ])("refuses %j", (options, message) => {
    expect(() => plan(options)).toThrow(ArgumentError);
    expect(() => plan(options)).toThrow(message);
  });

  it.each([[null], ["options"], [7], [[]]])("refuses %j for options", (options) => {
    expect(() => planClient("ws://a", options as never, {})).toThrow(ArgumentError);
  });

  it("takes headers as an object, as pairs, as a Headers", () => {
    const expected = [["x-a", ["1"]]];
    expect(Object.entries(plan({ headers: { "x-a": "1" } }).hop.fields)).toEqual(expected);
    expect(Object.entries(plan({ headers: [["x-a", "1"]] }).hop.fields)).toEqual(expected);
    expect(Object.entries(plan({ headers: new Headers({ "X-A": "1" }) }).hop.fields)).toEqual(
      expected,
    );
    const lines = [["x-a", ["1", "2"]]];
    expect(Object.entries(plan({ headers: { "x-a": ["1", "2"] } }).hop.fields)).toEqual(lines);
    const pairs = ["1", "2"].map((value) => ["x-a", value]);
    expect(Object.entries(plan({ headers: pairs }).hop.fields)).toEqual(lines);
  });

  it("makes a cookie and an authorization of what it is given", () => {
    const { fields } = plan({ cookies: { a: "1", b: "x=y" } }, "ws://me:pw@example.com").hop;
    expect({ ...fields }).toEqual({
      Cookie: ["a=1; b=x=y"],
      Authorization: [`Basic ${Buffer.from("me:pw").toString("base64")}`],
    });
  });

  it("refuses an authorization beside the URL's credentials", () => {
    expect(() => plan({ headers: { authorization: "Bearer x" } }, "ws://me@a")).toThrow("twice");
  });

  it("keeps a Unix socket away from the environment's proxy", () => {
    const env = { ALL_PROXY: "http://p:1" };
    const options = { proxy: "env", socketPath: "/a" };
    expect(planClient("ws://example.com", options, env).hop.dial.proxy).toBeUndefined();
    expect(() => plan({ socketPath: "/a" }, "ws+unix:/b")).toThrow("named twice");
  });
});
