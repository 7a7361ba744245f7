/** A WebSocket on a stream of HTTP/2, as scripts use it. */
import { clientFrame, MOST_KEPT, MOST_MESSAGES } from "../drive/raw-connection.ts";
import { OPCODE } from "../wire/frame.ts";
import { FrameReader } from "../wire/frame-reader.ts";
import { errorName } from "./frame.ts";
import type { Session } from "./session.ts";
import type { DataPace, Stream } from "./stream.ts";

/** How long the testee may take for anything, in milliseconds. */
export const ANSWER_WAIT = 3000;

/** A WebSocket on a stream. */
export class StreamSocket {
  readonly session: Session;
  readonly stream: Stream;
  /** Payloads of messages that came; fragments are not put together. */
  readonly messages: Buffer[] = [];
  /** Code of the Close frame that came: a number, `null` for none in it, `undefined` for none. */
  closeCode: number | null | undefined;
  #payload: Buffer[] = [];
  readonly #frames = new FrameReader({
    header: () => {
      this.#payload = [];
    },
    payload: (_frame, chunk) => this.#keep(chunk),
    end: ({ opcode }) => this.#onFrame(opcode, Buffer.concat(this.#payload)),
  });

  constructor(session: Session, stream: Stream) {
    this.session = session;
    this.stream = stream;
    stream.consume({ data: (chunk) => this.#frames.feed(chunk), gone: () => {} });
  }

  /** Sends a text message. */
  text(payload: Buffer | string, pace?: DataPace): void {
    this.stream.send(clientFrame(OPCODE.text, payload), pace);
  }

  /** The next message, `undefined` if none came in time or the stream ended before. */
  async message(wait: number = ANSWER_WAIT): Promise<Buffer | undefined> {
    await this.session.until(() => this.messages.length > 0 || this.stream.over, wait);
    return this.messages.shift();
  }

  /** Whether a text message comes back as it was sent. */
  async echoes(payload: string, pace?: DataPace, wait?: number): Promise<boolean> {
    this.text(payload, pace);
    return (await this.message(wait))?.toString() === payload;
  }

  /** Why no message comes any more. */
  get lost(): string {
    const { closeCode, session, stream } = this;
    if (closeCode !== undefined) return `closed with ${closeCode ?? "no code"}`;
    if (stream.resetCode !== undefined) return `reset with ${errorName(stream.resetCode)}`;
    if (session.ended) return "the connection was ended";
    return stream.ended ? "the stream was ended" : "a message did not come back";
  }

  /** A testee that sends without end must not fill the memory of the suite. */
  #keep(chunk: Buffer): void {
    if (this.stream.received > MOST_KEPT) this.session.abort();
    else this.#payload.push(chunk);
  }

  #onFrame(opcode: number, payload: Buffer): void {
    if (this.messages.length > MOST_MESSAGES) this.session.abort();
    if (opcode === OPCODE.close) {
      this.closeCode = payload.length > 1 ? payload.readUInt16BE() : null;
    } else if (opcode < 8) this.messages.push(payload);
  }
}
