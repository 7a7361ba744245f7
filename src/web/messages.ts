/** What is made of a program's data on its way out, and of a peer's on its way in. */

import { isArrayBuffer, isSharedArrayBuffer } from "node:util/types";
import { ownMemory } from "../protocol/message-memory.ts";
import { usvString } from "./idl/conversions.ts";
import type { BinaryType } from "./types.ts";

/** The data of a message event, or a chunk of a stream. */
export function received(
  data: string | Buffer,
  binaryType: BinaryType,
): string | ArrayBuffer | Blob {
  if (typeof data === "string") return data;
  if (binaryType === "arraybuffer") return ownMemory(data);
  // TypeScript takes other Buffers for ones that may lie in shared memory, of which the DOM makes no Blob.
  return new Blob([data as Buffer & { readonly buffer: ArrayBuffer }]);
}

/** A message to send, and its bytes as `bufferedAmount` counts them. */
export interface Outgoing {
  readonly data: string | Uint8Array | Blob;
  readonly bytes: number;
}

/**
 * What the standard makes of an argument of `send()`: bytes, a Blob, or text of anything else.
 *
 * @throws TypeError for what cannot be made text
 */
export function outgoing(data: unknown): Outgoing {
  if (typeof data === "string") return { data, bytes: Buffer.byteLength(data) };
  if (data instanceof Blob) return { data, bytes: data.size };
  const bytes = bytesOf(data);
  if (bytes !== undefined) return { data: bytes, bytes: bytes.length };
  const text = usvString(data);
  return { data: text, bytes: Buffer.byteLength(text) };
}

/**
 * The bytes of a buffer or a view of one, without a copy; undefined for anything else.
 *
 * @throws TypeError for memory that others may change, or that may be resized: no such is a BufferSource
 */
export function bytesOf(data: unknown): Uint8Array | undefined {
  const isView = ArrayBuffer.isView(data);
  const memory = isView ? data.buffer : data;
  if (isSharedArrayBuffer(memory)) {
    throw new TypeError("the data lies in a SharedArrayBuffer, which others may change");
  }
  if (!isArrayBuffer(memory)) return undefined;
  if ((memory as { readonly resizable?: boolean }).resizable === true) {
    throw new TypeError("the data lies in an ArrayBuffer that can be resized");
  }
  return isView ? new Uint8Array(memory, data.byteOffset, data.byteLength) : new Uint8Array(memory);
}
