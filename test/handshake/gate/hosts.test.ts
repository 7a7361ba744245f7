import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../../src/errors.ts";
import { checkHostRule, isHostAllowed } from "../../../src/handshake/gate/hosts.ts";

function allowed(rule: unknown, host: string, ...tls: (boolean | undefined)[]): boolean {
  const secure = tls.length === 0 ? false : tls[0];
  return isHostAllowed(checkHostRule(rule), { host, secure });
}

describe("isHostAllowed", () => {
  it("lets all pass with *, malformed ones too", () => {
    expect(allowed("*", "anything.example:1")).toBe(true);
    expect(allowed("*", "")).toBe(true);
  });

  it.each([
    ["a name, in any case", ["example.com"], "EXAMPLE.com"],
    ["a name on any port", ["Example.com"], "example.com:8199"],
    ["a name with the root's dot", ["example.com"], "example.com."],
    ["a name whose entry has that dot", ["example.com."], "example.com"],
    ["a name on its port", ["example.com:8199"], "example.com:8199"],
    ["an address", ["127.0.0.1"], "127.0.0.1:8199"],
    ["an IPv6 address in another form", ["[::1]"], "[0:0:0:0:0:0:0:1]:8199"],
    ["a name below another", ["*.example.com"], "a.b.example.com"],
    ["a name below another on its port", ["*.example.com:1"], "a.example.com:1"],
    ["any IPv4 address", ["ip-address"], "192.0.2.1:8199"],
    ["any IPv6 address", ["ip-address"], "[2001:db8::1]"],
    ["one of several", ["a.test", "b.test"], "b.test"],
  ])("lets %s pass", (_, rule, host) => {
    expect(allowed(rule, host)).toBe(true);
  });

  it.each([
    ["another name", ["example.com"], "example.org"],
    ["a name below", ["example.com"], "a.example.com"],
    ["the name that others are below", ["*.example.com"], "example.com"],
    ["a name that ends alike", ["*.example.com"], "aexample.com"],
    ["another port", ["example.com:8199"], "example.com:8200"],
    ["the usual port where another is listed", ["example.com:8199"], "example.com"],
    ["a name where addresses are listed", ["ip-address"], "127.0.0.1.evil.test"],
    ["what browsers turn into an address before they ask", ["ip-address"], "2130706433"],
    ["an address where none is listed", ["example.com"], "127.0.0.1"],
    ["a malformed one", ["example.com"], "example.com/"],
    ["none", ["example.com"], ""],
    ["all, where the list is empty", [], "localhost"],
  ])("refuses %s", (_, rule, host) => {
    expect(allowed(rule, host)).toBe(false);
  });

  it("knows the ports that browsers leave out", () => {
    const rule = ["a.test:443", "b.test:80"];
    expect(allowed(rule, "a.test", true)).toBe(true);
    expect(allowed(rule, "a.test", false)).toBe(false);
    expect(allowed(rule, "b.test", false)).toBe(true);
    expect(allowed(rule, "b.test", true)).toBe(false);
    // Behind a proxy that does not say.
    expect(allowed(rule, "a.test", undefined)).toBe(true);
    expect(allowed(rule, "b.test", undefined)).toBe(true);
    expect(allowed(rule, "b.test:81", undefined)).toBe(false);
  });

  it("asks a function, with the host as it came, if it is well-formed", () => {
    const seen: string[] = [];
    const rule = (host: string) => seen.push(host) === 1;
    expect(allowed(rule, "Example.com:80")).toBe(true);
    expect(allowed(rule, "b.test")).toBe(false);
    expect(allowed(rule, "a b")).toBe(false);
    expect(seen).toEqual(["Example.com:80", "b.test"]);
    expect(() => allowed(async () => true, "a.test")).toThrow(/returned a promise/);
  });
});

describe("checkHostRule", () => {
  it.each([undefined, null, "example.com", true, 1, {}])("refuses the rule %o", (rule) => {
    expect(() => checkHostRule(rule)).toThrow(ArgumentError);
  });

  it.each([
    "https://example.com",
    "example.com/",
    "a b",
    "",
    "*",
    "*.*.test",
    "a.*.test",
    "a:99999",
    5,
  ])("refuses the entry %j", (entry) => {
    expect(() => checkHostRule(["example.com", entry])).toThrow(/is no host, expected/);
  });
});
