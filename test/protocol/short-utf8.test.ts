import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeShortUtf8, SHORT_UTF8 } from "../../src/protocol/short-utf8.ts";

function byTextDecoder(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

describe("decodeShortUtf8 (RFC 3629)", () => {
  it.each([
    ["", ""],
    ["61", "a"],
    ["c3a9", "é"],
    ["e282ac", "€"],
    ["f09f9880", "😀"],
    ["efbbbf61", "\ufeffa"],
    ["f48fbfbf", "\u{10ffff}"],
    ["c080", undefined],
    ["c1bf", undefined],
    ["e08080", undefined],
    ["e09fbf", undefined],
    ["eda080", undefined],
    ["edbfbf", undefined],
    ["f0808080", undefined],
    ["f08fbfbf", undefined],
    ["f4908080", undefined],
    ["f5808080", undefined],
    ["80", undefined],
    ["c3", undefined],
    ["e282", undefined],
    ["f09f98", undefined],
    ["c361", undefined],
    ["ff", undefined],
  ])("decodes %s", (hex, wanted) => {
    const bytes = Buffer.from(hex, "hex");
    expect(decodeShortUtf8(bytes, 0, bytes.length)).toBe(wanted);
  });

  it("agrees with TextDecoder on any bytes of any range", () => {
    const mostlyHigh = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .string({ unit: "binary", maxLength: 60 })
        .map((text) => Uint8Array.from(Buffer.from(text))),
      fc
        .array(
          fc.constantFrom(0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80, 0xed, 0xa0),
          {
            maxLength: 12,
          },
        )
        .map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(mostlyHigh, fc.nat(5), (bytes, before) => {
        const end = before + Math.min(bytes.length, SHORT_UTF8);
        const around = Buffer.concat([Buffer.alloc(before, 0xff), bytes, Buffer.alloc(5, 0x80)]);
        expect(decodeShortUtf8(around, before, end)).toBe(
          byTextDecoder(around.subarray(before, end)),
        );
      }),
      { numRuns: 3000 },
    );
  });

  it("takes the longest text that it may be given", () => {
    const text = "é".repeat(SHORT_UTF8 / 2);
    expect(decodeShortUtf8(Buffer.from(text), 0, SHORT_UTF8)).toBe(text);
    expect(decodeShortUtf8(Buffer.alloc(SHORT_UTF8, 97), 0, SHORT_UTF8)).toBe(
      "a".repeat(SHORT_UTF8),
    );
  });
});
