import { encodeHeader, FIN, headerSize, MAX_HEADER_SIZE } from "./frame-header.ts";
import { copyBytes, copyMasked, maskPayload } from "./masking/mask.ts";
import type { Opcode } from "./opcode.ts";
import { encodeAscii, encodeUtf8 } from "./text.ts";

/**
 * Frames into an output buffer (RFC 6455 §5.2). Every function writes at `target[offset]`, where
 * the caller has made sure of enough room, and returns the offset behind the frame.
 */

/** Where masking keys come from: a fresh unpredictable 32-bit integer at each call (§5.3). */
export type KeySource = () => number;

/** The most bytes that the frame of a text with `units` UTF-16 units can have. */
export function maxTextFrameSize(units: number): number {
  return MAX_HEADER_SIZE + 3 * units;
}

/** First byte of an unfragmented, uncompressed frame. */
export function firstByte(opcode: Opcode, fin = true, reserved = 0): number {
  return (fin ? FIN : 0) | reserved | opcode;
}

/**
 * Writes a frame with the bytes of `payload`.
 *
 * @param first see {@link firstByte}
 * @param nextKey masks the payload; undefined on a server (§5.1)
 */
export function writeFrame(
  target: Buffer,
  offset: number,
  first: number,
  payload: Uint8Array,
  nextKey: KeySource | undefined,
): number {
  const body = writeHeader(target, offset, first, payload.length, nextKey);
  if (nextKey === undefined) copyBytes(payload, target, body);
  else copyMasked(payload, target, body, key);
  return body + payload.length;
}

/**
 * Writes a frame with `text` in UTF-8, for which there must be room of
 * {@link maxTextFrameSize}. Its length is not known before it is encoded, so the header is first
 * sized for ASCII; where that was too short, the text is moved.
 */
export function writeTextFrame(
  target: Buffer,
  offset: number,
  first: number,
  text: string,
  nextKey: KeySource | undefined,
): number {
  const masked = nextKey !== undefined;
  const guess = offset + headerSize(text.length, masked);
  const length = encodeUtf8(target, guess, text);
  const start = offset + headerSize(length, masked);
  if (start !== guess) target.copyWithin(start, guess, guess + length);
  writeHeader(target, offset, first, length, nextKey);
  return mask(target, start, start + length, nextKey);
}

/**
 * Writes a frame with `text` if that is ASCII. There must be room for the header and a byte per UTF-16
 * unit.
 *
 * @returns the offset behind the frame; -1 if it is not ASCII, and what is at `target[offset]` is none
 */
export function writeAsciiFrame(
  target: Buffer,
  offset: number,
  first: number,
  text: string,
  nextKey: KeySource | undefined,
): number {
  const start = offset + headerSize(text.length, nextKey !== undefined);
  if (!encodeAscii(target, start, text)) return -1;
  writeHeader(target, offset, first, text.length, nextKey);
  return mask(target, start, start + text.length, nextKey);
}

// The key goes from the header to the mask through this variable: a pair would be an object per
// frame.
let key = 0;

/** Writes the header and, on a client, a fresh key, which it leaves in `key`. */
function writeHeader(
  target: Buffer,
  offset: number,
  first: number,
  length: number,
  nextKey: KeySource | undefined,
): number {
  if (nextKey === undefined) return encodeHeader(target, offset, first, length, 0);
  const at = encodeHeader(target, offset, first, length, 0x80);
  key = nextKey();
  target[at] = key;
  target[at + 1] = key >>> 8;
  target[at + 2] = key >>> 16;
  target[at + 3] = key >>> 24;
  return at + 4;
}

function mask(target: Buffer, start: number, end: number, nextKey: KeySource | undefined): number {
  if (nextKey !== undefined) maskPayload(target, start, end, key);
  return end;
}
