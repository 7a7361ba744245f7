import fc from "fast-check";
import { expect, test } from "vitest";
import { borrowEncoded, discard, giveBack } from "../../src/node/long-buffers.ts";

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

test("memory is lent to one at a time", () => {
  const first = borrowEncoded("a".repeat(100 * KIB));
  const second = borrowEncoded("b".repeat(100 * KIB));
  expect(second.buffer).not.toBe(first.buffer);
  giveBack(first);
  expect(borrowEncoded("c".repeat(99 * KIB)).buffer).toBe(first.buffer);
  expect(borrowEncoded("d".repeat(99 * KIB)).buffer).not.toBe(first.buffer);
});

test("memory that is too small is not lent", () => {
  giveBack(borrowEncoded("a".repeat(200 * KIB)));
  expect(borrowEncoded("b".repeat(300 * KIB)).length).toBe(300 * KIB);
});

test("more than 4 MiB are not kept", () => {
  const large = borrowEncoded("a".repeat(4096 * KIB + 1));
  giveBack(large);
  expect(borrowEncoded("b".repeat(4096 * KIB + 1)).buffer).not.toBe(large.buffer);
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
