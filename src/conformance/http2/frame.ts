/** Frames of HTTP/2 (RFC 9113 §4, §6), right or wrong; independent of `node:http2`. */

/** Types of frames. */
export const TYPE = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  push: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags; their meaning depends on the type. */
export const FLAG = { endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

/** Error codes (§7) that are used here. */
export const ERROR = { none: 0, protocol: 1, flowControl: 3, cancel: 8 } as const;

/** Settings (§6.5.2; the last one is RFC 8441's). */
export const SETTING = {
  enablePush: 2,
  maxStreams: 3,
  initialWindow: 4,
  maxFrame: 5,
  enableConnect: 8,
} as const;

/** Names of frame types for reports. */
export const TYPE_NAMES = Object.keys(TYPE);

const ERROR_NAMES = [
  "NO_ERROR",
  "PROTOCOL_ERROR",
  "INTERNAL_ERROR",
  "FLOW_CONTROL_ERROR",
  "SETTINGS_TIMEOUT",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "REFUSED_STREAM",
  "CANCEL",
  "COMPRESSION_ERROR",
  "CONNECT_ERROR",
  "ENHANCE_YOUR_CALM",
  "INADEQUATE_SECURITY",
  "HTTP_1_1_REQUIRED",
];

/** An error code as RFC 9113 §7 calls it. */
export const errorName = (code: number): string => ERROR_NAMES[code] ?? `error ${code}`;

/** What a client sends first (§3.4). */
export const PREFACE: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Largest payload of a frame unless a setting allows more (§4.2), in bytes. */
export const MAX_FRAME = 16_384;

/** The window of a connection, and of a stream unless a setting changes it (§6.9.2), in bytes. */
export const FIRST_WINDOW = 65_535;

/** One frame. */
export interface Http2Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The bytes of a frame. Nothing is checked. */
export function encodeHttp2Frame({ type, flags, stream, payload }: Http2Frame): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** The payload of SETTINGS. */
export function settingsPayload(settings: readonly (readonly [number, number])[]): Buffer {
  const bytes = Buffer.alloc(settings.length * 6);
  settings.forEach(([id, value], i) => {
    bytes.writeUInt16BE(id, i * 6);
    bytes.writeUInt32BE(value, i * 6 + 2);
  });
  return bytes;
}

/** A number of 32 bits as a payload: WINDOW_UPDATE, RST_STREAM. */
export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A payload with its padding (§6.1): the length of the padding, the data, zeros. */
export function padded(data: Buffer, padding: number): Buffer {
  return Buffer.concat([Buffer.from([padding]), data, Buffer.alloc(padding)]);
}

/** What a padded frame carries; `undefined` when the padding is longer than the frame. */
export function withoutPadding({ flags, payload }: Http2Frame): Buffer | undefined {
  if ((flags & FLAG.padded) === 0) return payload;
  const padding = payload[0];
  if (padding === undefined || padding >= payload.length) return undefined;
  return payload.subarray(1, payload.length - padding);
}

/** Cuts a stream of bytes into frames. It stops at one that is longer than `longest`. */
export class Http2FrameReader {
  readonly #onFrame: (frame: Http2Frame) => void;
  #bytes = Buffer.alloc(0);
  #stopped = false;
  /** Length of a frame that was too long to be read. */
  tooLong: number | undefined;

  constructor(onFrame: (frame: Http2Frame) => void) {
    this.#onFrame = onFrame;
  }

  /** Nothing more is read. */
  stop(): void {
    this.#stopped = true;
  }

  /** Reads one chunk of any size. */
  feed(chunk: Buffer): void {
    let bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    while (bytes.length >= 9 && !this.#stopped) {
      const length = bytes.readUIntBE(0, 3);
      if (length > MAX_FRAME) {
        this.tooLong = length;
        this.#stopped = true;
        return;
      }
      if (bytes.length < 9 + length) break;
      const payload = Buffer.from(bytes.subarray(9, 9 + length));
      const stream = bytes.readUInt32BE(5) & 0x7fffffff;
      const frame = { type: bytes[3]!, flags: bytes[4]!, stream, payload };
      bytes = bytes.subarray(9 + length);
      this.#onFrame(frame);
    }
    this.#bytes = Buffer.from(bytes);
  }
}
