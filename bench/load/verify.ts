import type { Exchange } from "./frames.ts";
import type { ReplyJudge } from "./replies.ts";

/**
 * Compares bytes that came back with the bytes that had to come.
 *
 * @param position offset of `chunk` in the stream of replies of its connection, in bytes
 * @returns undefined if all is as it must be, otherwise what differs
 */
export function findDifference(
  exchange: Exchange,
  position: number,
  chunk: Buffer,
): string | undefined {
  return exchange.replyMasked
    ? compareMasked(exchange, position, chunk)
    : comparePlain(exchange.reply, position, chunk);
}

function comparePlain(reply: Uint8Array, position: number, chunk: Buffer): string | undefined {
  let at = 0;
  while (at < chunk.length) {
    const from = (position + at) % reply.length;
    const n = Math.min(chunk.length - at, reply.length - from);
    if (chunk.compare(reply, from, from + n, at, at + n) !== 0) {
      return `reply differs within ${n} bytes at offset ${position + at} of the connection`;
    }
    at += n;
  }
  return undefined;
}

// The mask is the other side's choice, so only whole frames can be judged: those that begin and
// end inside the chunk.
function compareMasked(exchange: Exchange, position: number, chunk: Buffer): string | undefined {
  const { reply, replySize, replyHeader } = exchange;
  let index = Math.ceil(position / replySize);
  for (let at = index * replySize - position; at + replySize <= chunk.length; at += replySize) {
    const expected = (index % exchange.count) * replySize;
    const maskAt = at + replyHeader - 4;
    for (let i = 0; i < replyHeader - 4; i++) {
      if (chunk[at + i] !== reply[expected + i]) return `header of reply ${index} differs`;
    }
    for (let i = replyHeader; i < replySize; i++) {
      const byte = chunk[at + i]! ^ chunk[maskAt + ((i - replyHeader) & 3)]!;
      if (byte !== reply[expected + i]) return `payload of reply ${index} differs`;
    }
    index += 1;
  }
  return undefined;
}

/** Compares messages that come back in frames of any size with those that were sent. */
export class ContentJudge implements ReplyJudge {
  /** Bytes that were compared. */
  compared = 0;
  readonly #exchange: Exchange;
  readonly #fail: (reason: string) => void;
  #index = 0;
  #at = 0;

  /** @param fail hears what differs */
  constructor(exchange: Exchange, fail: (reason: string) => void) {
    this.#exchange = exchange;
    this.#fail = fail;
  }

  add(_first: number, part: Uint8Array): void {
    const { reply, replySize, replyHeader } = this.#exchange;
    const from = this.#index * replySize + replyHeader + this.#at;
    this.#at += part.length;
    const fits = this.#at <= replySize - replyHeader;
    if (!fits || Buffer.compare(part, reply.subarray(from, from + part.length)) !== 0) {
      this.#fail(`a message differs from what was sent, in its first ${this.#at} bytes`);
    }
    this.compared += part.length;
  }

  end(): void {
    const { replySize, replyHeader, count } = this.#exchange;
    if (this.#at !== replySize - replyHeader)
      this.#fail(`a message came back with ${this.#at} bytes`);
    this.#at = 0;
    this.#index = (this.#index + 1) % count;
  }
}

/** What one connection hears of messages by several senders, whose order among each other is free. */
export class Witness {
  readonly #size: number;
  /** The index of each message, by its frame. */
  readonly #indexes = new Map<string, number>();
  /** How many messages are still to be heard of each sender, by the index of the next one. */
  readonly #expected = new Map<number, number>();
  #heard: Buffer[] = [];

  constructor({ reply, replySize, count }: Exchange) {
    this.#size = replySize;
    for (let i = 0; i < count; i++) {
      const frame = Buffer.from(reply.subarray(i * replySize, (i + 1) * replySize));
      this.#indexes.set(frame.toString("latin1"), i);
    }
  }

  /** A sender will send so many messages from this index on. */
  expect(index: number, messages: number): void {
    this.#expected.set(index, messages);
  }

  hear(chunk: Buffer): void {
    this.#heard.push(Buffer.from(chunk));
  }

  /** Judges what was heard since the last time: undefined if it is what was sent, otherwise what is wrong. */
  judge(): string | undefined {
    const heard = Buffer.concat(this.#heard);
    const expected = this.#expected;
    for (let at = 0; at < heard.length; at += this.#size) {
      const index = this.#indexes.get(heard.toString("latin1", at, at + this.#size));
      const left = index === undefined ? undefined : expected.get(index);
      if (index === undefined || left === undefined) {
        return `what came at ${at} is no message of the round, or not in its sender's order`;
      }
      expected.delete(index);
      if (left > 1) expected.set((index + 1) % this.#indexes.size, left - 1);
    }
    const missing = expected.size;
    expected.clear();
    this.#heard = [];
    return missing === 0 ? undefined : `the last messages of ${missing} senders have not come`;
  }
}
