import { describe, expect, it } from "vitest";
import { parseCookies } from "../../src/handshake/cookies.ts";
import { Fields } from "../../src/handshake/fields.ts";

function cookies(...lines: string[]): Record<string, string> {
  return { ...parseCookies(new Fields(lines.map((line) => ["Cookie", line]))) };
}

describe("parseCookies", () => {
  it.each<[string, Record<string, string>]>([
    ["a=b", { a: "b" }],
    ["a=b; c=d", { a: "b", c: "d" }],
    ["a=b;c=d;", { a: "b", c: "d" }],
    [" a = b ;\tc=d", { a: "b", c: "d" }],
    ["a=", { a: "" }],
    ["a=b=c", { a: "b=c" }],
    ['a="b c"', { a: "b c" }],
    ['a="', { a: '"' }],
    ["a=%C3%BC", { a: "ü" }],
    ["a=%zz", { a: "%zz" }],
    ["a=1; a=2", { a: "1" }],
    ["A=1; a=2", { A: "1", a: "2" }],
    ["nonsense; =x; a=b", { a: "b" }],
    ["", {}],
  ])("of %j are %j", (line, expected) => {
    expect(cookies(line)).toEqual(expected);
  });

  it("may be spread over several fields", () => {
    expect(cookies("a=1; b=2", "c=3; a=4")).toEqual({ a: "1", b: "2", c: "3" });
    expect(cookies()).toEqual({});
  });

  it("may have the name of anything that objects have", () => {
    const parsed = parseCookies(new Fields([["cookie", "__proto__=x; constructor=y"]]));
    expect(Object.getPrototypeOf(parsed)).toBeNull();
    expect(Object.entries(parsed)).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
    expect("toString" in parsed).toBe(false);
  });
});
