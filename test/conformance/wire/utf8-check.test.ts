import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Utf8Check } from "../../../src/conformance/wire/utf8-check.ts";

/** Chunks that are ASCII, parts of characters, and anything. */
const chunk = fc.oneof(
  fc.string({ maxLength: 8 }).map((text) => Buffer.from(text)),
  fc.string({ unit: "binary", maxLength: 8 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 3 }).map((bytes) => Buffer.from(bytes)),
  fc
    .constantFrom("e2", "82ac", "f09f", "9880", "eda080", "c0", "41", "")
    .map((hex) => Buffer.from(hex, "hex")),
);

/** Whether more bytes could make the text valid: only its last character may be incomplete. */
function canGoOn(text: Buffer): boolean {
  const rests = ["", "80", "8080", "808080", "a0", "a080", "9080", "908080", "90", "80bf"];
  return rests.some((rest) => isUtf8(Buffer.concat([text, Buffer.from(rest, "hex")])));
}

describe("Utf8Check", () => {
  it("finds the first wrong byte and the end inside a character, in any chunks", () => {
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 6 }), (chunks) => {
        const check = new Utf8Check();
        let seen = Buffer.alloc(0);
        for (const part of chunks) {
          seen = Buffer.concat([seen, part]);
          expect(check.feed(part)).toBe(canGoOn(seen));
          expect(check.complete()).toBe(isUtf8(seen));
        }
      }),
      { numRuns: 2000 },
    );
  });
});
