/**
 * permessage-deflate (RFC 7692) for the judge. Context takeover is done with the last window of
 * plain text as a preset dictionary: synchronous, and one message at a time.
 */
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";

/** What was negotiated, as this side sees it. */
export interface DeflateParameters {
  /** This side starts every message with an empty window. */
  readonly ownNoTakeover: boolean;
  /** LZ77 window of this side, 8 to 15 bits. */
  readonly ownBits: number;
  /** The peer starts every message with an empty window. */
  readonly peerNoTakeover: boolean;
  /** LZ77 window of the peer, 8 to 15 bits. */
  readonly peerBits: number;
}

/** The end of a flushed block that RFC 7692 §7.2.1 takes off each message. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** Largest message inflated, in bytes; more is an error. */
const LARGEST = 256 * 1024 * 1024;

/**
 * zlib lets a match reach back over all of its output buffer, however small the window is. In a
 * buffer of 64 bytes, the least that Node allows, it finds every match that reaches back 64 bytes
 * too far. That takes longer, so for payloads of up to so many bytes only.
 */
const SMALLEST_CHUNK = 64;
const LARGEST_EXACT = 16 * 1024;

/** Both directions of one connection. */
export class Deflate {
  readonly parameters: DeflateParameters;
  #sent = Buffer.alloc(0);
  #received = Buffer.alloc(0);

  constructor(parameters: DeflateParameters) {
    this.parameters = parameters;
  }

  /** The payload for one message (§7.2.1), to be sent with RSV1 on its first frame. */
  compress(message: Buffer): Buffer {
    const { ownBits, ownNoTakeover } = this.parameters;
    const out = deflateRawSync(message, {
      windowBits: Math.max(ownBits, 9),
      // zlib has no raw window of 8 bits; run-length matches reach back one byte only.
      ...(ownBits === 8 ? { strategy: constants.Z_RLE } : {}),
      ...(this.#sent.length > 0 ? { dictionary: this.#sent } : {}),
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    if (!ownNoTakeover) this.#sent = slide(this.#sent, message, ownBits);
    return out.subarray(0, out.length - TAIL.length);
  }

  /** The message in a payload (§7.2.2). Throws what zlib throws for a corrupt stream. */
  decompress(payload: Buffer): Buffer {
    const { peerBits, peerNoTakeover } = this.parameters;
    const message = inflateRawSync(Buffer.concat([payload, TAIL]), {
      windowBits: peerBits,
      ...(peerBits < 15 && payload.length <= LARGEST_EXACT ? { chunkSize: SMALLEST_CHUNK } : {}),
      ...(this.#received.length > 0 ? { dictionary: this.#received } : {}),
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: LARGEST,
    });
    if (!peerNoTakeover) this.#received = slide(this.#received, message, peerBits);
    return message;
  }
}

/** The last 2^bits bytes of `window` followed by `message`. */
function slide(window: Buffer, message: Buffer, bits: number): Buffer<ArrayBuffer> {
  const size = 1 << bits;
  if (message.length >= size) return Buffer.from(message.subarray(message.length - size));
  const both = Buffer.concat([window, message]);
  return both.length > size ? both.subarray(both.length - size) : both;
}
