/** The inflater of short messages against zlib, which it must never contradict. */
import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DeflateWindow } from "../../src/extensions/deflate-window.ts";
import { inflateShort } from "../../src/extensions/short-inflate.ts";

const TAIL = Buffer.from([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]);

function windowOf(bits: number, content: Uint8Array): DeflateWindow {
  const window = new DeflateWindow(bits);
  window.add(content);
  return window;
}

function withDictionary(options: ZlibOptions, window: DeflateWindow): ZlibOptions {
  return window.content === undefined ? options : { ...options, dictionary: window.content };
}

/** The message, undefined where zlib finds fault with it or it ends in a final block. */
function inflateByZlib(payload: Uint8Array, bits: number, window: DeflateWindow) {
  const input = Buffer.concat([payload, TAIL]);
  const options = withDictionary({ windowBits: bits, info: true }, window);
  try {
    const { buffer, engine } = inflateRawSync(input, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return engine.bytesWritten === input.length ? buffer : undefined;
  } catch {
    return undefined;
  }
}

const few = fc.constantFrom("a", "b", "abc", '{"price":', "é", "0123456789").map(String);
const content = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.array(few, { maxLength: 80 }).map((words) => Buffer.from(words.join(""))),
);
const bits = fc.integer({ min: 8, max: 15 });
const effort = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FIXED,
    constants.Z_FIXED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
  ),
});

/** What zlib makes of a message behind `before`, in one flush. */
function deflated(message: Uint8Array, windowBits: number, options: ZlibOptions, w: DeflateWindow) {
  const all = { ...options, windowBits: Math.max(9, windowBits) };
  const flushed = { ...all, finishFlush: constants.Z_SYNC_FLUSH };
  return deflateRawSync(message, withDictionary(flushed, w)).subarray(0, -4);
}

test("inflates what zlib made with the fixed codes or stored", () => {
  fc.assert(
    fc.property(bits, content, content, fc.boolean(), (windowBits, before, message, stored) => {
      const window = windowOf(windowBits, before);
      const how = stored ? { level: 0 } : { level: 6, strategy: constants.Z_FIXED };
      const payload = deflated(message, windowBits, how, window);
      expect(inflateShort(payload, window, 4096)?.equals(message)).toBe(true);
      expect(window.content ?? Buffer.alloc(0)).toEqual(
        Buffer.from(before).subarray(-(1 << windowBits)),
      );
    }),
    { numRuns: 300 },
  );
});

test("never says anything else than zlib, whatever it is given", () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 });
  const cut = fc.option(fc.nat());
  let inflated = 0;
  fc.assert(
    fc.property(
      ...[bits, content, content, effort, changes, cut],
      (windowBits, before, message, how, changed, end) => {
        const window = windowOf(windowBits, before);
        let payload = Buffer.from(deflated(message, windowBits, how, window));
        if (payload.length === 0) return;
        for (const [at, byte] of changed) payload[at % payload.length] = byte;
        if (end !== null) payload = payload.subarray(0, end % (payload.length + 1));
        const own = inflateShort(payload, window, 4096);
        if (own === undefined) return;
        inflated++;
        expect(inflateByZlib(payload, windowBits, window)?.equals(own)).toBe(true);
      },
    ),
    { numRuns: 2000 },
  );
  expect(inflated).toBeGreaterThan(200);
});

describe("leaves to zlib", () => {
  const window = windowOf(8, Buffer.alloc(256, "abc"));

  test.each([
    ["nothing", ""],
    ["a final block", "f3 48 cd c9 c9 07 00 00"],
    ["a block with codes of its own", "05 e0 81 08 00 00 00 00 20 7f eb 0b 00 00"],
    ["a block of type 3", "06"],
    ["what was cut off within a code", "f2 48 cd c9 c9"],
    ["what lacks the header of the block that was taken off", "4a 04"],
    ["a stored block that is longer than the data", "00 05 00 fa ff 48 65"],
    ["a stored block whose length is wrong", "00 05 00 fa fe 48 65 6c 6c 6f 00"],
    ["a stored block without its length", "00 05 00"],
  ])("%s", (_, hex) => {
    const payload = Buffer.from(hex.replaceAll(" ", ""), "hex");
    expect(inflateShort(payload, window, 4096)).toBeUndefined();
  });

  test("what refers too far back", () => {
    // "a", then three bytes from so far back: symbol 257, and a distance of 4 or of 257 to 384.
    const near = bitsOf([2, 3], [0x89, 8], [0x40, 7], [0x18, 5], [0, 7], [0, 3]);
    expect(inflateShort(near, window, 100)).toHaveLength(4);
    expect(inflateShort(near, windowOf(8, Buffer.from("ab")), 100)).toBeUndefined();
    const far = bitsOf([2, 3], [0x40, 7], [0x01, 5], [0, 7], [0, 7], [0, 3]);
    expect(inflateShort(far, windowOf(15, Buffer.alloc(32768)), 100)).toHaveLength(3);
    expect(inflateShort(far, window, 100)).toBeUndefined();
  });

  test("what inflates to more than the limit, and more than it has room for", () => {
    const empty = new DeflateWindow(15);
    const made = (length: number, level: number) =>
      deflated(Buffer.alloc(length), 15, { level, strategy: constants.Z_FIXED }, empty);
    for (const level of [0, 9]) {
      expect(inflateShort(made(100, level), empty, 100)).toHaveLength(100);
      expect(inflateShort(made(100, level), empty, 99)).toBeUndefined();
    }
    expect(inflateShort(made(4096, 9), empty, 1e9)).toHaveLength(4096);
    expect(inflateShort(made(4097, 9), empty, 1e9)).toBeUndefined();
  });
});

/** Values packed from the lowest bit on, each with its number of bits; the last byte is padded. */
function bitsOf(...values: readonly [value: number, length: number][]): Buffer {
  let all = "";
  for (const [value, length] of values) {
    all = value.toString(2).padStart(length, "0").slice(-length) + all;
  }
  const bytes: number[] = [];
  for (let end = all.length; end > 0; end -= 8) {
    bytes.push(Number.parseInt(all.slice(Math.max(0, end - 8), end), 2));
  }
  return Buffer.from(bytes);
}
