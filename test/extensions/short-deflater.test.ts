/** The compressor of short messages against a decoder of the tests' own, and against zlib. */
import { randomBytes } from "node:crypto";
import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { smallMessages } from "../../bench/load/json-messages.ts";
import { DeflateWindow } from "../../src/extensions/deflate-window.ts";
import { SHORT_MESSAGE, ShortDeflater } from "../../src/extensions/short-deflater.ts";
import { decodeDeflate } from "./raw-deflate.ts";

const word = fc.constantFrom(
  "a",
  "ab",
  "abcd",
  "\u{1f600}",
  '{"price":10.5,',
  "lorem ipsum dolor ",
);
const message = fc
  .oneof(
    fc.uint8Array({ maxLength: SHORT_MESSAGE }),
    fc.array(word, { maxLength: 100 }).map((words) => Buffer.from(words.join(""))),
    fc.nat(SHORT_MESSAGE).map((length) => Buffer.alloc(length, "x")),
  )
  .map((bytes) => Buffer.from(bytes).subarray(0, SHORT_MESSAGE));

test("any messages come out as they went in, within the window", () => {
  const bits = fc.integer({ min: 8, max: 15 });
  // Some go another way, through zlib or to many connections, and are only added.
  const messages = fc.array(fc.tuple(message, fc.boolean()), { maxLength: 30 });
  fc.assert(
    fc.property(bits, fc.integer({ min: 1, max: 9 }), messages, (windowBits, level, list) => {
      const window = new DeflateWindow(windowBits, 2 * SHORT_MESSAGE);
      const deflater = new ShortDeflater(window, level);
      let before = Buffer.alloc(0);
      for (const [data, added] of list) {
        if (added) {
          window.add(data);
          deflater.add(data);
        } else {
          const payload = deflater.deflate(data);
          if (payload === undefined) continue;
          expect(payload.length).toBeLessThan(data.length);
          const { content, farthest } = decodeDeflate(payload, before);
          expect(content.equals(data)).toBe(true);
          expect(farthest).toBeLessThanOrEqual(1 << windowBits);
        }
        before = Buffer.concat([before, data]);
      }
      expect(window.content ?? Buffer.alloc(0)).toEqual(
        before.subarray(Math.max(0, before.length - window.length)),
      );
    }),
    { numRuns: 100 },
  );
});

test("positions go round, over and over", () => {
  const window = new DeflateWindow(9, 2 * SHORT_MESSAGE);
  const deflater = new ShortDeflater(window, 3);
  let before = Buffer.alloc(0);
  for (let i = 0; i < 3000; i++) {
    const data = Buffer.from(`message ${i % 97}, the same as others but for ${i * 7919}`);
    const payload = deflater.deflate(data);
    if (payload === undefined) continue;
    expect(decodeDeflate(payload, before).content.equals(data)).toBe(true);
    before = Buffer.concat([before, data]).subarray(-512);
  }
});

test("finds what was sent before, at any distance in the window", () => {
  const data = Buffer.from('{"type":"order","symbol":"ACME","side":"buy","amount":100}');
  for (const distance of [0, 500, 3000]) {
    const window = new DeflateWindow(12, 2 * SHORT_MESSAGE);
    const deflater = new ShortDeflater(window, 3);
    deflater.deflate(data);
    window.add(Buffer.alloc(distance, "-"));
    expect(deflater.deflate(data)?.length).toBeLessThan(10);
  }
});

test("what would not shrink is not part of the window", () => {
  const window = new DeflateWindow(9, 2 * SHORT_MESSAGE);
  const deflater = new ShortDeflater(window, 3);
  const first = Buffer.from("abcdefgh".repeat(20));
  deflater.deflate(first);
  const noise = randomBytes(300);
  expect(deflater.deflate(noise)).toBeUndefined();
  expect(window.content?.equals(first)).toBe(true);
  const payload = deflater.deflate(first);
  expect(payload?.length).toBeLessThan(12);
  expect(decodeDeflate(payload!, first).content.equals(first)).toBe(true);
});

test.each([
  // The window and level of zlib, and how much longer the result may be.
  [12, 1, 1],
  [12, 3, 1.02],
  [12, 6, 1.1],
  [15, 3, 1.1],
  [15, 6, 1.1],
])(
  "makes small JSON about as small as zlib does: window %i, level %i",
  (windowBits, level, most) => {
    const window = new DeflateWindow(windowBits, 2 * SHORT_MESSAGE);
    const deflater = new ShortDeflater(window, level);
    let before = Buffer.alloc(0);
    let own = 0;
    let zlib = 0;
    for (const data of smallMessages(600)) {
      own += deflater.deflate(data)?.length ?? data.length;
      const options = { windowBits, level, memLevel: 8, finishFlush: constants.Z_SYNC_FLUSH };
      const dictionary = before.length === 0 ? {} : { dictionary: before };
      zlib += deflateRawSync(data, { ...options, ...dictionary }).length - 4;
      before = Buffer.concat([before, data]).subarray(-(1 << windowBits));
    }
    expect(own / zlib).toBeLessThanOrEqual(most);
  },
);
