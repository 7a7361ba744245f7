import { expect, test, vi } from "vitest";

// What messages of other tests have left would be lent first.
vi.resetModules();
const { borrow, giveBack } = await import("../../src/protocol/lent-memory.ts");

const KIB = 1024;

test("memory is lent to one at a time, the latest first", () => {
  const first = borrow(100 * KIB);
  const second = borrow(100 * KIB);
  expect(second.buffer).not.toBe(first.buffer);
  giveBack(second);
  giveBack(first.subarray(10, 20));
  expect(borrow(99 * KIB).buffer).toBe(first.buffer);
  expect(borrow(99 * KIB).buffer).toBe(second.buffer);
  expect(borrow(99 * KIB).buffer).not.toBe(second.buffer);
});

test("what is lent begins where the memory does, and has the size at least", () => {
  giveBack(borrow(200 * KIB).subarray(5));
  const again = borrow(150 * KIB);
  expect(again.byteOffset).toBe(0);
  expect(again.length).toBe(200 * KIB);
});

test("memory of more than twice the size is not lent", () => {
  const memory = borrow(900 * KIB);
  giveBack(memory);
  expect(borrow(449 * KIB).buffer).not.toBe(memory.buffer);
  expect(borrow(450 * KIB).buffer).toBe(memory.buffer);
});

test("memory that is too small is not lent", () => {
  giveBack(borrow(200 * KIB));
  expect(borrow(300 * KIB).length).toBeGreaterThanOrEqual(300 * KIB);
});

test("memory that is given back twice, or was never lent, is not lent to two", () => {
  const own = Buffer.alloc(500 * KIB);
  giveBack(own);
  expect(borrow(500 * KIB).buffer).not.toBe(own.buffer);
  const once = borrow(600 * KIB);
  giveBack(once);
  giveBack(once);
  expect(borrow(600 * KIB).buffer).toBe(once.buffer);
  expect(borrow(600 * KIB).buffer).not.toBe(once.buffer);
  // Short messages share memory that nobody has borrowed.
  giveBack(Buffer.from("pooled"));
  expect(borrow(1).buffer).not.toBe(Buffer.from("pooled").buffer);
});

test("more than 4 MiB are not kept, and no more than eight", () => {
  const large = borrow(4096 * KIB + 1);
  giveBack(large);
  expect(borrow(4096 * KIB + 1).buffer).not.toBe(large.buffer);
  const largest = borrow(4096 * KIB);
  giveBack(largest);
  expect(borrow(4096 * KIB).buffer).toBe(largest.buffer);
  const many = Array.from({ length: 9 }, () => borrow(700 * KIB));
  for (const each of many) giveBack(each);
  const again = Array.from({ length: 9 }, () => borrow(700 * KIB).buffer);
  const known = again.filter((memory) => many.some((each) => each.buffer === memory));
  expect(known.length).toBe(8);
});
