/**
 * Reads frames leniently and says exactly what it saw: reserved bits, forbidden masks, padded
 * lengths and unknown opcodes are all read and passed on; judging them is for others.
 */
import { applyMask, minimalLengthBytes } from "./frame.ts";

/** A frame's header as it stood on the wire. */
export interface SeenFrame {
  readonly fin: boolean;
  /** RSV1 = 4, RSV2 = 2, RSV3 = 1. */
  readonly rsv: number;
  readonly opcode: number;
  /** The masking key, `undefined` for an unmasked frame. */
  readonly mask: Buffer | undefined;
  /** The announced payload length in bytes. */
  readonly length: bigint;
  /** Whether the length took the fewest bytes it could (§5.2). */
  readonly minimal: boolean;
}

/** What happens while frames are read, in order. */
export interface FrameSink {
  /** A header is complete. */
  header(frame: SeenFrame): void;
  /** More payload, unmasked. The bytes are the sink's to keep. */
  payload(frame: SeenFrame, chunk: Buffer): void;
  /** The last byte of the payload was seen (also called for an empty payload). */
  end(frame: SeenFrame): void;
}

/** Cuts a stream of bytes into frames, whatever they are. It cannot fail. */
export class FrameReader {
  readonly #sink: FrameSink;
  #head = Buffer.alloc(0);
  #frame: SeenFrame | undefined;
  #seen = 0;
  #stopped = false;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** Nothing more is read, not even what remains of the chunk at hand. */
  stop(): void {
    this.#stopped = true;
  }

  /** Reads one chunk of any size. */
  feed(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0 && !this.#stopped) {
      rest = this.#frame === undefined ? this.#readHeader(rest) : this.#readPayload(rest);
    }
  }

  #readHeader(chunk: Buffer): Buffer {
    const bytes = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
    const size = headerSize(bytes);
    if (size === undefined || bytes.length < size) {
      this.#head = Buffer.from(bytes);
      return Buffer.alloc(0);
    }
    this.#head = Buffer.alloc(0);
    const frame = decodeHeader(bytes);
    this.#frame = frame;
    this.#seen = 0;
    this.#sink.header(frame);
    if (frame.length === 0n) this.#finish(frame);
    return bytes.subarray(size);
  }

  #readPayload(chunk: Buffer): Buffer {
    const frame = this.#frame!;
    // Past 2^53 the count is not exact, but no peer lives to send that many bytes.
    const left = Number(frame.length) - this.#seen;
    const part = Buffer.from(chunk.subarray(0, left));
    if (frame.mask !== undefined) applyMask(part, frame.mask, this.#seen);
    this.#seen += part.length;
    this.#sink.payload(frame, part);
    if (this.#seen === Number(frame.length)) this.#finish(frame);
    return chunk.subarray(part.length);
  }

  #finish(frame: SeenFrame): void {
    this.#frame = undefined;
    this.#sink.end(frame);
  }
}

function headerSize(bytes: Buffer): number | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (bytes[1]! & 0x80 ? 4 : 0);
}

function decodeHeader(bytes: Buffer): SeenFrame {
  const short = bytes[1]! & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const length =
    lengthBytes === 2
      ? BigInt(bytes.readUInt16BE(2))
      : lengthBytes === 8
        ? bytes.readBigUInt64BE(2)
        : BigInt(short);
  const maskAt = 2 + lengthBytes;
  return {
    fin: (bytes[0]! & 0x80) !== 0,
    rsv: (bytes[0]! >> 4) & 7,
    opcode: bytes[0]! & 15,
    mask: bytes[1]! & 0x80 ? Buffer.from(bytes.subarray(maskAt, maskAt + 4)) : undefined,
    length,
    minimal: minimalLengthBytes(length) === lengthBytes,
  };
}
