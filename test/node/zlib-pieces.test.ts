import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { deflateInPieces, inflateInPieces } from "../../src/node/zlib-pieces.ts";

const KIB = 1024;

interface Result {
  readonly error: Error | undefined;
  readonly output: Buffer;
  readonly read: number;
}

type Run = typeof deflateInPieces | typeof inflateInPieces;

function run(start: Run, input: Buffer, options: Parameters<Run>[1]): Promise<Result> {
  return new Promise((resolve) => {
    start(input, options, (error, output, read) => resolve({ error, output, read }));
  });
}

/** Text whose deflated form and content fill many pieces. */
function text(words: readonly number[], size: number): Buffer {
  const line = words.map((word) => `{"id":${word},"price":${word / 7}},`).join("");
  return Buffer.alloc(size, line);
}

const sizes = fc.integer({ min: 0, max: 600 * KIB });
const anyWords = fc.array(fc.nat(), { minLength: 1, maxLength: 2000 });

test("what zlib's own calls make of any message", async () => {
  const flush = { finishFlush: constants.Z_SYNC_FLUSH };
  await fc.assert(
    fc.asyncProperty(
      anyWords,
      sizes,
      fc.integer({ min: 0, max: 9 }),
      async (words, size, level) => {
        const input = text(words, size);
        const deflated = await run(deflateInPieces, input, { ...flush, level });
        expect(deflated.error).toBeUndefined();
        expect(deflated.output.equals(deflateRawSync(input, { ...flush, level }))).toBe(true);

        const whole = Buffer.concat([deflated.output, Buffer.from([3, 0])]);
        const inflated = await run(inflateInPieces, whole, {});
        expect(inflated.error).toBeUndefined();
        expect(inflated.output.equals(input)).toBe(true);
        expect(inflated.read).toBe(whole.length);
      },
    ),
    { numRuns: 30 },
  );
});

test("a stream that ends before the input does tells how much of it was read", async () => {
  const input = text([1, 2, 3], 300 * KIB);
  const deflated = deflateRawSync(input);
  const { output, read } = await run(
    inflateInPieces,
    Buffer.concat([deflated, Buffer.from("more")]),
    {},
  );
  expect(output.equals(input)).toBe(true);
  expect(read).toBe(deflated.length);
});

test("output of exactly the limit is taken, one byte more is an error", async () => {
  const deflated = deflateRawSync(Buffer.alloc(300 * KIB));
  const fits = await run(inflateInPieces, deflated, { maxOutputLength: 300 * KIB });
  expect(fits.output.length).toBe(300 * KIB);
  const tooLong = await run(inflateInPieces, deflated, { maxOutputLength: 300 * KIB - 1 });
  expect(tooLong.error).toMatchObject({ code: "ERR_BUFFER_TOO_LARGE" });
});

test("corrupt and truncated input are zlib's errors, told once", async () => {
  const deflated = deflateRawSync(text([5, 6], 300 * KIB));
  expect(() => inflateRawSync(deflated.subarray(0, -1))).toThrow();
  const cut = await run(inflateInPieces, deflated.subarray(0, -1), {});
  expect(cut.error).toMatchObject({ code: "Z_BUF_ERROR" });
  const corrupt = await run(inflateInPieces, Buffer.from([0xff, 1, 2]), {});
  expect(corrupt.error).toMatchObject({ code: "Z_DATA_ERROR" });
});

test("no options that zlib does not know are taken", () => {
  expect(() => deflateInPieces(Buffer.alloc(1), { level: 10 }, () => {})).toThrow(RangeError);
  expect(() => inflateInPieces(Buffer.alloc(1), { windowBits: 99 }, () => {})).toThrow(RangeError);
});

test("the event loop has its turn between pieces", async () => {
  let turns = 0;
  let counting = true;
  const count = () => {
    turns++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const { output } = await run(inflateInPieces, deflateRawSync(Buffer.alloc(2048 * KIB)), {});
  counting = false;
  expect(output.length).toBe(2048 * KIB);
  // 16 pieces, each of which comes back to the loop before the next one is begun.
  expect(turns).toBeGreaterThanOrEqual(16);
});
