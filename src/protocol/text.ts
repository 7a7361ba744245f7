import { isUtf8 } from "node:buffer";
import { ProtocolError } from "../errors.ts";
import { decodeShortUtf8, SHORT_UTF8 } from "./short-utf8.ts";

/**
 * Text in and out of buffers by the methods of `Buffer` that take a range. They are what
 * `toString` and `write` call underneath; called directly they save the look-up of the encoding's
 * name, some 20 ns a message on Node 20. Node has had them since its first versions but does not
 * type them.
 */
interface RangedBuffer extends Buffer {
  latin1Slice(start: number, end: number): string;
  utf8Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
  utf8Write(text: string, offset: number, length: number): number;
}

/** Decodes `bytes[start, end)`, which are ASCII. */
export function decodeAscii(bytes: Buffer, start: number, end: number): string {
  return (bytes as RangedBuffer).latin1Slice(start, end);
}

/** Decodes `bytes[start, end)`, which are valid UTF-8. */
export function decodeUtf8(bytes: Buffer, start: number, end: number): string {
  return (bytes as RangedBuffer).utf8Slice(start, end);
}

/**
 * Encodes `text` at `target[offset]`, where there is room for three bytes per UTF-16 unit. A lone
 * surrogate becomes U+FFFD.
 *
 * @returns the number of bytes written
 */
export function encodeUtf8(target: Buffer, offset: number, text: string): number {
  return (target as RangedBuffer).utf8Write(text, offset, target.length - offset);
}

const encoder = new TextEncoder();

/**
 * Encodes `text` at `target[offset]`, where there is room for a byte per UTF-16 unit, if it is ASCII.
 * That is found out on the way: to ask for the length of 1 MiB in UTF-8 first took a tenth of the time
 * of an echo (docs/performance.md).
 *
 * @returns whether it is
 */
export function encodeAscii(target: Buffer, offset: number, text: string): boolean {
  // All else has more bytes than units, and does not fit.
  const { read } = encoder.encodeInto(text, target.subarray(offset, offset + text.length));
  return read === text.length;
}

/** Part of the language since the version of V8 with which Node's own decoder became fast, that of Node 24. */
declare const Float16Array: unknown;

/**
 * From so many bytes on Node's own decoder takes less time than the loop of {@link decodeShortUtf8}: 64 bytes take
 * 355 ns by it and 180 by the loop on Node 20 and 22, where a kilobyte takes twice as long, and 95 and 170 on 24
 * and 26 (`npm run bench:micro -- short-text`).
 */
const NATIVE_FROM = typeof Float16Array === "undefined" ? SHORT_UTF8 + 1 : 28;

/**
 * Decodes a whole text.
 *
 * @param seen 0 if the bytes are known to be ASCII, otherwise 0x80
 * @throws ProtocolError INVALID_UTF8
 */
export function decodeText(bytes: Buffer, start: number, end: number, seen: number): string {
  if (seen === 0) return decodeAscii(bytes, start, end);
  const text =
    end - start < NATIVE_FROM
      ? decodeShortUtf8(bytes, start, end)
      : decodeByNode(bytes, start, end);
  if (text === undefined) throw new ProtocolError("INVALID_UTF8");
  return text;
}

/** Node puts U+FFFD for what is wrong: only text with one in it has to be judged. */
function decodeByNode(bytes: Buffer, start: number, end: number): string | undefined {
  const text = decodeUtf8(bytes, start, end);
  if (text.includes("\ufffd") && !isUtf8(bytes.subarray(start, end))) return undefined;
  return text;
}

/**
 * Judges a whole text that is to be passed on as its bytes.
 *
 * @returns the bytes
 * @throws ProtocolError INVALID_UTF8
 */
export function checkUtf8(bytes: Buffer): Buffer {
  if (isUtf8(bytes)) return bytes;
  throw new ProtocolError("INVALID_UTF8");
}
