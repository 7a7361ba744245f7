import { describe, expect, it } from "vitest";
import { painter, wantsColor } from "../../../src/cli/terminal/colors.ts";

const TERMINAL = { isTTY: true };
const PIPE = {};

describe("wantsColor", () => {
  it.each([
    ["auto", TERMINAL, {}, true],
    ["auto", PIPE, {}, false],
    ["auto", TERMINAL, { TERM: "dumb" }, false],
    ["auto", TERMINAL, { NO_COLOR: "1" }, false],
    ["auto", TERMINAL, { NO_COLOR: "" }, true],
    ["auto", PIPE, { FORCE_COLOR: "1" }, true],
    ["auto", PIPE, { FORCE_COLOR: "" }, true],
    ["auto", TERMINAL, { FORCE_COLOR: "0" }, false],
    ["auto", PIPE, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
    ["never", TERMINAL, { FORCE_COLOR: "1" }, false],
    ["always", PIPE, { NO_COLOR: "1" }, true],
  ] as const)("%s, %j, %j: %s", (when, stream, env, expected) => {
    expect(wantsColor(when, stream, env)).toBe(expected);
  });
});

describe("painter", () => {
  it("puts text between the sequences of its style, or leaves it", () => {
    expect(painter(true)("red", "text")).toBe("\x1b[31mtext\x1b[0m");
    expect(painter(false)("red", "text")).toBe("text");
  });
});
