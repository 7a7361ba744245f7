import type { Data } from "../connection/sending/data.ts";
import { PeerMessage } from "./message.ts";

/**
 * What crossws lets a hook send, as a message: text for what is simple, JSON for objects and arrays, bytes and Blobs
 * as they are. What has no meaning as a message is left for the connection to refuse.
 */
export function toData(value: unknown): Data {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "";
  if (["number", "boolean", "bigint"].includes(typeof value)) return String(value);
  if (typeof value !== "object" || isBinary(value)) return value as Data;
  if (value instanceof PeerMessage) return value.rawData;
  return JSON.stringify(value) as Data;
}

/** What a message is between instances. */
export function toSyncData(value: unknown): string | Uint8Array {
  const data = toData(value);
  if (typeof data === "string" || data instanceof Uint8Array) return data;
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  return new Uint8Array(data as ArrayBuffer);
}

function isBinary(value: object): value is Exclude<Data, string> {
  if (ArrayBuffer.isView(value) || value instanceof Blob) return true;
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer;
}
