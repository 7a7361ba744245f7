import { describe, expect, it } from "vitest";
import { painter } from "../../../src/cli/terminal/colors.ts";
import {
  type MessageFormat,
  messageText,
  sizeText,
} from "../../../src/cli/terminal/message-format.ts";

const PIPED: MessageFormat = {
  mark: false,
  time: false,
  size: false,
  json: false,
  bytes: "hex",
  end: "\n",
  escape: false,
  paint: painter(false),
};

function text(message: string | Buffer, format: Partial<MessageFormat>, who?: string): string {
  const pieces = [...messageText(message, { ...PIPED, ...format }, "<", who)];
  return Buffer.concat(pieces.map((piece) => Buffer.from(piece))).toString("latin1");
}

describe("messageText", () => {
  it.each([
    ["hello", {}, "hello\n"],
    ["hello", { end: "\0" as const }, "hello\0"],
    ["hello", { mark: true }, "< hello\n"],
    ["hello", { size: true }, "5 B  hello\n"],
    ["hello", { mark: true, size: true }, "< 5 B  hello\n"],
    ["two\nlines", { mark: true, size: true }, "< 9 B\ntwo\nlines\n"],
    ["two\nlines", {}, "two\nlines\n"],
    ['{"a":1}', { json: true }, '{\n  "a": 1\n}\n'],
    ['{"a":1}', { json: true, mark: true }, '<\n{\n  "a": 1\n}\n'],
    ["no JSON", { json: true, mark: true }, "< no JSON\n"],
    ["\x1b[2J", { escape: true }, "\\x1b[2J\n"],
    ["\x1b[2J", {}, "\x1b[2J\n"],
    ["", { mark: true }, "< \n"],
  ])("%j with %j is %j", (message, format, expected) => {
    expect(text(message, format)).toBe(expected);
  });

  it("escapes control characters in JSON, but not its own colours", () => {
    const format = { json: true, escape: true, paint: painter(true) };
    expect(text('["\x7f"]', format)).toBe('[\n  \x1b[32m"\\x7f"\x1b[0m\n]\n');
  });

  it("has the time of day in the user's time zone", () => {
    expect(text("x", { time: true })).toMatch(/^\d\d:\d\d:\d\d\.\d{3} {2}x\n$/);
  });

  it("says which of several peers it was", () => {
    expect(text("x", { mark: true }, "3")).toBe("3< x\n");
  });

  it("dumps bytes below its details, or writes them as base64, or as they are", () => {
    const bytes = Buffer.from([0xff, 0x41]);
    expect(text(bytes, {})).toMatch(/^00000000 {2}ff 41 +\|\.A\|\n$/);
    expect(text(bytes, { mark: true, size: true })).toMatch(/^< 2 B\n00000000 {2}ff 41/);
    expect(text(bytes, { bytes: "base64", mark: true })).toBe("< /0E=\n");
    expect(text(bytes, { bytes: "raw" })).toBe("\xff\x41");
  });

  it("dumps a long message in pieces whose offsets go on", () => {
    const pieces = [...messageText(Buffer.alloc(40_000), PIPED, "<")];
    expect(pieces.length).toBeGreaterThan(2);
    const lines = pieces.join("").trimEnd().split("\n");
    expect(lines).toHaveLength(2500);
    expect(lines.map((line) => Number.parseInt(line, 16) / 16)).toEqual(lines.map((_, i) => i));
  });
});

describe("sizeText", () => {
  it.each([
    [0, "0 B"],
    [1023, "1023 B"],
    [1536, "1.5 KiB"],
    [3 * 2 ** 20, "3.0 MiB"],
  ])("%i is %s", (bytes, expected) => {
    expect(sizeText(bytes)).toBe(expected);
  });
});
