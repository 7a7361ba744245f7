import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { back, fixedBlock } from "../../../src/conformance/wire/deflate-block.ts";
import { decodeDeflate } from "../../extensions/raw-deflate.ts";

const before = Buffer.from(Array.from({ length: 32_768 }, (_, i) => (i * i + (i >> 8)) & 0xff));

describe("fixedBlock", () => {
  it("refers back as far and as long as it is told", () => {
    const lengths = fc.integer({ min: 3, max: 258 });
    const distances = fc.integer({ min: 258, max: 32_768 });
    fc.assert(
      fc.property(lengths, distances, (length, distance) => {
        const from = before.length - distance;
        const { content, farthest } = decodeDeflate(fixedBlock([back(length, distance)]), before);
        expect(content).toEqual(before.subarray(from, from + length));
        expect(farthest).toBe(distance);
      }),
    );
  });

  it("has every length, and the distances at the edges of each code", () => {
    const edges = Array.from({ length: 15 }, (_, i) => [2 ** i, 2 ** i + 1, 3 * 2 ** i]).flat();
    for (const distance of [...edges, 32_768].filter((edge) => edge <= 32_768)) {
      expect(decodeDeflate(fixedBlock([back(3, distance)]), before).farthest).toBe(distance);
    }
    for (let length = 3; length <= 258; length++) {
      const { content } = decodeDeflate(fixedBlock([back(length, 258)]), before);
      expect(content.length).toBe(length);
    }
  });

  it("is read by zlib, literals of any value included", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 3, unit: "grapheme" }), (text) => {
        const { length } = Buffer.from(text);
        const payload = fixedBlock([text, back(3, length), "!"]);
        const whole = Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff, 3, 0])]);
        const copy = Buffer.concat([Buffer.from(text), Buffer.from(text).subarray(0, 3)]);
        expect(inflateRawSync(whole)).toEqual(Buffer.concat([copy, Buffer.from("!")]));
      }),
    );
  });
});
