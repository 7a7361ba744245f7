/** A client of raw frames that has agreed on compression, for the tests of a server's. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { constants, deflateRawSync } from "node:zlib";
import { onTestFinished } from "vitest";
import {
  type Connection,
  type ConnectionHandler,
  Server,
  type ServerOptions,
} from "../../src/index.ts";

export interface PeerFrame {
  readonly first: number;
  readonly payload: Buffer;
}

export class CompressedPeer {
  /** The head of the server's answer. */
  head = "";
  readonly socket: Socket;
  #bytes = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#wake?.();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  async handshake(extensions: string): Promise<void> {
    this.socket.write(
      "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
        `Sec-WebSocket-Extensions: ${extensions}\r\n\r\n`,
    );
    for (;;) {
      const end = this.#bytes.indexOf("\r\n\r\n");
      if (end >= 0) {
        this.head = this.#bytes.toString("latin1", 0, end);
        this.#bytes = this.#bytes.subarray(end + 4);
        return;
      }
      await this.#more();
    }
  }

  /** Sends frames in one write, masked with a key of zero. */
  send(...frames: readonly (readonly [first: number, payload: Uint8Array | string])[]): void {
    this.socket.write(Buffer.concat(frames.map(([first, payload]) => frame(first, payload))));
  }

  /** The next frame of the server; undefined at the end. */
  async receive(): Promise<PeerFrame | undefined> {
    for (;;) {
      const bytes = this.#bytes;
      const short = bytes[1] ?? 0;
      const size = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length >= size) {
        const length =
          short < 126
            ? short
            : short === 126
              ? bytes.readUInt16BE(2)
              : Number(bytes.readBigUInt64BE(2));
        if (bytes.length >= size + length) {
          this.#bytes = bytes.subarray(size + length);
          return { first: bytes[0]!, payload: bytes.subarray(size, size + length) };
        }
      }
      if (this.#ended) return undefined;
      await this.#more();
    }
  }

  /** The code of the server's next Close frame; other frames are passed over. */
  async closeCode(): Promise<number | undefined> {
    for (;;) {
      const received = await this.receive();
      if (received === undefined) return undefined;
      if (received.first === 0x88) return received.payload.readUInt16BE(0);
    }
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new Error("the server has closed the connection");
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }
}

function frame(first: number, data: Uint8Array | string): Buffer {
  const payload = Buffer.from(data as string);
  const { length } = payload;
  const head =
    length < 126
      ? Buffer.from([first, 0x80 | length])
      : length < 65536
        ? Buffer.from([first, 0x80 | 126, length >> 8, length & 255])
        : Buffer.alloc(10, Buffer.from([first, 0x80 | 127]));
  if (length >= 65536) head.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}

/** A compressed message that refers to none before it. */
export function deflated(data: string | Uint8Array): Buffer {
  return deflateRawSync(data, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

export interface CompressedPair {
  readonly server: Server;
  readonly ws: Connection;
  readonly peer: CompressedPeer;
}

/** Both ends of a connection with compression; gone when the test has finished. */
export async function compressedPair(
  options: ServerOptions = {},
  handler?: ConnectionHandler,
  offer = "permessage-deflate; client_max_window_bits",
): Promise<CompressedPair> {
  const server = new Server({ compression: { threshold: 0 }, onError: () => {}, ...options });
  let ws: Connection | undefined;
  if (handler === undefined) {
    server.handle("/", (request) => {
      ws = request.upgrade();
    });
  } else {
    server.handle("/", {
      ...handler,
      open(connection) {
        ws = connection;
      },
    });
  }
  const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
  const socket = connect({ port, host: "127.0.0.1" });
  const peer = new CompressedPeer(socket);
  onTestFinished(async () => {
    socket.destroy();
    await server.shutdown({ timeout: 1000 });
  });
  await once(socket, "connect");
  await peer.handshake(offer);
  if (ws === undefined) throw new Error(peer.head);
  return { server, ws, peer };
}
