import { describe, expect, it } from "vitest";
import {
  basicAuthorization,
  hostAndPort,
  parseTarget,
  withoutSecrets,
} from "../../src/client/target.ts";
import { ArgumentError } from "../../src/errors.ts";

describe("parseTarget", () => {
  it.each([
    ["ws://example.com", false, "example.com", 80, "example.com", "/"],
    ["wss://example.com/a/b?c=d", true, "example.com", 443, "example.com", "/a/b?c=d"],
    ["http://example.com:80/", false, "example.com", 80, "example.com", "/"],
    ["https://example.com:8443?x", true, "example.com", 8443, "example.com:8443", "/?x"],
    ["ws://[::1]:9/", false, "::1", 9, "[::1]:9", "/"],
    [
      "ws://BÜCHER.example/ü",
      false,
      "xn--bcher-kva.example",
      80,
      "xn--bcher-kva.example",
      "/%C3%BC",
    ],
    ["wss://a.example:80", true, "a.example", 80, "a.example:80", "/"],
  ])("reads %s", (url, secure, host, port, authority, resource) => {
    const expected = { secure, host, port, authority, resource };
    expect(parseTarget(url)).toMatchObject({ ...expected, socketPath: undefined });
    expect(parseTarget(new URL(url))).toMatchObject(expected);
  });

  it.each([
    ["ws+unix:/run/a.sock:/chat?x=1", false, "/run/a.sock", "/chat?x=1"],
    ["ws+unix:/run/a.sock", false, "/run/a.sock", "/"],
    ["ws+unix:///run/a.sock:/chat", false, "/run/a.sock", "/chat"],
    ["wss+unix:/run/a%20b.sock:/c", true, "/run/a b.sock", "/c"],
    ["ws+unix:/run/a.sock:chat:x", false, "/run/a.sock", "/chat:x"],
  ])("reads %s", (url, secure, socketPath, resource) => {
    expect(parseTarget(url)).toMatchObject({ secure, socketPath, resource, host: "localhost" });
  });

  it("decodes credentials and keeps them out of the rest", () => {
    const target = parseTarget("ws://us%C3%A9r:p%3Aw@example.com/");
    expect(target.credentials).toEqual({ username: "usér", password: "p:w" });
    expect(target.authority).toBe("example.com");
    expect(parseTarget("ws://user@a").credentials).toEqual({ username: "user", password: "" });
  });

  it.each([
    ["ftp://example.com", "another scheme"],
    ["mailto:a@example.com", "another scheme"],
    ["example.com", "not a valid URL"],
    ["", "not a valid URL"],
    ["ws://", "not a valid URL"],
    ["ws://a:99999", "not a valid URL"],
    ["ws://a/#b", "fragment"],
    ["ws://a/#", "fragment"],
    ["ws://%zz:b@a/", '"%"'],
    ["ws+unix::/chat", "needs the path of a socket"],
    ["ws+unix://host/run/a.sock", "needs the path of a socket"],
  ])("refuses %j", (url, message) => {
    expect(() => parseTarget(url)).toThrow(ArgumentError);
    expect(() => parseTarget(url)).toThrow(message);
  });

  it("repeats no password in its messages", () => {
    expect(() => parseTarget("ws://me:secret@a:x/")).toThrow(/^(?!.*secret)/);
  });
});

describe("withoutSecrets", () => {
  it.each([
    ["wss://me:secret@a.example:7/b?token=secret", "wss://a.example:7/b"],
    ["http://a.example#secret", "http://a.example/"],
    ["ws+unix:/run/a.sock:/chat?secret", "ws+unix:/run/a.sock:/chat"],
  ])("leaves of %s what may be seen", (url, shown) => {
    expect(withoutSecrets(url)).toBe(shown);
    expect(withoutSecrets(new URL(url))).toBe(shown);
  });
});

describe("basicAuthorization", () => {
  it("encodes UTF-8", () => {
    const value = basicAuthorization({ username: "usér", password: "a:b" });
    expect(value).toBe(`Basic ${Buffer.from("usér:a:b").toString("base64")}`);
  });

  it("refuses what Basic cannot carry", () => {
    expect(() => basicAuthorization({ username: "a:b", password: "" })).toThrow("colon");
    expect(() => basicAuthorization({ username: "a", password: "\n" })).toThrow("control");
  });
});

describe("hostAndPort", () => {
  it("puts IPv6 addresses in brackets", () => {
    expect(hostAndPort("::1", 80)).toBe("[::1]:80");
    expect(hostAndPort("example.com", 80)).toBe("example.com:80");
  });
});
