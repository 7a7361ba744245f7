import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import {
  checkOriginRule,
  isOriginAllowed,
  isSameOrigin,
  type OriginRule,
} from "../../../src/handshake/gate/origin.ts";
import { requestHeadFrom } from "../../../src/handshake/request.ts";

function allowed(rule: unknown, ...origins: string[]): boolean {
  const fields = origins.flatMap((origin) => ["Origin", origin]);
  const head = requestHeadFrom("GET", "/", "1.1", ["Host", "example.com", ...fields]);
  return isOriginAllowed(checkOriginRule(rule), head, { host: "example.com", secure: true });
}

describe("isSameOrigin", () => {
  it.each([
    ["http://example.com", "example.com", false],
    ["http://example.com:80", "example.com", false],
    ["http://example.com", "example.com:80", false],
    ["https://example.com", "example.com:443", true],
    ["https://EXAMPLE.com", "Example.COM", true],
    ["HTTP://localhost:8199", "localhost:8199", false],
    ["http://[::1]:8199", "[::1]:8199", false],
    ["http://[::1]", "[0:0::0:1]", false],
    ["http://127.0.0.1:8199", "127.0.0.1:8199", false],
  ])("%s is the origin of %s (secure: %s)", (origin, host, secure) => {
    expect(isSameOrigin(origin, host, secure)).toBe(true);
  });

  it.each([
    ["another host", "http://evil.com", "example.com", false],
    ["a subdomain", "http://a.example.com", "example.com", false],
    ["a host that begins alike", "http://example.com.evil.com", "example.com", false],
    ["a host that ends alike", "http://evilexample.com", "example.com", false],
    ["another port", "http://example.com:81", "example.com", false],
    ["the other scheme's default port", "http://example.com:443", "example.com", false],
    ["http for wss", "http://example.com", "example.com", true],
    ["https for ws", "https://example.com", "example.com", false],
    ["ws itself", "ws://example.com", "example.com", false],
    ["null", "null", "null", false],
    ["file", "file://", "", false],
    ["an empty origin", "", "example.com", false],
    ["no scheme", "example.com", "example.com", false],
    ["a path in both", "http://example.com/", "example.com/", false],
    ["user information", "http://u@example.com", "example.com", false],
    ["user information in both", "http://u@example.com", "u@example.com", false],
    ["two origins", "http://example.com http://example.com", "example.com", false],
    ["an empty host", "http://", "", false],
    ["what is no origin of what is no host", "garbage", "a b", false],
    ["a trailing dot", "http://example.com.", "example.com", false],
  ])("refuses %s", (_, origin, host, secure) => {
    expect(isSameOrigin(origin, host, secure)).toBe(false);
  });

  it("takes either scheme, with its own port, where a proxy does not say by which it was asked", () => {
    expect(isSameOrigin("https://example.com", "example.com", undefined)).toBe(true);
    expect(isSameOrigin("HTTPS://example.com", "example.com:443", undefined)).toBe(true);
    expect(isSameOrigin("http://example.com", "example.com", undefined)).toBe(true);
    expect(isSameOrigin("http://example.com", "example.com:443", undefined)).toBe(false);
    expect(isSameOrigin("https://example.org", "example.com", undefined)).toBe(false);
    expect(isSameOrigin("ftp://example.com", "example.com", undefined)).toBe(false);
  });
});

describe("isOriginAllowed", () => {
  it.each(["same-origin", "*", [], () => false])(
    "lets a request without Origin pass (%o)",
    (rule) => {
      expect(allowed(rule)).toBe(true);
    },
  );

  it("compares with the Host field by default", () => {
    expect(allowed("same-origin", "https://example.com")).toBe(true);
    expect(allowed("same-origin", "https://example.org")).toBe(false);
    const head = requestHeadFrom("GET", "/", "1.1", ["Origin", "https://example.com"]);
    expect(isOriginAllowed("same-origin", head, { host: "", secure: true })).toBe(false);
  });

  it("lets every origin pass with *", () => {
    expect(allowed("*", "null")).toBe(true);
  });

  it("compares with a list, both in canonical form", () => {
    const list = ["HTTPS://Example.ORG:443", "http://localhost:3000", "app://x", "null", "file://"];
    expect(allowed(list, "https://example.org")).toBe(true);
    expect(allowed(list, "http://localhost:3000")).toBe(true);
    expect(allowed(list, "app://x")).toBe(true);
    expect(allowed(list, "null")).toBe(true);
    expect(allowed(list, "file://")).toBe(true);
    expect(allowed(list, "http://example.org")).toBe(false);
    expect(allowed(list, "http://localhost")).toBe(false);
    expect(allowed(list, "https://example.com")).toBe(false);
    expect(allowed(list, "garbage")).toBe(false);
    expect(allowed(["https://a.com"], "null")).toBe(false);
  });

  it("compares with the Host field and a list where both are given", () => {
    const list = ["same-origin", "https://device.test"];
    expect(allowed(list, "https://example.com")).toBe(true);
    expect(allowed(list, "https://device.test")).toBe(true);
    expect(allowed(list, "https://evil.test")).toBe(false);
    expect(allowed(["same-origin"], "https://example.com")).toBe(true);
  });

  it("takes an entry with one slash behind it for what it means", () => {
    expect(allowed(["https://a.test/"], "https://a.test")).toBe(true);
    expect(allowed(["https://a.test:444/", "file:///"], "https://a.test:444")).toBe(true);
    expect(allowed(["file:///"], "file://")).toBe(true);
    // A browser never sends one.
    expect(allowed(["https://a.test/"], "https://a.test/")).toBe(false);
  });

  it("asks a function", () => {
    const seen: string[] = [];
    const rule: OriginRule = (origin, head) => {
      seen.push(`${origin} ${head.fields.get("host")}`);
      return origin === "https://a.com";
    };
    expect(allowed(rule, "https://a.com")).toBe(true);
    expect(allowed(rule, "https://b.com")).toBe(false);
    expect(seen).toEqual(["https://a.com example.com", "https://b.com example.com"]);
  });

  it("does not take a promise for a yes", () => {
    expect(() => allowed(async () => false, "https://a.com")).toThrow(/returned a promise/);
    expect(() => allowed(() => "yes", "https://a.com")).toThrow(ArgumentError);
  });

  it("refuses several origins", () => {
    const twice = ["https://example.com", "https://example.com"];
    expect(allowed("same-origin", ...twice)).toBe(false);
    expect(allowed(() => true, ...twice)).toBe(false);
  });
});

describe("checkOriginRule", () => {
  it.each([undefined, null, "https://a.com", true, 1, {}])("refuses the rule %o", (rule) => {
    expect(() => checkOriginRule(rule)).toThrow(ArgumentError);
  });

  it.each([
    "example.com",
    "https://example.com//",
    "https://*.example.com/x",
    "https:/",
    "https://",
    "https:///",
    "",
    "*",
    5,
    "http://a b",
  ])("refuses the entry %j", (entry) => {
    expect(() => checkOriginRule(["https://a.com", entry])).toThrow(/is no origin, expected/);
  });
});
