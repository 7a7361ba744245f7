import { inflateRawSync, type ZlibOptions } from "node:zlib";
import { ProtocolError } from "../errors.ts";
import { DeflateWindow } from "./deflate-window.ts";
import type { DeflateDirection } from "./permessage-deflate.ts";
import { inflateShort, SHORT_PAYLOAD } from "./short-inflate.ts";

/**
 * Put behind every message: the four bytes that the sender has taken off (§7.2.2), then an empty
 * final block. Whether zlib reaches the end of that block tells a whole message from one that was
 * cut off.
 */
const TAIL = Buffer.from([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]);

const EMPTY: Buffer = Buffer.alloc(0);

/**
 * The most bytes of output that zlib is given room for at a time, and no more than the limit. What
 * fits into one chunk is not copied once more: inflated at once a message of 1 MB takes 1.2 ms, and
 * 2.2 ms in chunks of 64 KiB.
 */
const LARGEST_CHUNK = 2 * 1024 * 1024;

/** The same for the streams of a message behind its first. */
const LATER_CHUNK = 16 * 1024;

/** What zlib returns with `info`: the output, and how much input it has used. */
interface InflateResult {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/**
 * The receiving side of RFC 7692 §7.2.2: payloads of compressed messages to their content.
 * Between two calls it holds nothing but the window.
 */
export class Inflater {
  readonly #windowBits: number;
  readonly #contextTakeover: boolean;
  readonly #window: DeflateWindow;
  /** Calls of zlib that the last {@link inflate} took; 0 for a short message, which is inflated without. */
  calls = 0;

  constructor({ windowBits, contextTakeover }: DeflateDirection) {
    this.#windowBits = windowBits;
    this.#contextTakeover = contextTakeover;
    this.#window = new DeflateWindow(windowBits);
  }

  /**
   * Inflates a message here and now.
   *
   * @param limit the most bytes that it may inflate to
   * @returns its content, which the next call of any inflater may overwrite
   * @throws ProtocolError `MESSAGE_TOO_BIG` beyond that, at a cost of the limit and one chunk;
   * `COMPRESSED_DATA_INVALID`
   */
  inflate(payload: Buffer, limit: number): Buffer {
    this.calls = 0;
    if (payload.length <= SHORT_PAYLOAD) {
      const content = inflateShort(payload, this.#window, limit);
      if (content !== undefined) return this.#remember(content);
    }
    const window = this.#window.tail(this.#window.size, true);
    const inflation = new Inflation(payload, this.#windowBits, window, limit);
    for (; !inflation.done; this.calls++) inflation.step();
    return this.finish(inflation);
  }

  /** Begins to inflate a message, to be driven by the caller. */
  begin(payload: Buffer, limit: number): Inflation {
    return new Inflation(payload, this.#windowBits, this.#window.content, limit);
  }

  /** The content of a message that is done. The next message may refer to it. */
  finish(inflation: Inflation): Buffer {
    return this.#remember(inflation.content);
  }

  #remember(content: Buffer): Buffer {
    if (this.#contextTakeover) this.#window.add(content);
    return content;
  }
}

/**
 * One message on its way through zlib: {@link input} and {@link options} for a call of
 * `inflateRawSync` or of `inflateInPieces`, whose result goes to {@link accept} or whose error to
 * {@link failure}, until it is {@link done}. One call is enough but for messages in which the peer has
 * ended a deflate stream.
 */
export class Inflation {
  readonly #input: Buffer;
  readonly #windowBits: number;
  readonly #limit: number;
  #at = 0;
  #dictionary: Buffer | undefined;
  #parts: Buffer[] | undefined;
  #content = EMPTY;
  #size = 0;
  #streamsLeft: number;
  #done: boolean;

  constructor(payload: Buffer, windowBits: number, dictionary: Buffer | undefined, limit: number) {
    this.#windowBits = windowBits;
    this.#dictionary = dictionary;
    this.#limit = limit;
    // Some senders flush twice without data between, which makes an empty message of no bytes.
    this.#done = payload.length === 0;
    this.#input = this.#done ? EMPTY : Buffer.concat([payload, TAIL]);
    // Each stream that ends costs a call: a peer is not to cause one with every two bytes.
    this.#streamsLeft = 16 + (payload.length >> 10);
  }

  get done(): boolean {
    return this.#done;
  }

  get input(): Buffer {
    return this.#at === 0 ? this.#input : this.#input.subarray(this.#at);
  }

  get options(): ZlibOptions {
    const left = this.#input.length - this.#at;
    const most = Math.max(1, this.#limit - this.#size);
    // Text shrinks to a sixth; below 4 KiB Node takes this from its pool. 64 is zlib's least. Where the
    // peer ends one stream after the other, each may be short, and room for much would cost more than it.
    const guess = this.#parts === undefined ? Math.max(1024, left * 8) : LATER_CHUNK;
    const chunkSize = Math.min(guess, most + 64, LARGEST_CHUNK);
    const options: ZlibOptions = {
      windowBits: this.#windowBits,
      maxOutputLength: most,
      chunkSize,
      info: true,
    };
    if (this.#dictionary !== undefined) options.dictionary = this.#dictionary;
    return options;
  }

  /** The whole message, once it is done. */
  get content(): Buffer {
    return this.#parts === undefined ? this.#content : Buffer.concat(this.#parts, this.#size);
  }

  /** One call of zlib, here and now. @throws ProtocolError */
  step(): void {
    let result: InflateResult;
    try {
      // The declared type leaves out what `info` does.
      result = inflateRawSync(this.input, this.options) as unknown as InflateResult;
    } catch (error) {
      throw this.failure(error);
    }
    this.accept(result.buffer, result.engine.bytesWritten);
  }

  /**
   * Takes the result of one call.
   *
   * @param read how many bytes of the input zlib has used
   * @throws ProtocolError
   */
  accept(buffer: Buffer, read: number): void {
    this.#at += read;
    this.#size += buffer.length;
    if (this.#size > this.#limit) throw this.#tooBig();
    const left = this.#input.length - this.#at;
    // §7.2.3.4: a final block ends a stream of zlib's, not the message. What is left then may be
    // all that was put behind it: nothing was taken off a message that ends with such a block.
    this.#done = left === 0 || left === TAIL.length;
    if (this.#parts === undefined && this.#done) {
      this.#content = buffer;
      return;
    }
    this.#parts ??= [];
    // A copy: it may be a short part of a long chunk.
    this.#parts.push(Buffer.from(buffer));
    if (this.#done) return;
    if (--this.#streamsLeft < 0 || read === 0) {
      throw new ProtocolError("COMPRESSED_DATA_INVALID", "too many final blocks");
    }
    this.#moveWindow(buffer);
  }

  /** What an error of zlib means for the connection. */
  failure(error: unknown): ProtocolError {
    if (error instanceof ProtocolError) return error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") return this.#tooBig();
    if (code === "Z_DATA_ERROR" || code === "Z_BUF_ERROR") {
      return new ProtocolError("COMPRESSED_DATA_INVALID", message);
    }
    // Z_MEM_ERROR, ERR_ZLIB_INITIALIZATION_FAILED, or no memory for the output.
    return new ProtocolError("MESSAGE_TOO_BIG", `no memory to inflate it: ${message}`);
  }

  #moveWindow(added: Buffer): void {
    const window = new DeflateWindow(this.#windowBits);
    if (this.#dictionary !== undefined) window.add(this.#dictionary);
    window.add(added);
    this.#dictionary = window.content;
  }

  #tooBig(): ProtocolError {
    return new ProtocolError(
      "MESSAGE_TOO_BIG",
      `it inflates to more than ${this.#limit}: the option maxMessageSize`,
    );
  }
}
