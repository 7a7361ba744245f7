import type { SendQueue } from "./send-queue.ts";

/**
 * Begins to read a Blob that waits for its turn.
 *
 * @param make what is to be made of its bytes
 * @param onFailure is told why it could not be read
 * @returns a function for its turn, which resolves with what was made and rejects where it could not be read
 */
export function readBlob<T>(
  blob: Blob,
  make: (bytes: Uint8Array) => T,
  onFailure: (cause: unknown) => void,
): (queue: SendQueue) => Promise<T> {
  const bytes = blob.arrayBuffer();
  // It may fail before its turn, when nobody handles that yet.
  bytes.catch(() => {});
  return async (queue) => {
    try {
      return make(new Uint8Array(await queue.counted(blob.size, bytes)));
    } catch (cause) {
      onFailure(cause);
      throw cause;
    }
  };
}
