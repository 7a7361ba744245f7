import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { escapeControls, hexDump } from "../../../src/cli/terminal/hex-dump.ts";

describe("hexDump", () => {
  it("shows offset, bytes and characters", () => {
    expect(hexDump(Buffer.from("0123456789abcdef\x00\xffz", "latin1"))).toBe(
      [
        "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|",
        "00000010  00 ff 7a                                          |..z|",
      ].join("\n"),
    );
    expect(hexDump(Buffer.alloc(0))).toBe("");
  });

  it("shows every byte", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const lines = hexDump(bytes).split("\n");
        const hex = lines.map((line) => line.slice(10, 58).replaceAll(" ", "")).join("");
        expect(hex).toBe(Buffer.from(bytes).toString("hex"));
      }),
    );
  });
});

describe("escapeControls", () => {
  it("leaves text, line ends and tabs alone and shows the rest", () => {
    expect(escapeControls("täxt\t\n\u{1f600}")).toBe("täxt\t\n\u{1f600}");
    expect(escapeControls("\x1b[2J\r\x07\x7f\x9b")).toBe("\\x1b[2J\\x0d\\x07\\x7f\\x9b");
  });
});
