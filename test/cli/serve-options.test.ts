import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/cli/command-line.ts";
import { parseServeOptions } from "../../src/cli/serve/options.ts";

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
      hosts: [],
      quiet: false,
    });
    expect(existsSync(join(root, "index.html"))).toBe(true);
  });

  it("takes all its options", () => {
    expect(
      parseServeOptions(
        "--port 0 --host ::1 --root dir --cert c --key k --origin https://a.test --origin null --allow-host a.test --quiet".split(
          " ",
        ),
      ),
    ).toEqual({
      port: 0,
      host: "::1",
      root: "dir",
      tls: { cert: "c", key: "k" },
      origins: ["https://a.test", "null"],
      hosts: ["a.test"],
      quiet: true,
    });
    expect(parseServeOptions(["--tls", "--origin", "*", "--allow-host", "*"])).toMatchObject({
      tls: "self-signed",
      origins: "*",
      hosts: "*",
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
    [["--origin", "example.com"], /--origin: "example.com" is no origin, expected scheme, host/],
    [["--origin", "https://example.com/path"], /--origin/],
    [
      ["--allow-host", "https://example.com"],
      /--allow-host: "https:.*" is no host, expected a name/,
    ],
    [["--nonsense"], /Unknown option '--nonsense'/],
    [["word"], /word/],
  ])("refuses %j", (args, message) => {
    expect(() => parseServeOptions(args)).toThrow(UsageError);
    expect(() => parseServeOptions(args)).toThrow(message);
  });
});
