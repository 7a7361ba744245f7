import {
  connectFrame,
  FLAG,
  FRAME,
  type Http2Frame,
  Http2FrameReader,
  http2Frame,
  numberFrame,
  PREFACE,
  settingsFrame,
} from "../http2-frames.ts";
import type { Attacker } from "./attacker.ts";

/** So much a victim may send on all streams together before it hears more (RFC 9113 §6.9). */
const LARGEST_WINDOW = 2 ** 31 - 1;
const FIRST_WINDOW = 65_535;

/** What came on a stream. */
interface StreamFound {
  /** Bytes of DATA. */
  received: number;
  /** Whether it was opened by a 200. */
  opened: boolean;
  ended: boolean;
}

/** A hostile session of HTTP/2 in raw frames, with prior knowledge. It answers SETTINGS and PING as it must. */
export class Http2Attacker {
  readonly attacker: Attacker;
  readonly streams = new Map<number, StreamFound>();
  /** Whether the victim has said GOAWAY, or has ended TCP. */
  goaway = false;
  /** What the last answer to a PING had in it. */
  #pong = "";
  #settled = false;
  #next = 1;
  #wake = () => {};

  private constructor(attacker: Attacker) {
    this.attacker = attacker;
    const reader = new Http2FrameReader((frame) => this.#take(frame));
    attacker.socket.on("data", (chunk: Buffer) => {
      reader.push(chunk);
      this.#wake();
    });
    for (const event of ["end", "close"]) attacker.socket.on(event, () => this.#wake());
  }

  /** Begins a session on a connection, and waits for the victim's settings. */
  static async begin(
    attacker: Attacker,
    ...settings: readonly (readonly [id: number, value: number])[]
  ): Promise<Http2Attacker> {
    const session = new Http2Attacker(attacker);
    const window = numberFrame(FRAME.windowUpdate, 0, LARGEST_WINDOW - FIRST_WINDOW);
    await session.write(Buffer.concat([PREFACE, settingsFrame(...settings), window]));
    await session.until(() => session.#settled);
    return session;
  }

  /** Whether the victim takes no more streams of it. */
  get ended(): boolean {
    return this.goaway || this.attacker.ended;
  }

  /** How many streams the victim has ended or reset. */
  get endedStreams(): number {
    return [...this.streams.values()].filter(({ ended }) => ended).length;
  }

  /** The number that the next stream has. */
  nextStream(): number {
    const stream = this.#next;
    this.#next += 2;
    this.streams.set(stream, { received: 0, opened: false, ended: false });
    return stream;
  }

  write(bytes: Uint8Array): Promise<void> {
    return this.attacker.write(bytes);
  }

  /** Sends a PING and waits for its answer: all that was sent before has been worked off then. */
  async ping(payload: string): Promise<void> {
    await this.write(http2Frame(FRAME.ping, 0, payload));
    await this.until(() => this.#pong === payload || this.goaway);
  }

  /** Asks for so many WebSockets and waits until all are open, or the session has ended. */
  async open(count: number, path?: string): Promise<number[]> {
    const streams = Array.from({ length: count }, () => this.nextStream());
    await this.write(Buffer.concat(streams.map((stream) => connectFrame(stream, path))));
    const isOpen = (stream: number) => this.streams.get(stream)?.opened === true;
    await this.until(() => this.goaway || streams.every(isOpen));
    return streams;
  }

  /** Resolves once `condition` holds or the victim has ended TCP. Looks after each chunk. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition() && !this.attacker.ended) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #take({ type, flags, stream, payload }: Http2Frame): void {
    const found = this.streams.get(stream);
    const acknowledges = (flags & FLAG.ack) !== 0;
    switch (type) {
      case FRAME.settings:
      case FRAME.ping:
        if (acknowledges) this.#pong = payload.toString("latin1");
        else {
          this.#settled = true;
          const answer = type === FRAME.ping ? payload : "";
          void this.write(http2Frame(type, 0, answer, FLAG.ack));
        }
        break;
      case FRAME.headers:
        // The first answer of a session is an index, or has a change of the table's size in front of it.
        if (found !== undefined) found.opened = payload.includes(0x88);
        break;
      case FRAME.data:
        if (found !== undefined) found.received += payload.length;
        break;
      case FRAME.goaway:
        this.goaway = true;
        break;
    }
    const ends = type === FRAME.reset || (type <= FRAME.headers && (flags & FLAG.endStream) !== 0);
    if (found !== undefined && ends) found.ended = true;
  }
}
