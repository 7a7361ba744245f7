import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { maskByBytes } from "../../../src/protocol/masking/mask.ts";
import {
  maskBySimd,
  maskSharedChunk,
  SIMD_WORTH_IT,
  seenInNextFrame,
  sharedChunk,
  unmaskFrames,
} from "../../../src/protocol/masking/mask-simd.ts";
import { OP, rawFrame } from "../../raw-peer.ts";
import { compileKernel } from "./mask-kernel.ts";

describe("maskBySimd", () => {
  it("runs on this Node", () => {
    expect(SIMD_WORTH_IT).toBeLessThan(1000);
  });

  it("embeds what mask.wat compiles to", async () => {
    const module = readFileSync(
      new URL("../../../src/protocol/masking/mask-simd.ts", import.meta.url),
      "utf8",
    ).replaceAll(/"\s*\+\s*"/g, "");
    expect(module).toContain(`"${await compileKernel()}"`);
  });

  const size = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 200_000 }));
  const start = fc.integer({ min: 0, max: 17 });
  const key = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

  it("does what a loop over the bytes does, and nothing outside", () => {
    fc.assert(
      fc.property(size, start, key, fc.boolean(), (length, at, k, ascii) => {
        const bytes = someBytes(at + length + 20, k, ascii ? -1 : at + (length >> 1));
        const wanted = Buffer.from(bytes);
        const seen = maskByBytes(wanted, at, at + length, k);
        expect(maskBySimd(bytes, at, at + length, k)).toBe(seen);
        expect(Buffer.compare(bytes, wanted)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it("does the same in the chunk that sockets share, without copies", () => {
    fc.assert(
      fc.property(size, start, key, fc.boolean(), (length, at, k, ascii) => {
        const end = Math.min(at + length, sharedChunk!.length);
        const wanted = someBytes(sharedChunk!.length, k, ascii ? -1 : (at + end) >> 1);
        sharedChunk!.set(wanted);
        const seen = maskByBytes(wanted, at, end, k);
        expect(maskSharedChunk(at, end, k)).toBe(seen);
        expect(Buffer.compare(sharedChunk!, wanted)).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

describe("unmaskFrames", () => {
  const sizes = fc.oneof(fc.nat(20), fc.constantFrom(125, 126, 127, 1000), fc.nat(9000));

  it("unmasks the frames that are complete, and leaves frames that may be unmasked again", () => {
    const frames = fc.array(fc.tuple(sizes, fc.boolean()), { maxLength: 12 });
    fc.assert(
      fc.property(frames, fc.nat(40), fc.nat(30), (shapes, start, cut) => {
        const payloads = shapes.map(([size, ascii]) => Buffer.alloc(size, ascii ? "a" : 0xe9));
        const masked = payloads.map((payload) => rawFrame(OP.binary, payload));
        const input = Buffer.concat(masked).subarray(0, sharedChunk!.length - start);
        const end = start + Math.max(0, input.length - cut);
        sharedChunk!.set(input, start);
        let at = start;
        const complete = masked.filter((frame) => {
          at += frame.length;
          return at <= end;
        });
        const reached = complete.reduce((sum, frame) => sum + frame.length, start);
        expect(unmaskFrames(start, end)).toBe(reached);
        let frame = start;
        for (const [i, { length }] of complete.entries()) {
          const payload = payloads[i]!;
          frame += length;
          expect(seenInNextFrame()).toBe(payload.length > 0 && payload[0]! > 0x7f ? 0x80 : 0);
          const body = frame - payload.length;
          expect(sharedChunk!.readUInt32LE(body - 4)).toBe(0);
          expect(payload.equals(sharedChunk!.subarray(body, frame))).toBe(true);
        }
        const rest = input.subarray(reached - start);
        expect(rest.equals(sharedChunk!.subarray(reached, reached + rest.length))).toBe(true);
        expect(unmaskFrames(start, end)).toBe(reached);
      }),
    );
  });

  it("stops at what is no masked frame, or has a length of 64 bits", () => {
    const good = rawFrame(OP.text, "a");
    const huge = Buffer.concat([Buffer.from("82ff0000000000000001", "hex"), Buffer.alloc(5)]);
    for (const bad of [rawFrame(OP.text, "a".repeat(9), { masked: false }), huge]) {
      sharedChunk!.set(Buffer.concat([good, bad, good]));
      expect(unmaskFrames(0, 2 * good.length + bad.length)).toBe(good.length);
    }
  });
});

/** Bytes below 0x80, but for the one at `other`. */
function someBytes(length: number, key: number, other: number): Buffer {
  const bytes = Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + key) & 0x7f));
  if (other >= 0 && other < length) bytes[other] = 0xee;
  return bytes;
}
