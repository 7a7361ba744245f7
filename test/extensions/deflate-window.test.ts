import fc from "fast-check";
import { expect, test } from "vitest";
import { DeflateWindow } from "../../src/extensions/deflate-window.ts";

test("holds the last bytes of what was added, whatever its parts", () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.constantFrom(8, 9, 12), parts, fc.nat(700), (bits, added, size) => {
      const window = new DeflateWindow(bits);
      for (const part of added) window.add(part);
      const all = Buffer.concat(added).subarray(-(1 << bits));
      expect(window.content ?? Buffer.alloc(0)).toEqual(all);
      const tail = size === 0 ? Buffer.alloc(0) : all.subarray(-size);
      expect(window.tail(size) ?? Buffer.alloc(0)).toEqual(tail);
      expect(window.tail(size, true) ?? Buffer.alloc(0)).toEqual(tail);
    }),
  );
});

test("copies what is added", () => {
  const window = new DeflateWindow(8);
  const bytes = Buffer.from("abc");
  window.add(bytes);
  bytes.fill(0);
  expect(window.content?.toString()).toBe("abc");
});

test("takes no more memory than it needs, and never more than its size", () => {
  const full = new DeflateWindow(15);
  full.add(Buffer.alloc(512));
  expect(full.content?.buffer.byteLength).toBe(512);
  const window = new DeflateWindow(15);
  window.add(Buffer.alloc(100));
  expect(window.content?.buffer.byteLength).toBeLessThanOrEqual(512);
  for (let i = 0; i < 100; i++) window.add(Buffer.alloc(1000));
  expect(window.content?.buffer.byteLength).toBe(32768);
  window.add(Buffer.alloc(100_000));
  expect(window.content?.buffer.byteLength).toBe(32768);
});

test("is empty once it was cleared", () => {
  const window = new DeflateWindow(9);
  window.add(Buffer.from("abc"));
  window.clear();
  expect(window.content).toBeUndefined();
  window.add(Buffer.from("d"));
  expect(window.content?.toString()).toBe("d");
});
