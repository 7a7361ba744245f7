import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { upgradeHead } from "../raw-peer.ts";

/** Bytes at the start of what was received that are kept, for the status. */
const START = 16;
/** Bytes at the end of what was received that are kept, to find a Close in. */
const TAIL = 256;

/**
 * A hostile connection of raw bytes. It counts what it is sent and throws it away, or does not read
 * at all; nothing that the victim does to it is an error.
 */
export class Attacker {
  readonly socket: Socket;
  /** Bytes received so far. */
  received = 0;
  /** Whether the victim has ended its side of TCP, or TCP is gone. */
  ended = false;
  #start = "";
  #tail = Buffer.alloc(0);
  #wake = () => {};

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => {
      this.received += chunk.length;
      if (this.#start.length < START) this.#start += chunk.toString("latin1", 0, START);
      this.#tail = Buffer.concat([this.#tail, chunk.subarray(-TAIL)]).subarray(-TAIL);
      this.#wake();
    });
    socket.on("error", () => {});
    for (const event of ["end", "close"]) {
      socket.on(event, () => {
        this.ended = true;
        this.#wake();
      });
    }
  }

  /** Connects by TCP, or by TLS without looking at the certificate. */
  static async connect(port: number, tls = false): Promise<Attacker> {
    const target = { port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true };
    const socket = tls ? connectTls({ ...target, rejectUnauthorized: false }) : connect(target);
    const attacker = new Attacker(socket);
    await Promise.race([
      once(socket, tls ? "secureConnect" : "connect").catch(() => {}),
      once(socket, "close"),
    ]);
    return attacker;
  }

  /** Asks for a WebSocket, and returns the status of the answer; 0 where there is none. */
  async upgrade(
    path = "/",
    headers: Readonly<Record<string, string | undefined>> = {},
  ): Promise<number> {
    this.socket.write(upgradeHead(path, headers));
    return await this.status();
  }

  /** The status of the answer to the first request; 0 where none comes. */
  async status(): Promise<number> {
    await this.until(() => this.#tail.includes("\r\n\r\n"));
    return this.firstStatus;
  }

  /** The same, as far as it has come. */
  get firstStatus(): number {
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.#start)?.[1] ?? 0);
  }

  /** The last bytes received, as text. */
  get text(): string {
    return this.#tail.toString("latin1");
  }

  /** The code of the Close frame that was the last thing received; undefined for none. */
  get closeCode(): number | undefined {
    // An unmasked Close of a server, with a code and perhaps a reason (RFC 6455 §5.5.1).
    for (let at = this.#tail.length - 4; at >= 0; at--) {
      const length = this.#tail[at + 1]!;
      if (this.#tail[at] === 0x88 && length >= 2 && at + 2 + length === this.#tail.length) {
        return this.#tail.readUInt16BE(at + 2);
      }
    }
    return undefined;
  }

  /** Whether TCP is gone altogether. */
  get gone(): boolean {
    return this.socket.destroyed;
  }

  /** From now on nothing is read. */
  stopReading(): void {
    this.socket.pause();
  }

  /** Writes bytes and resolves once they are with the system, or TCP is gone. */
  async write(bytes: Uint8Array | string): Promise<void> {
    if (this.socket.destroyed) return;
    // Node calls back with an error where TCP is gone.
    await new Promise<void>((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Writes bytes one after the other, each in a segment of its own and so many ms after the last. */
  async writeApart(pieces: Iterable<Uint8Array>, ms: number): Promise<void> {
    for (const piece of pieces) {
      if (this.socket.destroyed) return;
      if (!this.socket.write(piece)) await this.#drained();
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
  }

  /** Resolves once `condition` holds or the victim has ended TCP. Looks after each chunk. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Resolves with true when the victim has ended TCP, or with false after so many ms. */
  async endsWithin(ms: number): Promise<boolean> {
    const timer = setTimeout(() => this.#wake(), ms);
    const end = performance.now() + ms;
    await this.until(() => performance.now() >= end);
    clearTimeout(timer);
    return this.ended;
  }

  /** Breaks TCP with a RST; TLS has none of its own. */
  reset(): void {
    if ("encrypted" in this.socket) this.socket.destroy();
    else this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #drained(): Promise<void> {
    await Promise.race([
      once(this.socket, "drain").catch(() => {}),
      new Promise((resolve) => this.socket.once("close", resolve)),
    ]);
  }
}
