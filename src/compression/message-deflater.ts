import { Deflater } from "../extensions/deflater.ts";
import type { DeflateDirection } from "../extensions/permessage-deflate.ts";
import { giveBack } from "../protocol/lent-memory.ts";
import { type CompressionJob, startJob } from "./jobs.ts";
import { borrowEncoded } from "./long-buffers.ts";
import type { CompressionSettings } from "./options.ts";
import { deflateInPieces } from "./zlib-pieces.ts";

/** The payload of a long message's frame; the message as it is where compressing made it no shorter. */
export interface LongPayload {
  readonly bytes: Uint8Array;
  readonly compressed: boolean;
}

/** Gets what was compressed, not to be kept, and the result or zlib's error. */
type Take<T> = (bytes: Uint8Array, result: Buffer | Error) => T;

/**
 * Compresses what a connection sends: short messages at once, long ones on the thread pool. The
 * caller sees to it that one message comes after the other.
 */
export class MessageDeflater {
  readonly settings: CompressionSettings;
  readonly #deflater: Deflater;
  #job: CompressionJob | undefined;
  #abandon: ((error: Error) => void) | undefined;

  constructor(settings: CompressionSettings, direction: DeflateDirection) {
    this.settings = settings;
    this.#deflater = new Deflater(direction, settings);
  }

  /** Base-2 logarithm of the window in bytes. */
  get windowBits(): number {
    return this.#deflater.windowBits;
  }

  /** Whether a message of `size` bytes is compressed on the thread pool. */
  isLong(size: number): boolean {
    return size >= this.settings.offThreadFrom;
  }

  /**
   * Compresses a message here and now.
   *
   * @returns the payload, overwritten by the next call for any connection; undefined where it would
   * be no shorter and the message is to be sent as it is
   */
  deflate(data: Uint8Array): Buffer | undefined {
    try {
      return this.#deflater.deflate(data);
    } catch {
      // zlib has found no memory: a message may always go as it is (RFC 7692 §6).
      return undefined;
    }
  }

  /**
   * Compresses a message on the thread pool.
   *
   * @returns the payload of its frame; rejects if the connection ends before, and where there is no
   * memory to encode text
   */
  deflateLong(data: string | Uint8Array): Promise<LongPayload> {
    const text = typeof data === "string";
    return this.#onPool(data, (bytes, result) => {
      const deflated = result instanceof Error ? undefined : this.#deflater.accept(bytes, result);
      if (deflated !== undefined) return { bytes: deflated, compressed: true };
      // What text was encoded into is used again.
      return { bytes: text ? Buffer.from(bytes) : bytes, compressed: false };
    });
  }

  /** Compresses a fragment of a message; rejects where zlib has found no memory. */
  deflateFragment(data: Uint8Array, fin: boolean): Promise<Buffer> {
    return this.#onPool(data, (bytes, result) => {
      if (result instanceof Error) throw result;
      this.#deflater.rememberFragment(bytes, fin);
      return this.#deflater.payload(result, fin);
    });
  }

  /** A message of this connection was sent in a form that does not depend on those before it. */
  remember(data: Uint8Array): void {
    this.#deflater.remember(data);
  }

  /** The connection has ended: what waits for a thread is dropped, and who waits for that told. */
  end(error: Error): void {
    this.#job?.cancel();
    this.#abandon?.(error);
  }

  /** Compresses `data` once there is a thread; `take` gives the outcome, or throws. */
  #onPool<T>(data: string | Uint8Array, take: Take<T>): Promise<T> {
    // No longer held than until it is encoded: a long string that lives on while the thread is at work
    // is moved to V8's old generation, and takes a major collection to be freed (docs/compression.md).
    let waiting: string | Uint8Array | undefined = data;
    return new Promise((resolve, reject) => {
      this.#abandon = reject;
      this.#job = startJob(this.settings.maxJobs, (done) => {
        const message = waiting as string | Uint8Array;
        waiting = undefined;
        this.#run(message, take, (outcome) => {
          this.#forgetJob();
          try {
            resolve(outcome());
          } catch (error) {
            reject(error);
          }
          done();
        });
      });
    });
  }

  /**
   * Text is encoded into memory that is used again.
   *
   * @param end is to call at once what it is given, which gives the outcome or throws
   */
  #run<T>(data: string | Uint8Array, take: Take<T>, end: (outcome: () => T) => void): void {
    let bytes: Uint8Array;
    try {
      bytes = typeof data === "string" ? borrowEncoded(data) : data;
    } catch (error) {
      end(() => {
        throw error;
      });
      return;
    }
    const borrowed = bytes !== data;
    this.#onThread(bytes, (result) =>
      end(() => {
        try {
          return take(bytes, result);
        } finally {
          // Not before, even if the connection has ended: until now the thread has read it.
          if (borrowed) giveBack(bytes as Buffer);
        }
      }),
    );
  }

  #onThread(bytes: Uint8Array, onResult: (result: Buffer | Error) => void): void {
    try {
      deflateInPieces(bytes, this.#deflater.options(bytes.length), (error, deflated) =>
        onResult(error ?? deflated),
      );
    } catch (error) {
      // zlib finds no memory before it begins.
      onResult(error as Error);
    }
  }

  /** What would keep the payload until the next long message. */
  #forgetJob(): void {
    this.#job = undefined;
    this.#abandon = undefined;
  }
}

/** The deflater of a connection, undefined where it is to have none. */
export function messageDeflater(
  settings: CompressionSettings | undefined,
  direction: DeflateDirection | undefined,
): MessageDeflater | undefined {
  if (settings === undefined || direction === undefined) return undefined;
  return new MessageDeflater(settings, direction);
}

/**
 * Compresses a message that refers to none before it: it fits all connections with a window of at
 * least 2^`windowBits` bytes, with or without context takeover.
 *
 * @returns as {@link MessageDeflater.deflate} does, or a promise of it for a long message
 */
export function deflateShared(
  data: Uint8Array,
  settings: CompressionSettings,
  windowBits: number,
): Uint8Array | undefined | Promise<Uint8Array | undefined> {
  const direction = { windowBits, contextTakeover: false };
  const deflater = new MessageDeflater(settings, direction);
  if (!deflater.isLong(data.length)) return deflater.deflate(data);
  return deflater
    .deflateLong(data)
    .then(({ bytes, compressed }) => (compressed ? bytes : undefined));
}
