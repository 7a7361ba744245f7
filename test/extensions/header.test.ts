import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import {
  type ExtensionOffer,
  formatExtensions,
  parseExtensions,
} from "../../src/extensions/header.ts";

describe("parseExtensions", () => {
  it("reads the examples of RFC 6455 §9.1", () => {
    expect(parseExtensions("foo")).toEqual([{ name: "foo", params: [] }]);
    expect(parseExtensions("bar; baz=2")).toEqual([{ name: "bar", params: [["baz", "2"]] }]);
    expect(parseExtensions("deflate-stream")).toEqual([{ name: "deflate-stream", params: [] }]);
    expect(parseExtensions("mux; max-channels=4; flow-control, deflate-stream")).toEqual([
      {
        name: "mux",
        params: [
          ["max-channels", "4"],
          ["flow-control", true],
        ],
      },
      { name: "deflate-stream", params: [] },
    ]);
  });

  it.each([
    ["a;b", [{ name: "a", params: [["b", true]] }]],
    ["\ta ;\tb = c ", [{ name: "a", params: [["b", "c"]] }]],
    ['a; b="c"', [{ name: "a", params: [["b", "c"]] }]],
    ['a; b="\\c\\d"', [{ name: "a", params: [["b", "cd"]] }]],
    [
      ", a,, b ,",
      [
        { name: "a", params: [] },
        { name: "b", params: [] },
      ],
    ],
    [
      "a; b=1; b=2",
      [
        {
          name: "a",
          params: [
            ["b", "1"],
            ["b", "2"],
          ],
        },
      ],
    ],
    [
      "a, a",
      [
        { name: "a", params: [] },
        { name: "a", params: [] },
      ],
    ],
    ["a; __proto__=1", [{ name: "a", params: [["__proto__", "1"]] }]],
  ])("reads %j", (value, expected) => {
    expect(parseExtensions(value)).toEqual(expected);
  });

  it.each([
    ["nothing", ""],
    ["only commas", " , ,"],
    ["no name", "; a"],
    ["a name that is quoted", '"a"'],
    ["two names", "a b"],
    ["an empty parameter", "a;"],
    ["an empty parameter in between", "a;;b"],
    ["a parameter without a name", "a; =b"],
    ["an empty value", "a; b="],
    ["an empty quoted value", 'a; b=""'],
    ["a quoted value that is no token", 'a; b="c d"'],
    ["a quoted list", 'a; b="c,d"'],
    ["an escape to what is no token", 'a; b="c\\"d"'],
    ["a quoted string without end", 'a; b="c'],
    ["an escape without end", 'a; b="c\\'],
    ["something behind a quoted string", 'a; b="c"d'],
    ["two values", "a; b=c=d"],
    ["an equals sign behind the name", "a=b"],
    ["a control character", "a; b=c\0"],
    ["a byte above 0x7f", "a\xe9"],
    ["a good extension and a bad one", "a, b;"],
  ])("refuses %s", (_, value) => {
    expect(parseExtensions(value)).toBeUndefined();
  });

  it("never throws", () => {
    const piece = fc.constantFrom(";", ",", "=", '"', "\\", " ", "a", "b", "\t", "\0", "é");
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(piece).map((all) => all.join("")),
        ),
        (value) => {
          const offers = parseExtensions(value);
          // What was read can be written, and is then read the same.
          if (offers !== undefined)
            expect(parseExtensions(formatExtensions(offers))).toEqual(offers);
        },
      ),
    );
  });
});

describe("formatExtensions", () => {
  it("writes what parseExtensions reads", () => {
    const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,10}$/);
    const param = fc.tuple(token, fc.oneof(fc.constant<true>(true), token));
    const offer = fc.record({ name: token, params: fc.array(param, { maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(offer, { minLength: 1, maxLength: 4 }), (list) => {
        expect(parseExtensions(formatExtensions(list))).toEqual(list);
      }),
    );
  });

  it("writes the customary form", () => {
    const list: ExtensionOffer[] = [
      {
        name: "a",
        params: [
          ["b", true],
          ["c", "10"],
        ],
      },
      { name: "d", params: [] },
    ];
    expect(formatExtensions(list)).toBe("a; b; c=10, d");
  });

  it.each<[string, ExtensionOffer[]]>([
    ["an empty list", []],
    ["a name that is no token", [{ name: "a b", params: [] }]],
    ["an empty parameter", [{ name: "a", params: [["", true]] }]],
    ["a value with a line end", [{ name: "a", params: [["b", "c\r\n"]] }]],
  ])("refuses %s", (_, list) => {
    expect(() => formatExtensions(list)).toThrow(ArgumentError);
  });
});
