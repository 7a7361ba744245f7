import { ProtocolError } from "../errors.ts";
import { isControl, isReserved, Opcode } from "./opcode.ts";

/**
 * The frame header (RFC 6455 §5.2): encoding, and the checks that need nothing but its bytes and
 * the rules in force.
 */

/** The most bytes a header has: 2, an 8-byte length and a 4-byte key. */
export const MAX_HEADER_SIZE = 14;

/** §5.5: control frames carry at most this many bytes. */
export const MAX_CONTROL_PAYLOAD = 125;

/** FIN, the highest bit of the first byte. */
export const FIN = 0x80;

/** RSV1 in the first byte; RFC 7692 §6 claims it for compressed messages. */
export const RSV1 = 0x40;

const RESERVED_BITS = 0x70;
const MASKED = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const TWO_TO_32 = 0x1_0000_0000;

/** What a receiver accepts. One object serves all the connections of a route. */
export interface FrameRules {
  /** §5.1: true on a server, which takes masked frames only; false on a client. */
  readonly masked: boolean;
  /** Reserved bits (of 0x70) that an extension claims on the first frame of a message. */
  readonly reservedBits: number;
  /** Largest message in bytes, all its frames together. */
  readonly maxMessageSize: number;
  /** Most frames that one message may have. */
  readonly maxFragments: number;
}

/** A decoded header. One object is used again and again: read it before the next call. */
export class FrameHeader {
  fin = false;
  /** The reserved bits as they stand in the first byte, 0 to 0x70. */
  reserved = 0;
  opcode: Opcode = Opcode.continuation;
  /** Payload length in bytes. */
  length = 0;
  /** Masking key, its first byte lowest; 0 for an unmasked frame. */
  key = 0;

  /**
   * Decodes the header that starts at `bytes[start]`, of which the bytes before `end` are there.
   * Each rule is checked as soon as the byte that can break it is there.
   *
   * @param messageOpcode opcode of the message in progress, 0 for none (§5.4), with
   * {@link RSV1} if that message is compressed
   * @param messageSize bytes of that message so far
   * @returns the header's size in bytes, or 0 while more bytes are needed
   * @throws ProtocolError
   */
  decode(
    bytes: Uint8Array,
    start: number,
    end: number,
    rules: FrameRules,
    messageOpcode: number,
    messageSize: number,
  ): number {
    const first = bytes[start]!;
    checkFirstByte(first, rules, messageOpcode);
    if (end - start < 2) return 0;
    const second = bytes[start + 1]!;
    checkSecondByte(first, second, rules);

    let size = 2;
    let length = second & 0x7f;
    if (length >= LENGTH_16) {
      size = length === LENGTH_16 ? 4 : 10;
      length = length === LENGTH_16 ? length16(bytes, start, end) : length64(bytes, start, end);
      if (length < 0) return 0;
    }
    if ((first & 0x08) === 0 && length > rules.maxMessageSize - messageSize) {
      checkOversized(first | messageOpcode, length, messageSize, rules);
    }

    if (rules.masked) {
      if (end - start < size + 4) return 0;
      this.key = keyAt(bytes, start + size);
      size += 4;
    }
    this.fin = first >= FIN;
    this.reserved = first & RESERVED_BITS;
    this.opcode = (first & 0x0f) as Opcode;
    this.length = length;
    return size;
  }
}

/** The masking key at `bytes[at]`, as {@link FrameHeader.key} has it. */
export function keyAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function checkFirstByte(first: number, rules: FrameRules, messageOpcode: number): void {
  const opcode = first & 0x0f;
  const reserved = first & RESERVED_BITS;
  if (reserved !== 0) {
    // An extension claims its bits on the first frame of a message only (RFC 7692 §6).
    const claimed = opcode === Opcode.text || opcode === Opcode.binary ? rules.reservedBits : 0;
    if ((reserved & ~claimed) !== 0) throw new ProtocolError("RESERVED_BITS", hex(first));
  }
  if (isReserved(opcode)) throw new ProtocolError("RESERVED_OPCODE", hex(opcode));
  if (isControl(opcode)) {
    if (first < FIN) throw new ProtocolError("CONTROL_FRAGMENTED");
  } else if (opcode === Opcode.continuation) {
    if (messageOpcode === 0) throw new ProtocolError("UNEXPECTED_CONTINUATION");
  } else if (messageOpcode !== 0) {
    throw new ProtocolError("EXPECTED_CONTINUATION", hex(opcode));
  }
}

function checkSecondByte(first: number, second: number, rules: FrameRules): void {
  if (second >= MASKED !== rules.masked) {
    throw new ProtocolError(rules.masked ? "MASK_REQUIRED" : "MASK_FORBIDDEN");
  }
  const length = second & 0x7f;
  if (!isControl(first)) return;
  if (length > MAX_CONTROL_PAYLOAD) {
    throw new ProtocolError("CONTROL_TOO_LONG", `a length field of ${length}`);
  }
  // §5.5.1: a body begins with a code of two bytes.
  if (length === 1 && (first & 0x0f) === Opcode.close) {
    throw new ProtocolError("CLOSE_PAYLOAD_LENGTH");
  }
}

function length16(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 4) return -1;
  const length = (bytes[start + 2]! << 8) | bytes[start + 3]!;
  if (length < LENGTH_16) throw new ProtocolError("LENGTH_NOT_MINIMAL", `${length} in 16 bits`);
  return length;
}

function length64(bytes: Uint8Array, start: number, end: number): number {
  const available = end - start;
  if (available < 3) return -1;
  if (bytes[start + 2]! >= 0x80) throw new ProtocolError("LENGTH_INVALID");
  if (available < 10) return -1;
  const length = uint32(bytes, start + 2) * TWO_TO_32 + uint32(bytes, start + 6);
  if (length < 0x1_0000) throw new ProtocolError("LENGTH_NOT_MINIMAL", `${length} in 64 bits`);
  // Beyond 2^53-1 a length is no exact number any more, whatever the limit is.
  if (length > Number.MAX_SAFE_INTEGER) throw new ProtocolError("MESSAGE_TOO_BIG", `${length}`);
  return length;
}

function uint32(bytes: Uint8Array, at: number): number {
  return (
    bytes[at]! * 0x100_0000 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!)
  );
}

/**
 * Throws for a message that is larger than the limit, unless it is a compressed one within
 * {@link maxCompressedSize}: what counts there is what it inflates to.
 */
function checkOversized(
  marks: number,
  length: number,
  messageSize: number,
  { maxMessageSize }: FrameRules,
): void {
  const compressed = (marks & RSV1) !== 0;
  const limit = compressed ? maxCompressedSize(maxMessageSize) : maxMessageSize;
  if (length <= limit - messageSize) return;
  throw new ProtocolError(
    "MESSAGE_TOO_BIG",
    `frame of ${length}, limit ${limit}: the option maxMessageSize`,
  );
}

/**
 * The most bytes that a compressed message may have on the wire where it may inflate to
 * `maxMessageSize`. RFC 1951 §3.2.6: with fixed codes a literal takes up to nine bits; the rest is
 * for the headers of blocks.
 */
export function maxCompressedSize(maxMessageSize: number): number {
  return maxMessageSize + Math.ceil(maxMessageSize / 8) + 1024;
}

function hex(byte: number): string {
  return `0x${byte.toString(16)}`;
}

/** Size in bytes of the header of a frame with `length` bytes of payload. */
export function headerSize(length: number, masked: boolean): number {
  return (length < LENGTH_16 ? 2 : length < 0x1_0000 ? 4 : 10) + (masked ? 4 : 0);
}

/**
 * Writes a header at `target[offset]`, without the masking key.
 *
 * @param first the first byte: FIN, reserved bits and opcode
 * @param maskBit 0x80 for a masked frame (the key is to follow), otherwise 0
 * @returns the offset behind what was written
 */
export function encodeHeader(
  target: Uint8Array,
  offset: number,
  first: number,
  length: number,
  maskBit: number,
): number {
  target[offset] = first;
  if (length < LENGTH_16) {
    target[offset + 1] = maskBit | length;
    return offset + 2;
  }
  if (length < 0x1_0000) {
    target[offset + 1] = maskBit | LENGTH_16;
    target[offset + 2] = length >>> 8;
    target[offset + 3] = length;
    return offset + 4;
  }
  target[offset + 1] = maskBit | LENGTH_64;
  const high = Math.floor(length / TWO_TO_32);
  for (let i = 0; i < 4; i++) {
    target[offset + 2 + i] = high >>> (24 - 8 * i);
    target[offset + 6 + i] = length >>> (24 - 8 * i);
  }
  return offset + 10;
}
