/** Cuts a stream of bytes into messages. */

import type { Readable } from "node:stream";

/** The input cannot be cut: a message of it is too long. */
export class InputError extends Error {
  override readonly name = "InputError";
}

/**
 * The pieces of a stream between the bytes of one value, without them; a last piece without one behind
 * it counts, too, unless it is empty. Nothing more is read while nobody takes them.
 *
 * @param separator a byte, 10 for lines, whose carriage return goes as well
 * @param longest bytes that a piece may have
 * @throws {InputError} for a longer one
 */
export async function* split(
  stream: Readable,
  separator: number,
  longest: number,
): AsyncGenerator<Buffer, void, void> {
  let parts: Buffer[] = [];
  let length = 0;
  const piece = (): Buffer => {
    const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    [parts, length] = [[], 0];
    return whole;
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let from = 0;
    for (;;) {
      const at = chunk.indexOf(separator, from);
      const part = chunk.subarray(from, at === -1 ? chunk.length : at);
      length += part.length;
      if (length > longest)
        throw new InputError(`a message of the input has more than ${longest} bytes`);
      if (part.length > 0) parts.push(part);
      if (at === -1) break;
      yield separator === LINE_FEED ? withoutReturn(piece()) : piece();
      from = at + 1;
    }
  }
  if (parts.length > 0) yield piece();
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
}

/**
 * The bytes of a stream as they come, at most `longest` in one piece.
 *
 * @param longest bytes
 */
export async function* chunks(
  stream: Readable,
  longest: number,
): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    for (let from = 0; from < chunk.length; from += longest) {
      yield chunk.subarray(from, from + longest);
    }
  }
}

/**
 * Bytes as the text that they are.
 *
 * @returns undefined when they are not UTF-8. A byte order mark stays, as part of the text
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
