/** The compressor of short messages against a decoder of the tests' own, and against zlib. */
import { randomBytes } from "node:crypto";
import { constants, deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { numbers, smallMessages } from "../../bench/load/json-messages.ts";
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

test.each([256, 257])("what lies %i bytes back is found if it is in the window", (distance) => {
  const deflater = new ShortDeflater(new DeflateWindow(8, 2 * SHORT_MESSAGE), 9);
  const word = Buffer.from("only these bytes");
  const data = Buffer.concat([word, Buffer.alloc(distance - word.length, "x"), word]);
  const { content, farthest } = decodeDeflate(deflater.deflate(data)!, Buffer.alloc(0));
  expect(content.equals(data)).toBe(true);
  expect(farthest).toBe(distance <= 256 ? distance : 1);
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

test("a table that grows loses nothing", () => {
  const window = new DeflateWindow(15, 2 * SHORT_MESSAGE);
  const deflater = new ShortDeflater(window, 6);
  const alike = "a beginning that they have in common, at the end of which they differ: ";
  const noise = () => randomBytes(75).toString("base64");
  const messages = Array.from({ length: 15 }, () => Buffer.from(alike + noise()));
  for (const data of messages) expect(deflater.deflate(data)?.length).toBeGreaterThan(90);
  // What was compressed elsewhere, until it grows.
  window.add(Buffer.alloc(15_000, "-"));
  for (const data of messages) expect(deflater.deflate(data)?.length).toBeLessThan(60);
});

/** Messages of a chat: words of which some are frequent and most are rare. */
function chatMessages(count: number): Buffer[] {
  const next = numbers(2463534242);
  const letters = "etaoinshrdlucmfwypvbgkjqxz";
  const spell = () => letters[Math.floor((next(26) * next(26)) / 26)];
  const words = Array.from({ length: 2000 }, () =>
    Array.from({ length: 2 + next(8) }, spell).join(""),
  );
  const say = () => words[Math.floor((next(1000) / 1000) ** 3 * words.length)];
  return Array.from({ length: count }, (_, i) =>
    Buffer.from(
      JSON.stringify({
        type: "message",
        id: 88_000 + i,
        from: `user${next(200)}`,
        text: Array.from({ length: 4 + next(16) }, say).join(" "),
        time: 1_760_000_000_000 + i * 3170 + next(3000),
      }),
    ),
  );
}

/** How many times longer messages become than zlib would make them. */
function besideZlib(messages: readonly Buffer[], windowBits: number, level: number): number {
  const window = new DeflateWindow(windowBits, 2 * SHORT_MESSAGE);
  const deflater = new ShortDeflater(window, level);
  let before = Buffer.alloc(0);
  let own = 0;
  let zlib = 0;
  for (const data of messages) {
    own += deflater.deflate(data)?.length ?? data.length;
    const options = { windowBits, level, memLevel: 8, finishFlush: constants.Z_SYNC_FLUSH };
    const dictionary = before.length === 0 ? {} : { dictionary: before };
    zlib += deflateRawSync(data, { ...options, ...dictionary }).length - 4;
    before = Buffer.concat([before, data]).subarray(-(1 << windowBits));
  }
  return own / zlib;
}

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
    expect(besideZlib(smallMessages(600), windowBits, level)).toBeLessThanOrEqual(most);
  },
);

test.each([
  [12, 3],
  [12, 6],
  [13, 6],
  [14, 6],
  [15, 3],
  [15, 6],
])("makes chat about as small as zlib does: window %i, level %i", (windowBits, level) => {
  // Several times as much as the window holds.
  expect(besideZlib(chatMessages(1200), windowBits, level)).toBeLessThanOrEqual(1.1);
});
