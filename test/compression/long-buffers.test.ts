import fc from "fast-check";
import { expect, test } from "vitest";
import { borrowEncoded, discard } from "../../src/compression/long-buffers.ts";
import { giveBack } from "../../src/protocol/lent-memory.ts";

const KIB = 1024;

test("any text is encoded as Buffer.from does it, in memory that was used before", () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: "binary", maxLength: 40 }), { minLength: 1 }),
      (texts) => {
        for (const text of texts) {
          const bytes = borrowEncoded(text);
          expect(bytes.equals(Buffer.from(text))).toBe(true);
          giveBack(bytes);
        }
      },
    ),
  );
});

test("a lone surrogate becomes U+FFFD", () => {
  expect(borrowEncoded("a\ud800b").toString()).toBe("a\ufffdb");
});

test("memory is discarded where that is possible and worth it", () => {
  const large = Buffer.allocUnsafeSlow(64 * KIB);
  const small = Buffer.allocUnsafeSlow(64 * KIB - 1);
  discard(large);
  discard(small);
  expect(large.length).toBe("transfer" in ArrayBuffer.prototype ? 0 : 64 * KIB);
  expect(small.length).toBe(64 * KIB - 1);
});

test("Node's pool is never discarded", () => {
  const { poolSize } = Buffer;
  try {
    Buffer.poolSize = 256 * KIB;
    // The one before is used up, so that the next one has the new size. Node 26 adds to it.
    const { byteLength } = Buffer.from("before").buffer;
    for (let used = 0; used <= byteLength; used += KIB) Buffer.allocUnsafe(KIB);
    const pooled = Buffer.from("pooled");
    expect(pooled.buffer.byteLength).toBeGreaterThanOrEqual(Buffer.poolSize);
    discard(pooled);
    expect(pooled.toString()).toBe("pooled");
  } finally {
    Buffer.poolSize = poolSize;
  }
});
