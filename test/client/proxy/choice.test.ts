import { describe, expect, it } from "vitest";
import { chooseProxy, proxyLabel } from "../../../src/client/proxy/choice.ts";
import { bypassesProxy } from "../../../src/client/proxy/no-proxy.ts";
import { ArgumentError } from "../../../src/errors.ts";

const WS = { secure: false, host: "example.com", port: 80 };
const WSS = { secure: true, host: "example.com", port: 443 };

function fromEnv(target: typeof WS, env: Record<string, string>, proxyLoopback = false) {
  const proxy = chooseProxy(target, "env", env, proxyLoopback);
  return proxy && proxyLabel(proxy);
}

describe("chooseProxy with a setting", () => {
  it('uses none for "none", whatever the environment says', () => {
    expect(chooseProxy(WS, "none", { http_proxy: "http://p:1" }, true)).toBeUndefined();
  });

  it("reads a URL with its kind, default port and decoded credentials", () => {
    expect(chooseProxy(WS, "http://p.example", {}, false)).toEqual({
      kind: "http",
      host: "p.example",
      port: 80,
      credentials: undefined,
    });
    expect(chooseProxy(WS, "https://us%20er:p%40ss@p.example", {}, false)).toEqual({
      kind: "https",
      host: "p.example",
      port: 443,
      credentials: { username: "us er", password: "p@ss" },
    });
    expect(chooseProxy(WS, "socks5h://[::1]", {}, false)).toMatchObject({
      kind: "socks5",
      host: "::1",
      port: 1080,
    });
  });

  it("uses a given proxy for loopback too, and regardless of NO_PROXY", () => {
    const target = { secure: false, host: "127.0.0.1", port: 80 };
    expect(chooseProxy(target, "http://p:1", { NO_PROXY: "*" }, false)?.host).toBe("p");
  });

  it.each([
    ["ftp://p:1", "has another scheme; expected"],
    ["p.example:3128", "has another scheme"],
    ["nonsense", "is not valid"],
    ["socks5:", "has no host"],
    ["socks5://user@p:1", "1 to 255 bytes"],
  ])("refuses %s", (setting, message) => {
    expect(() => chooseProxy(WS, setting, {}, false)).toThrow(ArgumentError);
    expect(() => chooseProxy(WS, setting, {}, false)).toThrow(message);
  });

  it("does not repeat a password in its message", () => {
    expect(() => chooseProxy(WS, "http://user:secret@:x", {}, false)).toThrow(/^(?!.*secret)/);
  });
});

describe("chooseProxy with the environment", () => {
  it("takes HTTP_PROXY for ws and HTTPS_PROXY for wss", () => {
    const env = { HTTP_PROXY: "http://plain:1", HTTPS_PROXY: "http://tls:2" };
    expect(fromEnv(WS, env)).toBe("http://plain:1");
    expect(fromEnv(WSS, env)).toBe("http://tls:2");
    expect(fromEnv(WSS, { HTTP_PROXY: "http://plain:1" })).toBeUndefined();
  });

  it("falls back to ALL_PROXY", () => {
    expect(fromEnv(WS, { ALL_PROXY: "socks5://s:1" })).toBe("socks5://s:1");
    expect(fromEnv(WS, { ALL_PROXY: "socks5://s:1", HTTP_PROXY: "http://p:2" })).toBe("http://p:2");
  });

  it("lets lower case win, and an empty variable count as none", () => {
    expect(fromEnv(WS, { http_proxy: "http://low:1", HTTP_PROXY: "http://up:2" })).toBe(
      "http://low:1",
    );
    expect(fromEnv(WS, { http_proxy: "", HTTP_PROXY: "http://up:2" })).toBe("http://up:2");
    expect(fromEnv(WS, { all_proxy: "http://low:1", ALL_PROXY: "http://up:2" })).toBe(
      "http://low:1",
    );
    expect(fromEnv(WS, { http_proxy: " " })).toBeUndefined();
    expect(fromEnv(WS, { HTTP_PROXY: "http://p:1", no_proxy: "other", NO_PROXY: "*" })).toBe(
      "http://p:1",
    );
  });

  it("takes a variable without a scheme for http", () => {
    expect(fromEnv(WS, { http_proxy: "p.example:3128" })).toBe("http://p.example:3128");
  });

  it("names the variable that is wrong", () => {
    expect(() => fromEnv(WS, { http_proxy: "ftp://p" })).toThrow(
      "the URL in http_proxy has another scheme",
    );
  });

  it("does not believe HTTP_PROXY in a CGI script, where a request can set it", () => {
    const env = { HTTP_PROXY: "http://evil:1", REQUEST_METHOD: "GET" };
    expect(fromEnv(WS, env)).toBeUndefined();
    expect(fromEnv(WS, { ...env, http_proxy: "http://p:1" })).toBe("http://p:1");
  });

  it.each([
    "localhost",
    "LOCALHOST.",
    "a.localhost",
    "127.0.0.1",
    "127.1.2.3",
    "::1",
    "::ffff:7f00:1",
  ])("goes direct to loopback: %s, unless asked", (host) => {
    const env = { ALL_PROXY: "http://p:1" };
    expect(fromEnv({ ...WS, host }, env)).toBeUndefined();
    expect(fromEnv({ ...WS, host }, env, true)).toBe("http://p:1");
  });

  it.each(["localhost.example.com", "128.0.0.1", "::2", "notlocalhost"])(
    "does not take %s for loopback",
    (host) => {
      expect(fromEnv({ ...WS, host }, { ALL_PROXY: "http://p:1" })).toBe("http://p:1");
    },
  );
});

describe("NO_PROXY", () => {
  it.each([
    ["*", "example.com", 80],
    ["example.com", "example.com", 80],
    ["EXAMPLE.com", "example.COM", 80],
    ["example.com", "a.b.example.com", 80],
    [".example.com", "a.example.com", 80],
    [".example.com", "example.com", 80],
    ["*.example.com", "a.example.com", 80],
    ["example.com.", "example.com", 80],
    ["example.com", "example.com.", 80],
    ["other, example.com", "example.com", 80],
    ["other example.com", "example.com", 80],
    ["example.com:8080", "example.com", 8080],
    [".example.com:8080", "a.example.com", 8080],
    ["10.0.0.1", "10.0.0.1", 80],
    ["10.0.0.1:99", "10.0.0.1", 99],
    ["10.0.0.0/8", "10.200.3.4", 80],
    ["[::2]", "::2", 80],
    ["::2", "::2", 80],
    ["0:0:0:0:0:0:0:2", "::2", 80],
    ["[::2]:99", "::2", 99],
    ["fd00::/8", "fd12::1", 80],
    ["[fd00::/8]", "fd12::1", 80],
  ])("%s covers %s port %d", (noProxy, host, port) => {
    expect(bypassesProxy({ secure: false, host, port }, noProxy)).toBe(true);
  });

  it.each([
    ["", "example.com", 80],
    [",", "example.com", 80],
    [".", "example.com", 80],
    ["example.com", "badexample.com", 80],
    ["a.example.com", "example.com", 80],
    ["example.com:8080", "example.com", 80],
    ["example", "example.com", 80],
    ["10.0.0.1", "10.0.0.10", 80],
    ["10.0.0.1:99", "10.0.0.1", 80],
    ["10.0.0.0/8", "11.0.0.1", 80],
    ["10.0.0.0/33", "10.0.0.1", 80],
    ["10.0.0.0/x", "10.0.0.1", 80],
    ["10.0.0.0/8/8", "10.0.0.1", 80],
    ["0.0.1", "10.0.0.1", 80],
    ["[::2]:99", "::2", 80],
    ["fd00::/8", "fe00::1", 80],
    ["::3", "::2", 80],
  ])("%s does not cover %s port %d", (noProxy, host, port) => {
    expect(bypassesProxy({ secure: false, host, port }, noProxy)).toBe(false);
  });

  it("decides for the environment", () => {
    const env = { ALL_PROXY: "http://p:1", NO_PROXY: "example.com:80" };
    expect(fromEnv(WS, env)).toBeUndefined();
    expect(fromEnv(WSS, env)).toBe("http://p:1");
  });
});
