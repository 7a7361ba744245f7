/**
 * zlib on the thread pool, one piece of a message at a time. The system often runs the woken thread on
 * the core of the event loop, which waits until the thread is through with its work
 * (docs/compression.md); so none of it is to take much longer than what is done on the event loop.
 */

import { createDeflateRaw, createInflateRaw, type ZlibOptions } from "node:zlib";
import { discard } from "./long-buffers.ts";

/** Bytes of output that zlib has room for at a time. Deflating JSON to this many takes 0.9 ms at level 3. */
const DEFLATED_PIECE = 32 * 1024;
/** Bytes of input at most, since what repeats itself takes long to fill that: some 1 ms. */
const LARGEST_INPUT = 1024 * 1024;
/**
 * Bytes of deflated data in the first piece of a message to inflate: JSON becomes five or six times as
 * long, in some 0.4 ms.
 */
const FIRST_INFLATED = 64 * 1024;
/** Where a piece has made fewer bytes of content than this, the next one is twice as long, up to a limit. */
const ENOUGH_CONTENT = 256 * 1024;
const LARGEST_INFLATED = 128 * 1024;

/** `read` is how many bytes of the input zlib has used. */
export type OnOutput = (error: Error | undefined, output: Buffer, read: number) => void;

const NOTHING = Buffer.alloc(0);

/**
 * Does what `zlib.deflateRaw` does. The input is read until `onEnd` is called.
 *
 * @throws what zlib throws where it has no memory
 */
export function deflateInPieces(input: Uint8Array, options: ZlibOptions, onEnd: OnOutput): void {
  const { chunkSize = DEFLATED_PIECE } = options;
  const stream = createDeflateRaw({ ...options, chunkSize: Math.min(chunkSize, DEFLATED_PIECE) });
  new ZlibOutput(stream, Infinity, onEnd);
  let at = 0;
  for (; input.length - at > LARGEST_INPUT; at += LARGEST_INPUT) {
    stream.write(input.subarray(at, at + LARGEST_INPUT));
  }
  stream.end(input.subarray(at));
}

/**
 * Does what `zlib.inflateRaw` does, `maxOutputLength` included. The input is read until `onEnd` is
 * called.
 *
 * @throws what zlib throws where it has no memory
 */
export function inflateInPieces(input: Buffer, options: ZlibOptions, onEnd: OnOutput): void {
  const { maxOutputLength = Infinity } = options;
  const stream = createInflateRaw(options);
  const output = new ZlibOutput(stream, maxOutputLength, onEnd);
  // The pieces are made by the input, so that zlib can be given room for all of the content and need
  // not be copied from: 0.1 ms for 1 MB.
  let at = 0;
  let length = FIRST_INFLATED;
  const next = () => {
    // Where the stream ends before the input does, the end is told before the piece's callback is
    // called, and the input may be gone.
    if (output.ended) return;
    const begin = at;
    at = Math.min(begin + length, input.length);
    if (at === input.length) {
      stream.end(input.subarray(begin));
      return;
    }
    const before = output.size;
    stream.write(input.subarray(begin, at), () => {
      // What has shrunk little would come in many pieces.
      if (output.size - before < ENOUGH_CONTENT) length = Math.min(2 * length, LARGEST_INFLATED);
      next();
    });
  };
  next();
}

type Stream = ReturnType<typeof createDeflateRaw | typeof createInflateRaw>;

/** Collects what zlib makes of one input. */
class ZlibOutput {
  readonly #stream: Stream;
  readonly #limit: number;
  readonly #onEnd: OnOutput;
  readonly #parts: Buffer[] = [];
  /** Bytes so far. */
  size = 0;
  /** Whether it has told the result. */
  ended = false;

  constructor(stream: Stream, limit: number, onEnd: OnOutput) {
    this.#stream = stream;
    this.#limit = limit;
    this.#onEnd = onEnd;
    stream.on("data", (part: Buffer) => this.#add(part));
    stream.on("end", () => this.#end(undefined));
    stream.on("error", (error: Error) => this.#end(error));
  }

  #add(part: Buffer): void {
    if (this.ended) return;
    this.size += part.length;
    // What comes of several pieces mostly lies in one buffer, and then need not be copied.
    const last = this.#parts.at(-1);
    if (last?.buffer === part.buffer && last.byteOffset + last.length === part.byteOffset) {
      const length = last.length + part.length;
      this.#parts[this.#parts.length - 1] = Buffer.from(last.buffer, last.byteOffset, length);
    } else {
      this.#parts.push(part);
    }
    if (this.size <= this.#limit) return;
    const message = `more than ${this.#limit} bytes`;
    this.#end(Object.assign(new RangeError(message), { code: "ERR_BUFFER_TOO_LARGE" }));
  }

  #end(reason: Error | undefined): void {
    if (this.ended) return;
    this.ended = true;
    const read = this.#stream.bytesWritten;
    // Nothing is being written to: these events come between zlib's calls. Behind a final block with
    // data after it Node would still flush, into the memory that is about to be discarded.
    this.#stream.destroy();
    let error = reason;
    let output: Buffer = NOTHING;
    if (error === undefined) {
      try {
        output = this.#join();
      } catch (noMemory) {
        error = noMemory as Error;
      }
    }
    for (const part of this.#parts) if (part.buffer !== output.buffer) discard(part);
    this.#onEnd(error, output, read);
  }

  /** @throws RangeError where there is no memory for it */
  #join(): Buffer {
    return this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts, this.size);
  }
}
