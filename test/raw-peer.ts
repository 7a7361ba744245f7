/** A WebSocket client made of raw bytes, for tests: nothing in it comes from src/. */

import { once } from "node:events";
import { connect, type NetConnectOpts, type Socket } from "node:net";

/** A frame as it stands on the wire (RFC 6455 §5.2). */
export interface RawFrame {
  readonly fin: boolean;
  readonly opcode: number;
  readonly masked: boolean;
  readonly payload: Buffer;
}

export const OP = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const KEY = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** What `rawFrame` can be told beyond opcode and payload. */
export interface FrameShape {
  readonly fin?: boolean;
  readonly masked?: boolean;
  /** The three reserved bits, 0 to 7. */
  readonly reserved?: number;
  /** The length to declare, where it is not that of the payload. */
  readonly declared?: number;
}

/** The bytes of a frame, masked as a client's must be unless `shape` says else. */
export function rawFrame(
  opcode: number,
  payload: string | Uint8Array = "",
  shape: FrameShape = {},
): Buffer {
  const { fin = true, masked = true, reserved = 0 } = shape;
  const body = Buffer.from(payload as string);
  const length = shape.declared ?? body.length;
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode;
  const mask = masked ? 0x80 : 0;
  const head =
    length < 126
      ? Buffer.from([first, mask | length])
      : length < 65536
        ? Buffer.from([first, mask | 126, length >> 8, length & 255])
        : Buffer.alloc(10, Buffer.from([first, mask | 127]));
  if (length >= 65536) head.writeBigUInt64BE(BigInt(length), 2);
  if (!masked) return Buffer.concat([head, body]);
  for (let i = 0; i < body.length; i++) body[i] = body[i]! ^ KEY[i % 4]!;
  return Buffer.concat([head, KEY, body]);
}

export function textFrame(text: string, shape?: FrameShape): Buffer {
  return rawFrame(OP.text, text, shape);
}

export function closeFrame(code?: number, reason = ""): Buffer {
  return rawFrame(OP.close, code === undefined ? "" : closePayload(code, reason));
}

function closePayload(code: number, reason: string): Buffer {
  return Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]);
}

/** The head of an opening handshake; `headers` replace (or with undefined remove) the usual ones. */
export function upgradeHead(
  path = "/",
  headers: Readonly<Record<string, string | undefined>> = {},
): string {
  const all: Record<string, string | undefined> = {
    Host: "localhost",
    Upgrade: "websocket",
    Connection: "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) =>
    value === undefined ? "" : `${name}: ${value}\r\n`,
  );
  return `GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** An HTTP response as the peer has read it. */
export interface RawResponse {
  readonly status: number;
  /** Status line and fields. */
  readonly head: string;
  field(name: string): string | undefined;
}

export class RawPeer {
  readonly socket: Socket;
  /** Whether the other side has ended its side of TCP, or TCP is gone. */
  ended = false;
  /** Why TCP broke, where it did. */
  error: Error | undefined;
  #received = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #closed: Promise<unknown>;

  constructor(socket: Socket) {
    this.socket = socket;
    this.#closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("data", (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake?.();
    });
    socket.on("error", (error) => {
      this.error = error;
    });
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.ended = true;
        this.#wake?.();
      });
    }
  }

  /** Connects by TCP or to a Unix socket. Half-open, so that the test decides when to end. */
  static async connect(target: NetConnectOpts): Promise<RawPeer> {
    const socket = connect({ allowHalfOpen: true, noDelay: true, ...target } as NetConnectOpts);
    const peer = new RawPeer(socket);
    await once(socket, "connect");
    return peer;
  }

  /** Writes bytes, in one write. */
  write(...parts: (string | Uint8Array)[]): void {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part as string))));
  }

  /** Asks for a WebSocket and expects to get it. */
  async upgrade(
    path = "/",
    headers: Record<string, string | undefined> = {},
  ): Promise<RawResponse> {
    this.write(upgradeHead(path, headers));
    return this.readUpgraded();
  }

  async readUpgraded(): Promise<RawResponse> {
    const response = await this.readResponse();
    if (response.status !== 101) throw new Error(`not upgraded: ${response.head}`);
    return response;
  }

  /** Reads the head of a response. */
  async readResponse(): Promise<RawResponse> {
    const end = await this.#until(() => {
      const at = this.#received.indexOf("\r\n\r\n");
      return at < 0 ? undefined : at + 4;
    });
    const head = this.#take(end).toString("latin1");
    return {
      status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]),
      head,
      field: (name) => new RegExp(`^${name}: (.*)\r$`, "im").exec(head)?.[1],
    };
  }

  /** Reads a response and its body, which Content-Length bounds. */
  async readWholeResponse(): Promise<RawResponse & { body: string }> {
    const response = await this.readResponse();
    const length = Number(response.field("Content-Length") ?? 0);
    return { ...response, body: (await this.readBytes(length)).toString() };
  }

  async readBytes(count: number): Promise<Buffer> {
    await this.#until(() => (this.#received.length >= count ? true : undefined));
    return this.#take(count);
  }

  /** Reads a frame; rejects when TCP ends before one is complete. */
  async readFrame(): Promise<RawFrame> {
    const { frame, size } = await this.#until(() => decode(this.#received));
    this.#take(size);
    return frame;
  }

  /** Reads a frame that has to be text. */
  async readText(): Promise<string> {
    const { opcode, fin, payload } = await this.readFrame();
    if (opcode !== OP.text || !fin) throw new Error(`no text but opcode ${opcode}`);
    return payload.toString();
  }

  /** Reads a Close frame, over whatever else is there before it. */
  async readClose(): Promise<{ code: number | undefined; reason: string }> {
    for (;;) {
      const { opcode, payload } = await this.readFrame();
      if (opcode !== OP.close) continue;
      if (payload.length === 0) return { code: undefined, reason: "" };
      return { code: payload.readUInt16BE(0), reason: payload.toString("utf8", 2) };
    }
  }

  /** All that comes until the other side ends TCP. */
  async readToEnd(): Promise<Buffer> {
    await this.untilEnded();
    return this.#take(this.#received.length);
  }

  /** Resolves when the other side has ended TCP, one way or the other. */
  async untilEnded(): Promise<void> {
    while (!this.ended) await this.#change();
  }

  /** Resolves when the socket is closed. */
  async untilClosed(): Promise<void> {
    await this.#closed;
  }

  /** Breaks TCP with a RST. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #until<T>(look: () => T | undefined): Promise<T> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      if (this.ended) {
        throw new Error(`TCP ended (${this.error?.message ?? "FIN"}) behind ${this.#shown()}`);
      }
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #take(count: number): Buffer {
    const taken = this.#received.subarray(0, count);
    this.#received = this.#received.subarray(count);
    return taken;
  }

  #shown(): string {
    return JSON.stringify(this.#received.subarray(0, 200).toString("latin1"));
  }
}

function decode(bytes: Buffer): { frame: RawFrame; size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const masked = bytes[1]! >= 128;
  const short = bytes[1]! & 127;
  const lengthSize = short === 126 ? 2 : short === 127 ? 8 : 0;
  const head = 2 + lengthSize + (masked ? 4 : 0);
  if (bytes.length < head) return undefined;
  const length =
    short === 126
      ? bytes.readUInt16BE(2)
      : short === 127
        ? Number(bytes.readBigUInt64BE(2))
        : short;
  if (bytes.length < head + length) return undefined;
  const payload = Buffer.from(bytes.subarray(head, head + length));
  if (masked)
    for (let i = 0; i < length; i++) payload[i] = payload[i]! ^ bytes[head - 4 + (i % 4)]!;
  const frame = { fin: bytes[0]! >= 128, opcode: bytes[0]! & 15, masked, payload };
  return { frame, size: head + length };
}
