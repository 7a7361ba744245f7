import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAscii, decodeUtf8, encodeAscii, encodeUtf8 } from "../../src/protocol/text.ts";

const TEXT = "a\u00e9\u20ac\u{1f600}\u{10ffff}\ufeffz";

describe("text in and out of buffers", () => {
  it("decodes the range and nothing around it", () => {
    const around = Buffer.from("<<plain>>");
    expect(decodeAscii(around, 2, 7)).toBe("plain");
    expect(decodeAscii(around, 3, 3)).toBe("");
    const encoded = Buffer.from(`<<${TEXT}>>`);
    expect(decodeUtf8(encoded, 2, encoded.length - 2)).toBe(TEXT);
  });

  it("keeps a byte order mark, which is text like any other (§5.6)", () => {
    const marked = Buffer.from("\ufeffmark");
    expect(decodeUtf8(marked, 0, marked.length)).toBe("\ufeffmark");
  });

  it("encodes at the offset and says how many bytes that took", () => {
    const target = Buffer.alloc(64, 0xee);
    const length = encodeUtf8(target, 5, TEXT);
    expect(length).toBe(Buffer.byteLength(TEXT));
    expect(target.subarray(5, 5 + length)).toEqual(Buffer.from(TEXT));
    expect(target[4]).toBe(0xee);
    expect(target[5 + length]).toBe(0xee);
  });

  it.each([
    ["\ud800", "\ufffd"],
    ["\udc00", "\ufffd"],
    ["a\udbffb", "a\ufffdb"],
    ["\udc00\ud800", "\ufffd\ufffd"],
  ])("replaces a lone surrogate by U+FFFD (%j)", (text, sent) => {
    const target = Buffer.alloc(3 * text.length);
    const length = encodeUtf8(target, 0, text);
    expect(target.toString("utf8", 0, length)).toBe(sent);
  });

  it("encodes what is ASCII and nothing else in a byte per unit", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.nat({ max: 9 }), (text, offset) => {
        const target = Buffer.alloc(offset + text.length + 1, 0xee);
        const ascii = /^[\0-\x7f]*$/.test(text);
        expect(encodeAscii(target, offset, text)).toBe(ascii);
        if (ascii) expect(target.toString("latin1", offset, offset + text.length)).toBe(text);
        expect(target.subarray(0, offset).every((byte) => byte === 0xee)).toBe(true);
        expect(target.at(-1)).toBe(0xee);
      }),
    );
    expect(encodeAscii(Buffer.alloc(4), 0, "abc\u0080")).toBe(false);
    expect(encodeAscii(Buffer.alloc(4), 0, "abc\ud800")).toBe(false);
    expect(encodeAscii(Buffer.alloc(4), 0, "\0ab\x7f")).toBe(true);
  });
});
