/**
 * Frames as bytes, right or wrong. The conformance suite has a writer of its own, so that a fault
 * of the library cannot hide behind the same fault here.
 */

/** The opcodes of RFC 6455 §5.2. */
export const OPCODE = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
} as const;

/** One frame to send. Nothing is checked: every field may break the protocol on purpose. */
export interface FrameSpec {
  /** 0 to 15. */
  readonly opcode: number;
  /** Application data before masking; empty when left out. */
  readonly payload?: Buffer;
  /** The FIN bit; set when left out. */
  readonly fin?: boolean;
  /** The three reserved bits as a number, RSV1 = 4, RSV2 = 2, RSV3 = 1. */
  readonly rsv?: number;
  /** A masking key of 4 bytes, or `false` for none; the role decides when left out. */
  readonly mask?: Buffer | false;
  /** Bytes of extended length to use (0, 2 or 8), minimal or not. */
  readonly lengthBytes?: 0 | 2 | 8;
  /** Length to announce instead of the payload's own. */
  readonly announce?: bigint;
}

/** Payloads from this length on are masked by 32-bit words; setting that up costs more before. */
const WORDS_FROM = 64;

/** Applies a 4-byte masking key to `data` in place (§5.3), beginning at `offset` of the payload. */
export function applyMask(data: Buffer, key: Buffer, offset = 0): void {
  // Words need an address that is a multiple of 4.
  const head = data.length < WORDS_FROM ? data.length : -data.byteOffset & 3;
  const words = (data.length - head) >> 2;
  maskBytes(data, 0, head, key, offset);
  if (words > 0) {
    const rotated = Uint8Array.from([0, 1, 2, 3], (i) => key[(offset + head + i) & 3]!);
    const mask = new Int32Array(rotated.buffer)[0]!;
    const view = new Int32Array(data.buffer, data.byteOffset + head, words);
    for (let i = 0; i < words; i++) view[i]! ^= mask;
  }
  maskBytes(data, head + 4 * words, data.length, key, offset);
}

function maskBytes(data: Buffer, from: number, to: number, key: Buffer, offset: number): void {
  for (let i = from; i < to; i++) data[i]! ^= key[(offset + i) & 3]!;
}

/** The fewest bytes of extended length that can carry `length` (§5.2). */
export function minimalLengthBytes(length: bigint): 0 | 2 | 8 {
  return length <= 125n ? 0 : length <= 0xffffn ? 2 : 8;
}

/**
 * The bytes of one frame (§5.2).
 *
 * @param defaultMask the key used when the frame names none; `undefined` sends it unmasked
 */
export function encodeFrame(frame: FrameSpec, defaultMask: Buffer | undefined): Buffer {
  const payload = frame.payload ?? Buffer.alloc(0);
  const mask = frame.mask === false ? undefined : (frame.mask ?? defaultMask);
  const length = frame.announce ?? BigInt(payload.length);
  const lengthBytes = frame.lengthBytes ?? minimalLengthBytes(length);
  const headLength = 2 + lengthBytes + (mask === undefined ? 0 : 4);
  const bytes = Buffer.allocUnsafe(headLength + payload.length);
  bytes[0] = (frame.fin === false ? 0 : 0x80) | ((frame.rsv ?? 0) << 4) | frame.opcode;
  const short = lengthBytes === 0 ? Number(length) : lengthBytes === 2 ? 126 : 127;
  bytes[1] = (mask === undefined ? 0 : 0x80) | short;
  if (lengthBytes === 2) bytes.writeUInt16BE(Number(length & 0xffffn), 2);
  if (lengthBytes === 8) bytes.writeBigUInt64BE(length, 2);
  payload.copy(bytes, headLength);
  if (mask !== undefined) {
    mask.copy(bytes, 2 + lengthBytes);
    applyMask(bytes.subarray(headLength), mask);
  }
  return bytes;
}

/** The payload of a Close frame (§5.5.1): nothing, a code, or a code and a reason, as given. */
export function closePayload(code?: number, reason?: Buffer): Buffer {
  const head = Buffer.alloc(code === undefined ? 0 : 2);
  if (code !== undefined) head.writeUInt16BE(code);
  return reason === undefined ? head : Buffer.concat([head, reason]);
}
