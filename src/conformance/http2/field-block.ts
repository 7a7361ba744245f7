/** Puts a block of fields together from HEADERS and CONTINUATION (RFC 9113 §4.3). */
import { FLAG, type Http2Frame, TYPE, withoutPadding } from "./frame.ts";

/** A whole block of fields, still compressed. */
export interface FieldBlock {
  /** The stream it is of. */
  readonly stream: number;
  /** Nothing follows on the stream. */
  readonly end: boolean;
  readonly bytes: Buffer;
}

/** Longest block of fields, in bytes. */
const LONGEST_BLOCK = 256 * 1024;

/** The blocks of one connection, of which only one can be under way. */
export class FieldBlocks {
  #block: { stream: number; end: boolean; parts: Buffer[]; size: number } | undefined;

  /** Takes a HEADERS or CONTINUATION frame. Gives a whole block, or what is wrong. */
  feed(frame: Http2Frame): FieldBlock | string | undefined {
    const first = frame.type === TYPE.headers;
    if (first) {
      const end = (frame.flags & FLAG.endStream) !== 0;
      this.#block = { stream: frame.stream, end, parts: [], size: 0 };
    }
    const block = this.#block;
    const part = first ? withoutPadding(frame) : frame.payload;
    if (block === undefined || part === undefined || block.stream !== frame.stream) {
      return "RFC 9113 §6.2, §6.10: a block of fields that cannot be put together";
    }
    const priority = first && (frame.flags & FLAG.priority) !== 0;
    block.parts.push(priority ? part.subarray(5) : part);
    block.size += part.length;
    if (block.size > LONGEST_BLOCK) return "a block of fields without end";
    if ((frame.flags & FLAG.endHeaders) === 0) return;
    this.#block = undefined;
    return { stream: block.stream, end: block.end, bytes: Buffer.concat(block.parts) };
  }
}
