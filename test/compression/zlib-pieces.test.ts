import { createHook } from "node:async_hooks";
import { randomBytes } from "node:crypto";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { deflateInPieces, inflateInPieces } from "../../src/compression/zlib-pieces.ts";

const KIB = 1024;

interface Result {
  readonly error: Error | undefined;
  readonly output: Buffer;
  readonly read: number;
}

type Run = typeof deflateInPieces | typeof inflateInPieces;

async function run(start: Run, input: Buffer, options: Parameters<Run>[1]): Promise<Result> {
  const results: Result[] = [];
  await new Promise<void>((resolve) => {
    start(input, options, (error, output, read) => {
      results.push({ error, output, read });
      resolve();
    });
  });
  // Whatever Node would still tell, it tells in the next turns.
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
  expect(results.length).toBe(1);
  return results[0]!;
}

/** As {@link run}, and how often zlib was called for it. */
async function piecesOf(start: Run, input: Buffer, options: Parameters<Run>[1]): Promise<number> {
  const streams = new Set<number>();
  let pieces = 0;
  const hook = createHook({
    init: (id, type) => void (type === "ZLIB" && streams.add(id)),
    before: (id) => void (streams.has(id) && pieces++),
  }).enable();
  await run(start, input, options);
  hook.disable();
  return pieces;
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
  const ends = [300 * KIB, 256 * KIB].map((size) => deflateRawSync(text([1, 2, 3], size)));
  // One stored block that ends where the first piece does, one byte before, and one behind.
  for (const size of [32 * KIB, 32 * KIB - 1, 32 * KIB + 1]) {
    ends.push(deflateRawSync(randomBytes(size - 5), { level: 0, memLevel: 9 }));
    expect(ends.at(-1)!.length).toBe(size);
  }
  for (const deflated of ends) {
    const input = inflateRawSync(deflated);
    const more = Buffer.concat([deflated, Buffer.from("more")]);
    const { output, read } = await run(inflateInPieces, more, {});
    expect(output.equals(input)).toBe(true);
    expect(read).toBe(deflated.length);
  }
});

test("input behind the end of a stream is not touched once that was told", async () => {
  const deflated = deflateRawSync(text([1, 2, 3], 300 * KIB));
  const input = Buffer.concat([deflated, Buffer.alloc(200 * KIB)]);
  let told = false;
  let touched = 0;
  const subarray = input.subarray.bind(input);
  input.subarray = (begin, end) => {
    if (told) touched++;
    return subarray(begin, end);
  };
  await new Promise<void>((resolve) => {
    inflateInPieces(input, {}, () => {
      told = true;
      resolve();
    });
  });
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
  expect(touched).toBe(0);
});

test("output of exactly the limit is taken, one byte more is an error", async () => {
  const deflated = deflateRawSync(Buffer.alloc(300 * KIB));
  const fits = await run(inflateInPieces, deflated, { maxOutputLength: 300 * KIB });
  expect(fits.output.length).toBe(300 * KIB);
  const tooLong = await run(inflateInPieces, deflated, { maxOutputLength: 300 * KIB - 1 });
  expect(tooLong.error).toMatchObject({ code: "ERR_BUFFER_TOO_LARGE" });
});

test("corrupt and truncated input are zlib's errors", async () => {
  const deflated = deflateRawSync(text([5, 6], 300 * KIB));
  expect(() => inflateRawSync(deflated.subarray(0, -1))).toThrow();
  const cut = await run(inflateInPieces, deflated.subarray(0, -1), {});
  expect(cut.error).toMatchObject({ code: "Z_BUF_ERROR" });
  const corrupt = await run(inflateInPieces, Buffer.from([0xff, 1, 2]), {});
  expect(corrupt.error).toMatchObject({ code: "Z_DATA_ERROR" });
});

test("options that zlib refuses are thrown at once", () => {
  expect(() => deflateInPieces(Buffer.alloc(1), { level: 10 }, () => {})).toThrow(RangeError);
  expect(() => inflateInPieces(Buffer.alloc(1), { windowBits: 99 }, () => {})).toThrow(RangeError);
});

test("a message is made in pieces, whatever room the options give", async () => {
  const options = { chunkSize: 2048 * KIB };
  const json = text(
    Array.from({ length: 9000 }, (_, i) => (i * 7919) % 10_007),
    1024 * KIB,
  );
  const inflated = await piecesOf(inflateInPieces, deflateRawSync(json), options);
  expect(inflated).toBeGreaterThanOrEqual(4);
  expect(inflated).toBeLessThanOrEqual(10);
  // What does not shrink in larger ones, and what shrinks to nothing by the room for its content.
  const noise = randomBytes(512 * KIB);
  const stored = await piecesOf(inflateInPieces, deflateRawSync(noise), options);
  expect(stored).toBeGreaterThanOrEqual(6);
  expect(stored).toBeLessThanOrEqual(10);
  const empty = Buffer.alloc(1000 * KIB, Buffer.from([0, 0, 0, 0xff, 0xff]));
  empty[empty.length - 5] = 1;
  expect(await piecesOf(inflateInPieces, empty, options)).toBeGreaterThanOrEqual(8);
  const zeros = deflateRawSync(Buffer.alloc(16 * 1024 * KIB));
  expect(await piecesOf(inflateInPieces, zeros, options)).toBeGreaterThanOrEqual(8);
  expect(await piecesOf(deflateInPieces, noise, options)).toBeGreaterThanOrEqual(16);
});

test("input that repeats itself goes to zlib in pieces too", async () => {
  const zeros = Buffer.alloc(8192 * KIB + 1);
  expect(await piecesOf(deflateInPieces, zeros, {})).toBeGreaterThanOrEqual(9);
  const { output } = await run(deflateInPieces, zeros, { finishFlush: constants.Z_SYNC_FLUSH });
  expect(output.equals(deflateRawSync(zeros, { finishFlush: constants.Z_SYNC_FLUSH }))).toBe(true);
});

test("no memory to join the pieces is an error like others", async () => {
  const deflated = deflateRawSync(Buffer.alloc(300 * KIB));
  const noMemory = vi.spyOn(Buffer, "concat").mockImplementation(() => {
    throw new RangeError("Array buffer allocation failed");
  });
  try {
    const { error } = await run(inflateInPieces, deflated, {});
    expect(error).toBeInstanceOf(RangeError);
  } finally {
    noMemory.mockRestore();
  }
});

test("a dictionary, and an empty input", async () => {
  const dictionary = text([9, 8, 7], 4 * KIB);
  const input = text([9, 8, 7, 6], 256 * KIB);
  const { output } = await run(deflateInPieces, input, { dictionary });
  const inflated = await run(inflateInPieces, output, { dictionary });
  expect(inflated.output.equals(input)).toBe(true);
  const empty = await run(inflateInPieces, Buffer.from([3, 0]), {});
  expect(empty.output.length).toBe(0);
});
