import { types } from "node:util";
import { CloseCode, mayBeOnTheWire } from "../protocol/close-code.ts";
import type { ClosePayload } from "../protocol/close-payload.ts";
import { MAX_CONTROL_PAYLOAD } from "../protocol/frame-header.ts";
import { EMPTY_BUFFER } from "./constants.ts";

/** What a program has given to be sent: text, bytes, or a Blob that must be read first. */
export type Content = string | Uint8Array | Blob;

/**
 * What is to be sent of what `send`, `ping` and `pong` take.
 *
 * @throws TypeError for what `Buffer.from` makes nothing of
 */
export function contentOf(data: unknown): Content {
  if (typeof data === "string" || data instanceof Uint8Array || data instanceof Blob) return data;
  if (typeof data === "number") return String(data);
  if (!data) return EMPTY_BUFFER;
  // Not by `instanceof`: those of another realm, as of Jest, are no less bytes.
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  if (types.isAnyArrayBuffer(data)) return new Uint8Array(data);
  return Buffer.from(data as readonly number[]);
}

/** Bytes of it. */
export function sizeOf(content: Content): number {
  if (typeof content === "string") return Buffer.byteLength(content);
  return content instanceof Blob ? content.size : content.length;
}

/**
 * The payload of a Ping or a Pong (RFC 6455 §5.5).
 *
 * @throws RangeError for more than 125 bytes
 */
export function controlBytes(content: string | Uint8Array): Uint8Array {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  if (bytes.length <= MAX_CONTROL_PAYLOAD) return bytes;
  throw new RangeError(`The data size must not be greater than ${MAX_CONTROL_PAYLOAD} bytes`);
}

/**
 * What a program closes with (RFC 6455 §5.5.1, §7.4).
 *
 * @throws TypeError, RangeError for what no Close frame may say
 */
export function closePayload(code: unknown, reason: unknown): ClosePayload {
  if (code === undefined) return { code: CloseCode.noStatus, reason: "" };
  if (typeof code !== "number" || !Number.isInteger(code) || !mayBeOnTheWire(code)) {
    throw new TypeError("First argument must be a valid error code number");
  }
  if (!reason) return { code, reason: "" };
  if (typeof reason !== "string" && !(reason instanceof Uint8Array)) {
    throw new TypeError("Second argument must be a string or a Uint8Array");
  }
  const bytes = Buffer.from(reason as string);
  // Two of the 125 bytes are the code.
  const most = MAX_CONTROL_PAYLOAD - 2;
  if (bytes.length > most) {
    throw new RangeError(`The message must not be greater than ${most} bytes`);
  }
  return { code, reason: bytes.toString() };
}
