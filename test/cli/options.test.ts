import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/cli/command-line.ts";
import { parseConnectOptions } from "../../src/cli/connect-options.ts";
import { parseServeOptions } from "../../src/cli/serve-options.ts";

describe("barewire serve", () => {
  it("has defaults", () => {
    const options = parseServeOptions([]);
    if (options === "help") throw new Error("asked for help");
    const { root, ...others } = options;
    expect(others).toEqual({
      port: 8199,
      host: undefined,
      tls: undefined,
      origins: [],
      quiet: false,
    });
    expect(existsSync(join(root, "index.html"))).toBe(true);
  });

  it("takes all its options", () => {
    expect(
      parseServeOptions(
        "--port 0 --host ::1 --root dir --cert c --key k --origin https://a.test --origin null --quiet".split(
          " ",
        ),
      ),
    ).toEqual({
      port: 0,
      host: "::1",
      root: "dir",
      tls: { cert: "c", key: "k" },
      origins: ["https://a.test", "null"],
      quiet: true,
    });
    expect(parseServeOptions(["--tls", "--origin", "*"])).toMatchObject({
      tls: "self-signed",
      origins: "*",
    });
    expect(parseServeOptions(["-h"])).toBe("help");
  });

  it.each([
    [["--port", "65536"], /--port: expected an integer from 0 to 65535, got "65536"/],
    [["--port", "80x"], /--port/],
    [["--port", ""], /--port/],
    [["--port"], /--port/],
    [["--host", ""], /--host/],
    [["--cert", "c"], /--cert: expected --key/],
    [["--key", "k"], /--key: expected --cert/],
    [["--origin", "example.com"], /--origin: expected scheme, host and port/],
    [["--origin", "https://example.com/"], /--origin/],
    [["--nonsense"], /Unknown option '--nonsense'/],
    [["word"], /word/],
  ])("refuses %j", (args, message) => {
    expect(() => parseServeOptions(args)).toThrow(UsageError);
    expect(() => parseServeOptions(args)).toThrow(message);
  });
});

describe("barewire connect", () => {
  it("has defaults", () => {
    expect(parseConnectOptions(["ws://h/"])).toMatchObject({
      url: "ws://h/",
      headers: [],
      subprotocols: [],
      origin: undefined,
      once: false,
      send: undefined,
      binary: false,
      pingInterval: undefined,
      timeout: 10_000,
      ca: undefined,
      insecure: false,
      proxy: "env",
    });
  });

  it("takes all its options", () => {
    const args = ["--header", "A: 1", "--header", "b:x:y ", "--subprotocol", "p", "--origin", "o"];
    args.push("--once", "--send", "text", "--binary", "--ping", "0.5", "--timeout", "2");
    args.push("--ca", "file", "--insecure", "--proxy", "none", "--wait", "0", "wss://h/");
    expect(parseConnectOptions(args)).toEqual({
      url: "wss://h/",
      headers: [
        ["A", "1"],
        ["b", "x:y"],
      ],
      subprotocols: ["p"],
      origin: "o",
      once: true,
      send: "text",
      binary: true,
      pingInterval: 500,
      timeout: 2000,
      wait: 0,
      ca: "file",
      insecure: true,
      proxy: "none",
    });
    expect(parseConnectOptions(["--help"])).toBe("help");
  });

  it.each([
    [[], /expected a URL/],
    [["ws://a", "ws://b"], /expected one URL, got 2/],
    [["ws://a", "--header", "none"], /--header: expected "NAME: VALUE", got text without/],
    [["ws://a", "--header", ": x"], /--header/],
    [["ws://a", "--ping", "0"], /--ping: expected a number from 0.001/],
    [["ws://a", "--timeout", "-1"], /--timeout: expected a value; .* is written --timeout=-/],
    [["ws://a", "--timeout", "1e3"], /--timeout/],
    [["ws://a", "--timeout", "99999999"], /--timeout/],
    [["ws://a", "--once=yes"], /--once/],
    [["ws://a", "--nonsense"], /Unknown option '--nonsense'/],
  ])("refuses %j", (args, message) => {
    expect(() => parseConnectOptions(args)).toThrow(UsageError);
    expect(() => parseConnectOptions(args)).toThrow(message);
  });
});
