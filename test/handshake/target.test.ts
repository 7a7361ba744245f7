import { describe, expect, it } from "vitest";
import { parseAuthority } from "../../src/handshake/authority.ts";
import { resourceName, targetFault } from "../../src/handshake/target.ts";

describe("resourceName", () => {
  it.each([
    ["/", "/"],
    ["/a?b=c", "/a?b=c"],
    ["//a/b", "//a/b"],
    ["http://a/b?c", "/b?c"],
    ["HTTPS://a:1/b", "/b"],
    ["http://a", "/"],
    ["http://a?b", "/?b"],
    ["*", "*"],
  ])("of %s is %s", (target, expected) => {
    expect(resourceName(target)).toBe(expected);
  });
});

describe("targetFault", () => {
  const host = parseAuthority("a:8080");

  it.each(["/", "/a|b{c}?d=%20", "http://a:8080/x", "http://A:8080"])("passes %s", (target) => {
    expect(targetFault(target, host)).toBeUndefined();
  });

  it("compares ports with the default of the scheme", () => {
    expect(targetFault("https://a/", parseAuthority("a:443"))).toBeUndefined();
    expect(targetFault("HTTPS://a/", parseAuthority("a:443"))).toBeUndefined();
    expect(targetFault("https://a/", parseAuthority("a:80"))).toMatch(/another host/);
    expect(targetFault("http://a/", undefined)).toBeUndefined();
  });

  it.each(["", "a", "/a b", "/#", "/\x7f", "http://a:8081/", "http://u@a:8080/", "ws://a:8080/"])(
    "finds fault with %j",
    (target) => {
      expect(targetFault(target, host)).toBeTypeOf("string");
    },
  );
});

describe("parseAuthority", () => {
  it.each([
    ["a", { host: "a", port: undefined }],
    ["Example.COM:80", { host: "example.com", port: 80 }],
    ["a:", { host: "a", port: undefined }],
    ["a_b.c-d~%20", { host: "a_b.c-d~%20", port: undefined }],
    ["[::1]", { host: "[::1]", port: undefined }],
    ["[0:0:0:0:0:0:0:A]:65535", { host: "[::a]", port: 65_535 }],
    ["[::ffff:127.0.0.1]", { host: "[::ffff:7f00:1]", port: undefined }],
  ])("reads %s", (text, expected) => {
    expect(parseAuthority(text)).toEqual(expected);
  });

  it.each(["", ":80", "a b", "a:b", "a:-1", "a:65536", "a/", "a?b", "u@a", "a,b", "a:1:2", "%zz"])(
    "refuses %j",
    (text) => {
      expect(parseAuthority(text)).toBeUndefined();
    },
  );

  it.each(["[]", "[::", "::1", "[1.2.3.4]", "[::1]x", "[::g]", "[:::]", "[::1%25eth0]"])(
    "refuses %j, which is no IPv6 address in brackets",
    (text) => {
      expect(parseAuthority(text)).toBeUndefined();
    },
  );
});
