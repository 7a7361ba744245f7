/** Reads a known stretch of bytes from a stream and leaves what follows in it for the next reader. */

import type { Duplex } from "node:stream";

/**
 * Gives the bytes that arrive on `stream` to `take`, chunk by chunk, until it says how many bytes
 * of the chunk it has used (0 and up; -1 asks for more). The rest of that chunk goes back into
 * the stream, which is left paused, so nothing is lost to the next reader.
 *
 * Resolves with true then, or with false when the peer ended the stream before that. Rejects with
 * the stream's error, or with what `take` throws.
 */
export function readUntil(stream: Duplex, take: (chunk: Buffer) => number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    // What has happened already is not told again by an event.
    if (stream.errored) {
      reject(stream.errored);
      return;
    }
    if (stream.destroyed || stream.readableEnded) {
      resolve(false);
      return;
    }
    const onData = (chunk: Buffer): void => {
      let used: number;
      try {
        used = take(chunk);
      } catch (error) {
        stop();
        reject(error);
        return;
      }
      if (used < 0) return;
      stop();
      if (used < chunk.length) stream.unshift(chunk.subarray(used));
      resolve(true);
    };
    const onEnd = (): void => {
      stop();
      resolve(false);
    };
    const onError = (error: Error): void => {
      stop();
      reject(error);
    };
    const stop = (): void => {
      // "data" and pause(), never "readable": to take a "readable" listener off makes a paused
      // stream flow again a tick later, when whoever reads next may already be listening.
      stream.pause();
      stream.off("data", onData).off("end", onEnd).off("close", onEnd).off("error", onError);
    };
    stream.on("data", onData).on("end", onEnd).on("close", onEnd).on("error", onError);
    stream.resume();
  });
}

/**
 * Reads exactly `length` bytes (at least 1). Resolves with undefined when the peer ends the
 * stream before; rejects with the stream's error.
 */
export async function readExactly(stream: Duplex, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  const complete = await readUntil(stream, (chunk) => {
    const used = chunk.copy(bytes, filled);
    filled += used;
    return filled === length ? used : -1;
  });
  return complete ? bytes : undefined;
}
