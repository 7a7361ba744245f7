/** Frames of HTTP/2 (RFC 9113 §4, §6) as bytes, right or wrong, for tests: nothing in it comes from src/. */

export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** Flags; ACK and END_STREAM are the same bit. */
export const FLAG = { none: 0, ack: 1, endStream: 1, endHeaders: 4, padded: 8 } as const;

/** What a client sends first (§3.4). */
export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** A block of fields that says `:status: 200`, by the table that both sides know (RFC 7541 §6.1, appendix A). */
export const STATUS_200 = Buffer.from([0x88]);

/** SETTINGS_INITIAL_WINDOW_SIZE (§6.5.2). */
export const INITIAL_WINDOW = 4;
/** SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441 §3). */
export const ENABLE_CONNECT = 8;

/** A frame. */
export interface Http2Frame {
  readonly type: number;
  readonly flags: number;
  /** The stream, 0 for the whole connection. */
  readonly stream: number;
  readonly payload: Buffer;
}

/** The bytes of a frame. */
export function http2Frame(
  type: number,
  stream: number,
  payload: Uint8Array | string = "",
  flags: number = FLAG.none,
): Buffer {
  const body = Buffer.from(payload as string);
  const head = Buffer.alloc(9);
  head.writeUIntBE(body.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, body]);
}

/** SETTINGS with these values. */
export function settingsFrame(...settings: readonly (readonly [id: number, value: number])[]) {
  const payload = settings.map(([id, value]) => {
    const bytes = Buffer.alloc(6);
    bytes.writeUInt16BE(id);
    bytes.writeUInt32BE(value, 2);
    return bytes;
  });
  return http2Frame(FRAME.settings, 0, Buffer.concat(payload));
}

/** A frame whose payload is a number of 32 bits: RST_STREAM, WINDOW_UPDATE. */
export function numberFrame(type: number, stream: number, value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return http2Frame(type, stream, bytes);
}

/** The fields of an extended CONNECT for a WebSocket (RFC 8441 §4), none of them compressed (RFC 7541 §6.2.2). */
export function connectFields(path = "/", more: readonly (readonly [string, string])[] = []) {
  const fields: readonly (readonly [string, string])[] = [
    [":method", "CONNECT"],
    [":protocol", "websocket"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ["sec-websocket-version", "13"],
    ...more,
  ];
  const literal = (text: string) => [Buffer.from([text.length]), Buffer.from(text)];
  return Buffer.concat(
    fields.flatMap(([name, value]) => [Buffer.from([0]), ...literal(name), ...literal(value)]),
  );
}

/** A request for a WebSocket, in one frame. */
export function connectFrame(stream: number, path?: string): Buffer {
  return http2Frame(FRAME.headers, stream, connectFields(path), FLAG.endHeaders);
}

/** Takes frames out of chunks of any size. */
export class Http2FrameReader {
  readonly #onFrame: (frame: Http2Frame) => void;
  #bytes = Buffer.alloc(0);

  constructor(onFrame: (frame: Http2Frame) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    let bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    while (bytes.length >= 9 && bytes.length >= 9 + bytes.readUIntBE(0, 3)) {
      const end = 9 + bytes.readUIntBE(0, 3);
      const stream = bytes.readUInt32BE(5) & 0x7fffffff;
      const [type = 0, flags = 0] = bytes.subarray(3, 5);
      this.#onFrame({ type, flags, stream, payload: bytes.subarray(9, end) });
      bytes = bytes.subarray(end);
    }
    this.#bytes = Buffer.from(bytes);
  }
}
