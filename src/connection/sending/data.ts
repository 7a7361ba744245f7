import { ArgumentError } from "../../errors.ts";

/** What `send` takes: strings go as text, everything else as binary. */
export type Data = string | ArrayBuffer | SharedArrayBuffer | ArrayBufferView | Blob;

/**
 * The bytes of binary data, without a copy.
 *
 * @throws ArgumentError for anything else
 */
export function toBytes(data: ArrayBuffer | SharedArrayBuffer | ArrayBufferView): Uint8Array {
  if (data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (data instanceof ArrayBuffer || data instanceof SharedArrayBuffer) return new Uint8Array(data);
  if ((data as unknown) instanceof Blob) {
    throw new ArgumentError(
      "expected a string, an ArrayBuffer or a view of one; got a Blob, which only send() takes",
    );
  }
  throw new ArgumentError(
    `expected a string, an ArrayBuffer, a view of one (such as a Buffer) or a Blob; got ${typeof data}`,
  );
}

/** Data as a message: text, or bytes as by {@link toBytes}. */
export function toMessage(data: Exclude<Data, Blob>): string | Uint8Array {
  return typeof data === "string" ? data : toBytes(data);
}

/**
 * From this many bytes on data is sent as it is, where that can be, instead of being copied behind the
 * header of its frame: until then it must not change.
 */
export const TOO_LARGE_TO_COPY = 32 * 1024;

/** Data that is to wait, and may change meanwhile unless it is large. */
export function copyUnlessLarge(data: string | Uint8Array): string | Uint8Array {
  if (typeof data === "string" || data.length >= TOO_LARGE_TO_COPY) return data;
  return Buffer.from(data);
}
