import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  applyMask,
  copyMasked,
  maskPayload,
  rotateKey,
} from "../../../src/protocol/masking/mask.ts";
import { bytes } from "../receiver.ts";

/** §5.3 to the letter, on a copy. */
function maskedByTheBook(input: Uint8Array, start: number, end: number, key: number): Buffer {
  const octets = [key & 0xff, (key >>> 8) & 0xff, (key >>> 16) & 0xff, (key >>> 24) & 0xff];
  return Buffer.from(
    input.map((byte, i) => (i >= start && i < end ? byte ^ octets[(i - start) % 4]! : byte)),
  );
}

function highBit(input: Uint8Array): number {
  return input.some((byte) => byte >= 0x80) ? 0x80 : 0;
}

// The example of §5.7: 37 fa 21 3d, the first byte lowest.
const KEY = 0x3d21fa37;

describe("applyMask (§5.3)", () => {
  it('masks "Hello" as §5.7 shows', () => {
    const hello = Buffer.from("Hello");
    applyMask(hello, 0, 5, KEY);
    expect(hello).toEqual(bytes("7f 9f 4d 51 58"));
  });

  it("does what the RFC says at every alignment and length, and nothing outside the range", () => {
    const memory = new Uint8Array(400);
    for (let byteOffset = 0; byteOffset < 8; byteOffset++) {
      for (let length = 0; length <= 300; length++) {
        const start = length % 5;
        const view = memory.subarray(byteOffset, byteOffset + start + length + 7);
        for (let i = 0; i < view.length; i++) view[i] = (i * 73 + length) & 0xff;
        const wanted = maskedByTheBook(view, start, start + length, KEY);
        const seen = applyMask(view, start, start + length, KEY);
        if (!wanted.equals(view)) expect.fail(`offset ${byteOffset}, length ${length}`);
        if (seen !== highBit(wanted.subarray(start, start + length))) {
          expect.fail(`classified wrongly: offset ${byteOffset}, length ${length}`);
        }
      }
    }
  });

  it("is the same in any number of pieces with the key rotated", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 0, maxLength: 400 }),
        fc.array(fc.nat(400), { maxLength: 6 }),
        fc.integer(),
        (input, cuts, key) => {
          const wanted = maskedByTheBook(input, 0, input.length, key);
          const inPieces = Buffer.from(input);
          const ends = [...cuts.map((cut) => Math.min(cut, input.length)), input.length];
          ends.sort((a, b) => a - b);
          let at = 0;
          let rotated = key;
          let seen = 0;
          for (const end of ends) {
            seen |= applyMask(inPieces, at, end, rotated);
            rotated = rotateKey(rotated, end - at);
            at = end;
          }
          expect(inPieces).toEqual(wanted);
          expect(seen).toBe(highBit(wanted));
        },
      ),
    );
  });

  it.each([0, 1, 3, 63, 64, 65, 67, 100])("sees one high bit anywhere in %i bytes", (length) => {
    for (let high = 0; high < length; high++) {
      const text = Buffer.alloc(length, 0x41);
      text[high] = 0xc1;
      expect(applyMask(text, 0, length, 0) & 0x80).toBe(0x80);
    }
    expect(applyMask(Buffer.alloc(length, 0x41), 0, length, 0) & 0x80).toBe(0);
  });

  it("leaves the bytes alone with a key of zero", () => {
    const input = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const copy = Buffer.from(input);
    applyMask(copy, 0, copy.length, 0);
    expect(copy).toEqual(input);
  });
});

// Above some length Node masks, where it can.
const long = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.uint8Array({ maxLength: 5000, size: "max" }),
);

it("applyMask and maskPayload do the same to payloads of any length", () => {
  fc.assert(
    fc.property(long, fc.nat(9), fc.nat(9), fc.integer(), (input, before, behind, key) => {
      const start = Math.min(before, input.length);
      const end = Math.max(start, input.length - behind);
      const wanted = maskedByTheBook(input, start, end, key);
      const applied = Buffer.from(input);
      const masked = Buffer.from(input);
      expect(applyMask(applied, start, end, key)).toBe(highBit(wanted.subarray(start, end)));
      maskPayload(masked, start, end, key);
      expect(applied.equals(wanted)).toBe(true);
      expect(masked.equals(wanted)).toBe(true);
    }),
  );
});

it("copyMasked leaves the payload as it is, and what is around its copy", () => {
  fc.assert(
    fc.property(long, fc.nat(9), fc.nat(9), fc.integer(), (payload, before, behind, key) => {
      const kept = Buffer.from(payload);
      const target = Buffer.alloc(before + payload.length + behind, 0x55);
      copyMasked(payload, target, before, key);
      const wanted = Buffer.alloc(target.length, 0x55);
      maskedByTheBook(payload, 0, payload.length, key).copy(wanted, before);
      expect(target.equals(wanted)).toBe(true);
      expect(kept.equals(payload)).toBe(true);
    }),
  );
});

describe("rotateKey", () => {
  it("turns the key by the bytes that were masked, modulo four", () => {
    const rotated = [0, 1, 2, 3, 4, 7].map((length) => rotateKey(0x04030201, length) >>> 0);
    expect(rotated).toEqual([
      0x04030201, 0x01040302, 0x02010403, 0x03020104, 0x04030201, 0x03020104,
    ]);
  });

  it("holds for lengths beyond 2^32 and keys with the sign bit", () => {
    expect(rotateKey(0x84030201 | 0, 2 ** 32 + 1) >>> 0).toBe(0x01840302);
  });
});
