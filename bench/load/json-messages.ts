/** What the benchmark of compression sends. The same in each run: numbers come from a fixed seed. */

/**
 * Bytes of the long ones. The first is just too short for barewire to compress it on the thread pool; V8
 * keeps a string of the second in its heap, and one of the third outside.
 */
export const LONG_SIZES = { medium: 63 * 1024, megabyte: 1_000_000, large: 2 ** 20 };

/** Messages of about 130 bytes, of about 1 KiB, or one of {@link LONG_SIZES}. */
export type JsonContent = "small" | "kibibyte" | keyof typeof LONG_SIZES;

/** So many of about 130 bytes, and of 1 KiB, fill a window of 32 KiB. */
const SMALL_COUNT = 300;
const KIBIBYTE_COUNT = 40;

/** The messages to send, one after the other. */
export function jsonMessages(content: JsonContent): Buffer[] {
  if (content === "small") return smallMessages(SMALL_COUNT);
  if (content !== "kibibyte") return [largeMessage(LONG_SIZES[content])];
  return Array.from({ length: KIBIBYTE_COUNT }, (_, i) => listOfRecords(1024, 88675123 + i));
}

/** A generator of integers from 0 to `below` - 1 (xorshift32). */
export function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const SYMBOLS = ["ACME", "GLOBEX", "INITECH", "UMBRELLA", "HOOLI", "STARK", "WAYNE", "TYRELL"];

/** Short JSON messages of about 130 bytes, as a feed of prices has them. */
export function smallMessages(count: number): Buffer[] {
  const next = numbers(2463534242);
  return Array.from({ length: count }, (_, i) =>
    Buffer.from(
      JSON.stringify({
        type: "tick",
        seq: 480_000 + i,
        symbol: SYMBOLS[next(SYMBOLS.length)],
        bid: 10_000 + next(90_000) / 100,
        ask: 10_000 + next(90_000) / 100,
        size: next(5000),
        time: 1_760_000_000_000 + i * 250 + next(250),
        venue: next(2) === 0 ? "XNYS" : "XNAS",
      }),
    ),
  );
}

/** One JSON message of about `size` bytes: a list of records. */
export function largeMessage(size: number): Buffer {
  return listOfRecords(size, 88675123);
}

function listOfRecords(size: number, seed: number): Buffer {
  const next = numbers(seed);
  const records: string[] = [];
  for (let length = 0; length < size; length += records.at(-1)!.length + 1) {
    records.push(
      JSON.stringify({
        id: next(1_000_000),
        name: `user ${next(100_000)}`,
        email: `u${next(100_000)}@example.com`,
        active: next(2) === 1,
        balance: next(10_000_000) / 100,
        tags: [SYMBOLS[next(8)], SYMBOLS[next(8)]],
      }),
    );
  }
  return Buffer.from(`[${records.join(",")}]`);
}
