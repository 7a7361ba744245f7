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
