/** A connection without any rules, for cases that are no dialogs: any bytes out, heads and messages in. */
import type { Pace } from "../carrier/carrier.ts";
import type { Line } from "../carrier/line.ts";
import { encodeFrame, OPCODE } from "../wire/frame.ts";
import { FrameReader } from "../wire/frame-reader.ts";
import { type Head, HeadReader } from "../wire/head.ts";
import { Changes } from "./wait.ts";

const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);

/** Bytes of payload, and messages that nobody has asked for, that are kept of one connection. */
export const MOST_KEPT = 64 * 2 ** 20;
export const MOST_MESSAGES = 50_000;

/** A masked frame, as a client sends it. */
export function clientFrame(opcode: number, payload: Buffer | string, rsv = 0): Buffer {
  return encodeFrame({ opcode, rsv, payload: Buffer.from(payload as string) }, MASK);
}

/** Opens connections to a server under test. */
export interface ServerHands {
  /** Connects and sends nothing. Rejects when the testee cannot be reached. */
  connect(): Promise<RawConnection>;
  /** Connects and opens a WebSocket with a right request. Rejects if that fails. */
  open(): Promise<RawConnection>;
  /** A right request as text. */
  readonly request: string;
}

/** One connection. */
export class RawConnection {
  readonly #line: Line;
  readonly #reader = new HeadReader();
  readonly #messages: Buffer[] = [];
  #head: Head | undefined;
  readonly #changes = new Changes();
  /** The testee has ended the connection. */
  ended = false;
  /** Code of the Close frame that came: a number, `null` for none in it, `undefined` for none. */
  closeCode: number | null | undefined;
  /** Pongs that came. */
  pongs = 0;
  /** Bytes that came. */
  received = 0;
  #payload: Buffer[] = [];
  readonly #frames = new FrameReader({
    header: () => {
      this.#payload = [];
    },
    payload: (_frame, chunk) => this.#keep(chunk),
    end: ({ opcode }) => this.#onFrame(opcode, Buffer.concat(this.#payload)),
  });
  #kept = 0;

  /** With a `head` the opening handshake is over. */
  constructor(line: Line, head?: Head) {
    this.#head = head;
    this.#line = line;
    line.listen({
      data: (chunk) => this.#onData(chunk),
      gone: () => {
        this.ended = true;
        this.#changes.tell();
      },
    });
  }

  /** Sends any bytes. */
  send(bytes: Buffer, pace?: Pace): void {
    this.#line.carrier.send(bytes, pace);
  }

  /** Bytes that were sent and that the testee has not taken. */
  get waiting(): number {
    return this.#line.carrier.waiting;
  }

  /** Stops reading, or goes on. */
  pause(stop: boolean): void {
    this.#line.carrier.pause(stop);
  }

  /** Drops the connection. */
  abort(): void {
    this.#line.carrier.abort();
  }

  /** What came instead of a whole head. */
  get partialHead(): string {
    return this.#reader.partial;
  }

  /** So much came that the head was given up. */
  get headTooLong(): boolean {
    return this.#reader.overflow;
  }

  /** The head of the answer, `undefined` if it did not come in time or the connection ended. */
  async head(wait: number): Promise<Head | undefined> {
    await this.until(() => this.#head !== undefined || this.#reader.overflow, wait);
    return this.#head;
  }

  /** The next message (fragments are not put together), `undefined` if none came in time. */
  async message(wait: number): Promise<Buffer | undefined> {
    await this.until(() => this.#messages.length > 0, wait);
    return this.#messages.shift();
  }

  /** All messages that have come and were not taken. */
  messages(): Buffer[] {
    return this.#messages.splice(0);
  }

  /** Waits until `done`, or the end of the connection, or `wait` milliseconds; says whether done. */
  async until(done: () => boolean, wait: number): Promise<boolean> {
    await this.#changes.until(() => done() || this.ended, wait);
    return done();
  }

  #onData(chunk: Buffer): void {
    this.received += chunk.length;
    if (this.#head === undefined) {
      this.#head = this.#reader.feed(chunk);
      if (this.#head !== undefined) this.#frames.feed(this.#reader.rest);
    } else {
      this.#frames.feed(chunk);
    }
    this.#changes.tell();
  }

  /** A testee that sends without end must not fill the memory of the suite. */
  #keep(chunk: Buffer): void {
    this.#kept += chunk.length;
    if (this.#kept > MOST_KEPT) this.abort();
    else this.#payload.push(chunk);
  }

  #onFrame(opcode: number, payload: Buffer): void {
    if (this.#messages.length > MOST_MESSAGES) this.abort();
    if (opcode === OPCODE.close)
      this.closeCode = payload.length > 1 ? payload.readUInt16BE() : null;
    else if (opcode === OPCODE.pong) this.pongs++;
    else if (opcode < 8) this.#messages.push(payload);
  }
}
