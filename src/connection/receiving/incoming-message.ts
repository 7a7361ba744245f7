import { ArgumentError } from "../../errors.ts";
import { type Inbox, type InboxItem, PARTS_END, type PartsBegin } from "./inbox.ts";
import { isQuietEnd } from "./message-iterator.ts";
import { takeItem } from "./take-item.ts";

/**
 * A message that is received in parts, as they arrive: for messages too large to hold. It is an
 * async iterable of its parts, to be read once: strings for text (no part cuts a character; Buffers
 * where the option `text` says so), Buffers for binary. Parts are not the peer's fragments: networks and
 * peers may cut anywhere.
 */
export class IncomingMessage implements AsyncIterable<string | Buffer> {
  /** RFC 6455 §5.6: the type of the message. */
  readonly type: "text" | "binary";
  readonly #inbox: Inbox;
  #whole: string | Buffer | undefined;
  #ended = false;
  #skipped = false;
  /** The last call of {@link #next}: one that waits behind the end would take the next message. */
  #last: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(first: string | Buffer | PartsBegin, inbox: Inbox) {
    this.#inbox = inbox;
    if (typeof first === "string") this.type = "text";
    else if (Buffer.isBuffer(first)) this.type = "binary";
    else this.type = first.text ? "text" : "binary";
    if (typeof first === "string" || Buffer.isBuffer(first)) this.#whole = first;
  }

  /**
   * The parts.
   *
   * @throws ConnectionClosedError when the connection ends before the message
   * @throws ArgumentError when the next message has been asked for, by which this one is skipped
   */
  async *[Symbol.asyncIterator](): AsyncIterator<string | Buffer, void, void> {
    for (let part = await this.#read(); part !== undefined; part = await this.#read()) yield part;
  }

  /** The rest of the message in one string, decoded from UTF-8 where it is binary. */
  async text(): Promise<string> {
    const parts: string[] = [];
    const decoder = new TextDecoder();
    for await (const part of this) {
      parts.push(typeof part === "string" ? part : decoder.decode(part, { stream: true }));
    }
    return parts.join("") + decoder.decode();
  }

  /** The rest of the message in one Buffer, text in UTF-8. */
  async buffer(): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this) parts.push(Buffer.from(part as string));
    return Buffer.concat(parts);
  }

  /** @internal Reads what is left, so that the next message can be read. Never rejects. */
  async skip(): Promise<void> {
    this.#skipped ||= !this.#ended;
    try {
      while ((await this.#next()) !== undefined);
    } catch {
      // The connection has ended, as whoever wants the next message is told.
    }
  }

  #read(): Promise<string | Buffer | undefined> {
    if (!this.#skipped) return this.#next();
    throw new ArgumentError("the next message has been asked for: the rest of this one is skipped");
  }

  #next(): Promise<string | Buffer | undefined> {
    if (this.#whole !== undefined && !this.#ended) {
      this.#ended = true;
      return Promise.resolve(this.#whole);
    }
    const next = this.#last.then(() => this.#take());
    this.#last = next.catch(() => {});
    return next;
  }

  async #take(): Promise<string | Buffer | undefined> {
    if (this.#ended) return undefined;
    const item = await takeItem(this.#inbox);
    if (item === PARTS_END) this.#ended = true;
    return typeof item === "string" || Buffer.isBuffer(item) ? item : undefined;
  }
}

/** The messages of a connection one at a time; what is left of one is skipped for the next. */
export async function* incomingMessages(inbox: Inbox): AsyncGenerator<IncomingMessage, void, void> {
  inbox.iterated = true;
  try {
    for (;;) {
      // Of an iteration before this one, too.
      await inbox.unfinished?.skip();
      const item = await takeOrEnd(inbox);
      if (item === undefined || item === PARTS_END) return;
      const message = new IncomingMessage(item as string | Buffer | PartsBegin, inbox);
      inbox.unfinished = message;
      yield message;
    }
  } finally {
    inbox.endIteration();
  }
}

/** Takes an item; undefined once the connection has ended as both sides wanted it to. */
async function takeOrEnd(inbox: Inbox): Promise<InboxItem | undefined> {
  try {
    return await takeItem(inbox);
  } catch (error) {
    if (isQuietEnd(inbox, error as Error)) return undefined;
    throw error;
  }
}
