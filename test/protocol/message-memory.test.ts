import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sharedChunk } from "../../src/protocol/masking/mask-simd.ts";
import { allocateMessage, copyOf, keepTogether, PIECE } from "../../src/protocol/message-memory.ts";

describe("copyOf", () => {
  it("gives Buffers with the bytes, which no later copy or change of the chunk touches", () => {
    const range = fc.tuple(fc.nat(5000), fc.oneof(fc.nat(80), fc.nat(5000)));
    fc.assert(
      fc.property(fc.array(range, { minLength: 1, maxLength: 60 }), (ranges) => {
        const chunk = Buffer.from(Uint8Array.from({ length: 10_000 }, (_, i) => i * 7));
        const before = Buffer.from(chunk);
        const copies = ranges.map(([start, length]) => copyOf(chunk, start, start + length));
        chunk.fill(0);
        for (const [i, copy] of copies.entries()) {
          const [start, length] = ranges[i]!;
          expect(Buffer.isBuffer(copy)).toBe(true);
          expect(copy.equals(before.subarray(start, start + length))).toBe(true);
        }
      }),
    );
  });

  it("keeps at most a piece alive for a short message, and just itself for a long one", () => {
    const chunk = Buffer.alloc(64 * 1024, 1);
    expect(copyOf(chunk, 0, 10).buffer.byteLength).toBe(PIECE);
    expect(copyOf(chunk, 0, 5000).buffer.byteLength).toBe(5000);
  });

  it("fills a piece to its last byte, and not beyond", () => {
    const chunk = Buffer.from(Uint8Array.from({ length: 4096 }, (_, i) => i * 7));
    const roomBehind = (copy: Buffer) => PIECE - copy.byteOffset - copy.length;
    const almostFull = () => {
      let copy = copyOf(chunk, 0, 1024);
      while (roomBehind(copy) >= 2048) copy = copyOf(chunk, 0, 1024);
      return copy;
    };
    for (const more of [0, 1]) {
      const last = almostFull();
      const length = roomBehind(last) + more;
      const copy = copyOf(chunk, 0, length);
      expect(copy.equals(chunk.subarray(0, length))).toBe(true);
      expect(copy.buffer === last.buffer).toBe(more === 0);
    }
  });

  it("copies what lies together at once, but no more than a piece", () => {
    const chunk = sharedChunk!;
    for (let i = 0; i < chunk.length; i++) chunk[i] = i * 7;
    const before = Buffer.from(chunk);
    keepTogether(60_000);
    const copies = [];
    for (let at = 0; at + 70 <= 70_000; at += 70) copies.push([at, copyOf(chunk, at, at + 64)]);
    keepTogether(0);
    chunk.fill(0);
    for (const [at, copy] of copies as [number, Buffer][]) {
      expect(copy.equals(before.subarray(at, at + 64))).toBe(true);
      expect(copy.buffer.byteLength).toBeLessThanOrEqual(PIECE);
    }
    const memories = new Set(copies.map(([, copy]) => (copy as Buffer).buffer));
    expect(memories.size).toBeLessThan(10);
  });
});

describe("allocateMessage", () => {
  it.each([0, 1, 65_535, 65_536, 3_000_000])("gives %d bytes of their own", (size) => {
    const buffer = allocateMessage(size);
    expect([buffer.length, buffer.buffer.byteLength]).toEqual([size, size]);
    const other = allocateMessage(size);
    other.fill(1);
    buffer.fill(2);
    expect(other.every((byte) => byte === 1)).toBe(true);
  });
});
