import { constants } from "node:buffer";
import { ProtocolError } from "../errors.ts";
import { Inflater, type Inflation } from "../extensions/inflater.ts";
import type { DeflateDirection } from "../extensions/permessage-deflate.ts";
import { type CompressionJob, startJob } from "./jobs.ts";
import { discard } from "./long-buffers.ts";
import type { CompressionSettings } from "./options.ts";
import { inflateInPieces } from "./zlib-pieces.ts";

/**
 * Inflates what a connection receives: short messages at once, long ones on the thread pool. The
 * caller sees to it that one message comes after the other.
 */
export class MessageInflater {
  readonly #settings: CompressionSettings;
  readonly #inflater: Inflater;
  /** The most bytes that a message may inflate to. */
  readonly #limit: number;
  #job: CompressionJob | undefined;

  constructor(settings: CompressionSettings, direction: DeflateDirection, limit: number) {
    this.#settings = settings;
    this.#inflater = new Inflater(direction);
    // What a string can hold; rather less than what a Buffer can.
    this.#limit = Math.min(limit, constants.MAX_STRING_LENGTH);
  }

  /** Whether a message is being inflated on the thread pool, or waits for a thread. */
  get busy(): boolean {
    return this.#job !== undefined;
  }

  /** How often zlib was called for the last message that was inflated at once. */
  get calls(): number {
    return this.#inflater.calls;
  }

  /**
   * Inflates a message here and now.
   *
   * @returns its content, which the next call for any connection may overwrite; undefined if it is
   * long and wants {@link inflateLong}. That is found out at the cost of the border between the two
   * @throws ProtocolError
   */
  inflate(payload: Buffer): Buffer | undefined {
    const { offThreadFrom } = this.#settings;
    if (payload.length >= offThreadFrom && payload.length > 0) return undefined;
    const most = Math.min(this.#limit, offThreadFrom);
    try {
      return this.#inflater.inflate(payload, most);
    } catch (error) {
      const tooBig = error instanceof ProtocolError && error.code === "MESSAGE_TOO_BIG";
      if (tooBig && most < this.#limit) return undefined;
      throw error;
    }
  }

  /**
   * Inflates a message on the thread pool.
   *
   * @param payload is copied before this returns
   * @param kept whether the content may be kept, and then is to hold at most twice its size of memory
   * @param onEnd is called with the content or with what is wrong; not at all after {@link end}
   */
  inflateLong(
    payload: Buffer,
    kept: boolean,
    onEnd: (result: Buffer | ProtocolError) => void,
  ): void {
    const inflation = this.#inflater.begin(payload, this.#limit);
    this.#job = startJob(this.#settings.maxJobs, (done) => {
      runOnPool(inflation, (error) => {
        done();
        if (error === undefined) discard(inflation.input);
        if (this.#job === undefined) return;
        this.#job = undefined;
        onEnd(error ?? this.#finish(inflation, kept));
      });
    });
  }

  #finish(inflation: Inflation, kept: boolean): Buffer | ProtocolError {
    try {
      const content = this.#inflater.finish(inflation);
      if (!kept || content.buffer.byteLength <= 2 * content.length) return content;
      const copy = Buffer.from(content);
      discard(content);
      return copy;
    } catch (error) {
      return inflation.failure(error);
    }
  }

  /** The connection has ended: what waits for a thread is dropped, and results are ignored. */
  end(): void {
    this.#job?.cancel();
    this.#job = undefined;
  }
}

function runOnPool(inflation: Inflation, onEnd: (error: ProtocolError | undefined) => void): void {
  try {
    inflateInPieces(inflation.input, inflation.options, (error, output, read) => {
      try {
        if (error !== undefined) throw error;
        inflation.accept(output, read);
      } catch (reason) {
        onEnd(inflation.failure(reason));
        return;
      }
      if (inflation.done) onEnd(undefined);
      else runOnPool(inflation, onEnd);
    });
  } catch (error) {
    // zlib finds no memory before it begins.
    process.nextTick(onEnd, inflation.failure(error));
  }
}
