import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chunks, decodeText, InputError, split } from "../../../src/cli/terminal/input-split.ts";

async function all(pieces: AsyncIterable<Buffer>): Promise<string[]> {
  const found: string[] = [];
  for await (const piece of pieces) found.push(piece.toString("latin1"));
  return found;
}

const streamOf = (...parts: string[]): Readable =>
  Readable.from(parts.map((part) => Buffer.from(part, "latin1")));

describe("split", () => {
  it.each([
    ["one\ntwo\r\nthree", ["one", "two", "three"]],
    ["one\n", ["one"]],
    ["\n\r\n\n", ["", "", ""]],
    ["", []],
    ["a\rb\n", ["a\rb"]],
    ["a\r", ["a\r"]],
  ])("%j into lines %j", async (text, lines) => {
    expect(await all(split(streamOf(text), 10, 100))).toEqual(lines);
  });

  it("at zero bytes, where a carriage return is a byte like others", async () => {
    expect(await all(split(streamOf("a\nb\r\0c\0"), 0, 100))).toEqual(["a\nb\r", "c"]);
  });

  it("gives the same for any chunks of the same bytes", async () => {
    const piece = fc.string({ unit: fc.constantFrom("a", "\n", "\r", "\xff"), maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(piece), async (parts) => {
        const whole = await all(split(streamOf(parts.join("")), 10, 1000));
        expect(await all(split(streamOf(...parts), 10, 1000))).toEqual(whole);
        const text = parts.join("").replaceAll("\r\n", "\n");
        expect(whole.join("\n")).toBe(text.replace(/\n$/, ""));
      }),
    );
  });

  it("throws for a piece that is too long, wherever its chunks end", async () => {
    expect(await all(split(streamOf("abc", "d\n"), 10, 4))).toEqual(["abcd"]);
    await expect(all(split(streamOf("abc", "de"), 10, 4))).rejects.toThrow(InputError);
  });
});

describe("chunks", () => {
  it("passes on what comes, in pieces of no more than the limit", async () => {
    expect(await all(chunks(streamOf("abcdefg", "h"), 3))).toEqual(["abc", "def", "g", "h"]);
  });
});

describe("decodeText", () => {
  it("knows text, keeps its byte order mark, and refuses the rest", () => {
    expect(decodeText(Buffer.from("\ufeffä€"))).toBe("\ufeffä€");
    expect(decodeText(Buffer.from([0xc3]))).toBeUndefined();
  });
});
