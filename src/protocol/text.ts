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
