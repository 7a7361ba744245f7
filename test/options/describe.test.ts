import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../src/errors.ts";
import { decision, describe as described } from "../../src/options/describe.ts";

describe("a value of the user's in a message", () => {
  it.each([
    ["secret", "a string"],
    ["", "an empty string"],
    [null, "null"],
    [[], "a list"],
    [Promise.resolve(), "a promise"],
    // biome-ignore lint/suspicious/noThenProperty: one that is awaited like a promise
    [{ then() {} }, "a promise"],
    [{}, "an object"],
    [undefined, "undefined"],
    [() => {}, "a function"],
    [7, "7"],
  ])("(%#)", (value, text) => {
    expect(described(value)).toBe(text);
  });
});

describe("a decision", () => {
  it("is a boolean", () => {
    expect([decision("f", true), decision("f", false)]).toEqual([true, false]);
  });

  it.each([1, "yes", null, undefined, Promise.resolve(true)])("is not %o", (returned) => {
    expect(() => decision("the hook", returned)).toThrow(ArgumentError);
    expect(() => decision("the hook", returned)).toThrow(/^the hook returned .*, expected a bool/);
  });
});
