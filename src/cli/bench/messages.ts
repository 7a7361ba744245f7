/** The messages of a load, and what must come back. */

/** Bytes that all the different messages may take together. */
const MOST_BYTES = 64 * 2 ** 20;
const MOST_DIFFERENT = 64;

/** What to send. */
export interface MessageKind {
  readonly binary: boolean;
  /** Bytes of each message that is made up. */
  readonly size: number;
  /** The one message to send, in place of those. */
  readonly given: string | undefined;
}

/**
 * The messages to send in turn. They differ, so that an answer that belongs to another message is
 * noticed; they look like JSON, so that they can be compressed as what people send can.
 */
export function makeMessages(kind: MessageKind): readonly (string | Buffer)[] {
  const texts = kind.given === undefined ? madeUp(kind.size) : [kind.given];
  return kind.binary ? texts.map((text) => Buffer.from(text)) : texts;
}

function madeUp(size: number): string[] {
  const number = Math.min(MOST_DIFFERENT, Math.max(1, Math.floor(MOST_BYTES / Math.max(size, 1))));
  return Array.from({ length: number }, (_, index) => textOf(size, index));
}

/** ASCII, so its length is its size. */
function textOf(size: number, index: number): string {
  let text = index.toString(36).padStart(2, "0");
  // The same numbers in each run (a linear congruential generator): a run can be repeated.
  let state = index + 1;
  while (text.length < size) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    text += `{"id":${state},"user":"user-${state % 1000}","value":${(state / 2 ** 32).toFixed(6)}},`;
  }
  return text.slice(0, size);
}

/** Whether a message is the one that was expected. */
export function isSame(received: string | Buffer, expected: string | Buffer): boolean {
  return typeof received === "string" || typeof expected === "string"
    ? received === expected
    : received.equals(expected);
}

/** A message, for people: its kind, its length, how it begins. */
export function messageName(message: string | Buffer): string {
  const length = Buffer.byteLength(message);
  if (typeof message !== "string") {
    const more = length > 16 ? "…" : "";
    return `${length} bytes of binary (${message.toString("hex", 0, 16)}${more})`;
  }
  return `${length} bytes of text (${JSON.stringify(message.slice(0, 40))}${message.length > 40 ? "…" : ""})`;
}
