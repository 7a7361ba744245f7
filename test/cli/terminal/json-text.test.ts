import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { painter } from "../../../src/cli/terminal/colors.ts";
import { indentJson } from "../../../src/cli/terminal/json-text.ts";

const plain = painter(false);

describe("indentJson", () => {
  it("indents as JSON.stringify does", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, 3), (value, space) => {
        if (typeof value !== "object" || value === null) return;
        const text = JSON.stringify(value, undefined, space);
        expect(indentJson(text, plain)).toBe(JSON.stringify(value, undefined, 2));
      }),
    );
  });

  it("keeps numbers, escapes, keys and their order as they were written", () => {
    expect(indentJson('{"b":1.0,"a":12345678901234567890,"b":1e400,"\\u00e4":"\\/"}', plain)).toBe(
      '{\n  "b": 1.0,\n  "a": 12345678901234567890,\n  "b": 1e400,\n  "\\u00e4": "\\/"\n}',
    );
  });

  it("tells keys, strings, numbers and words apart by colour", () => {
    const paint = (style: string, text: string): string => `<${style} ${text}>`;
    expect(indentJson('{"k":["s",-1,true,null]}', paint)).toBe(
      '{\n  <cyan "k">: [\n    <green "s">,\n    <yellow -1>,\n    <magenta true>,\n    <magenta null>\n  ]\n}',
    );
  });

  it.each(['"text"', "1", "null", "{bad}", "[1", "", "hello", '{"a":1}}'])(
    "leaves %j alone",
    (text) => {
      expect(indentJson(text, plain)).toBeUndefined();
    },
  );

  it("leaves alone what would grow beyond measure", () => {
    expect(indentJson("[".repeat(65) + "]".repeat(65), plain)).toBeUndefined();
    expect(indentJson("[".repeat(64) + "]".repeat(64), plain)).toBeDefined();
    expect(indentJson(`["${"x".repeat(2 ** 20)}"]`, plain)).toBeUndefined();
  });
});
