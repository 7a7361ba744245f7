import { Deflater } from "../extensions/deflater.ts";
import type { DeflateDirection } from "../extensions/permessage-deflate.ts";
import { type CompressionJob, startJob } from "./compression-jobs.ts";
import type { CompressionSettings } from "./compression-options.ts";
import { borrowEncoded, giveBack } from "./long-buffers.ts";
import { deflateInPieces } from "./zlib-pieces.ts";

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
   * Compresses a message on the thread pool; otherwise as {@link deflate}, but that the payload is the
   * caller's own.
   */
  deflateLong(data: string | Uint8Array): Promise<Buffer | undefined> {
    return this.#onPool(data, (bytes, deflated) => this.#deflater.accept(bytes, deflated)).catch(
      () => undefined,
    );
  }

  /** Compresses a fragment of a message; rejects where zlib has found no memory. */
  deflateFragment(data: Uint8Array, fin: boolean): Promise<Buffer> {
    return this.#onPool(data, (bytes, deflated) => {
      this.#deflater.rememberFragment(bytes, fin);
      return this.#deflater.payload(deflated, fin);
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

  /**
   * Text is encoded once there is a thread, into memory that is used again.
   *
   * @param take gets what was compressed, not to be kept, and the result
   */
  #onPool<T>(
    data: string | Uint8Array,
    take: (bytes: Uint8Array, deflated: Buffer) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#abandon = reject;
      this.#job = startJob(this.settings.maxJobs, (done) => {
        try {
          const borrowed = typeof data === "string" ? borrowEncoded(data) : undefined;
          const bytes = borrowed ?? (data as Uint8Array);
          deflateInPieces(bytes, this.#deflater.options(bytes.length), (error, deflated) => {
            try {
              if (error !== undefined) throw error;
              resolve(take(bytes, deflated));
            } catch (reason) {
              reject(reason);
            }
            // Not before, even if the connection has ended: until now the thread has read it.
            if (borrowed !== undefined) giveBack(borrowed);
            done();
          });
        } catch (error) {
          done();
          reject(error);
        }
      });
    });
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
): Buffer | undefined | Promise<Buffer | undefined> {
  const direction = { windowBits, contextTakeover: false };
  const deflater = new MessageDeflater(settings, direction);
  return deflater.isLong(data.length) ? deflater.deflateLong(data) : deflater.deflate(data);
}

/** Whether the settings want `data` compressed. */
export function isWorthwhile(settings: CompressionSettings, data: string | Uint8Array): boolean {
  if (data.length < settings.threshold) return false;
  return settings.shouldCompress === undefined || settings.shouldCompress(data) === true;
}
