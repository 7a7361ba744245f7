import { expect, test, vi } from "vitest";
import { jobCounts } from "../../src/compression/jobs.ts";
import { MessageDeflater } from "../../src/compression/message-deflater.ts";
import { compressionSettings, isWorthwhile } from "../../src/compression/options.ts";

const DIRECTION = { windowBits: 12, contextTakeover: true };
const TEXT = "grüße ".repeat(100);

function deflater(changed: object = {}): MessageDeflater {
  return new MessageDeflater({ ...compressionSettings(true)!, ...changed }, DIRECTION);
}

test("a message is long from offThreadFrom on, and worthwhile from threshold on", () => {
  const sender = deflater({ offThreadFrom: 100 });
  expect([99, 100].map((size) => sender.isLong(size))).toEqual([false, true]);
  const settings = { ...compressionSettings(true)!, threshold: 5 };
  expect(["four", "five5"].map((text) => isWorthwhile(settings, text))).toEqual([false, true]);
});

test("only true is a yes of shouldCompress", () => {
  const answers = [true, false, undefined, 1, Promise.resolve(true)];
  const decided = answers.map((answer) => {
    const shouldCompress = () => answer as boolean;
    return isWorthwhile({ ...compressionSettings(true)!, shouldCompress }, "x".repeat(100));
  });
  expect(decided).toEqual([true, false, false, false, false]);
});

test("no memory to encode text fails its message only, and frees the thread", async () => {
  const sender = deflater();
  const noMemory = vi.spyOn(Buffer, "byteLength").mockImplementation(() => {
    throw new RangeError("no memory");
  });
  try {
    await expect(sender.deflateLong(TEXT)).rejects.toThrow("no memory");
  } finally {
    noMemory.mockRestore();
  }
  expect(jobCounts()).toEqual({ running: 0, waiting: 0 });
  expect((await sender.deflateLong(TEXT)).compressed).toBe(true);
});

test("where zlib cannot begin, messages go as they are and fragments fail", async () => {
  const sender = deflater({ level: 99 });
  const { bytes, compressed } = await sender.deflateLong(TEXT);
  expect(compressed).toBe(false);
  // It must not be in memory that others use by now.
  await deflater().deflateLong("y".repeat(Buffer.byteLength(TEXT) - 50));
  expect(Buffer.from(bytes).toString()).toBe(TEXT);
  await expect(sender.deflateFragment(Buffer.from(TEXT), true)).rejects.toThrow("level");
  expect(jobCounts()).toEqual({ running: 0, waiting: 0 });
});
