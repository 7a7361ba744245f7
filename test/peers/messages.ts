/** What is exchanged with peers. */

/** Payload lengths around the bounds of the three encodings (RFC 6455 §5.2), and the largest. */
const LENGTHS = [125, 126, 65_535, 65_536, 1_048_576];

/** Messages by what they are. */
export const MESSAGES: readonly (readonly [name: string, message: string | Buffer])[] = [
  ["an empty text", ""],
  ["ASCII", "hello, world"],
  ["text in characters of one to four bytes", "a\u0000ß€😀é𐍈\u{10ffff}"],
  ["an empty binary message", Buffer.alloc(0)],
  ["every byte", Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
  ...LENGTHS.flatMap((length): [string, string | Buffer][] => [
    [`${length} bytes of text`, textOf(length)],
    [`${length} bytes`, binaryOf(length)],
  ]),
];

/** Messages that are sent in fragments; more than one character of the text straddles a bound. */
export const LONG_MESSAGES: readonly (readonly [name: string, message: string | Buffer])[] = [
  ["text", textOf(20_000)],
  ["binary", binaryOf(20_000)],
];

/** Close codes and reasons that either side may send (§7.4). */
export const CLOSES: readonly (readonly [code: number, reason: string])[] = [
  [1000, ""],
  [1001, "going away"],
  [1003, "no such data"],
  [1011, "internal error"],
  [3000, "registered"],
  [4999, "é".repeat(61)],
];

/** A text whose UTF-8 has exactly `length` bytes, in characters of one and three bytes. */
function textOf(length: number): string {
  return "€".repeat(Math.floor(length / 3)) + "x".repeat(length % 3);
}

/** Bytes that repeat with no power of two, so that a misplaced one shows. */
function binaryOf(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7) % 251));
}

/** Whether a message has come as it was sent; quicker than a comparison that shows differences. */
export function isSame(received: string | Buffer, sent: string | Buffer): boolean {
  if (typeof received === "string" || typeof sent === "string") return received === sent;
  return received.equals(sent);
}

/** A message in pieces, none of which ends where a frame of a round length would. */
export function* pieces(message: string | Buffer): Generator<string | Buffer> {
  for (let start = 0; start < message.length; start += 999) {
    yield typeof message === "string"
      ? message.slice(start, start + 999)
      : message.subarray(start, start + 999);
  }
}
