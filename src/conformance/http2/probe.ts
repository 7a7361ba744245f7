/** What a server is probed with over HTTP/2: connections, requests of any kind, WebSockets. */
import { clientFrame, MOST_KEPT, MOST_MESSAGES } from "../probe.ts";
import type { Testee } from "../testee.ts";
import { OPCODE } from "../wire/frame.ts";
import { FrameReader } from "../wire/frame-reader.ts";
import type { Head } from "../wire/head.ts";
import type { Recorder } from "../wire/recorder.ts";
import type { Field } from "./hpack.ts";
import { checkConnectAnswer, connectRequest, openSession, shownFields } from "./opening.ts";
import type { Session, SessionOptions } from "./session.ts";
import type { DataPace, Stream } from "./stream.ts";

/** How long the testee may take for anything, in milliseconds. */
export const ANSWER_WAIT = 3000;

/** A server under test and what is open to it. */
export class Http2Probe {
  readonly testee: Testee;
  readonly #recorder: Recorder;
  readonly #sessions = new Set<Session>();
  /** The request that the case is about and its answer, for the report. */
  request = "?";
  response = "?";

  constructor(testee: Testee, recorder: Recorder) {
    this.testee = testee;
    this.#recorder = recorder;
  }

  /** Connects. Rejects when the testee cannot be reached or speaks no HTTP/2. */
  async connect(options: SessionOptions = {}): Promise<Session> {
    const session = await openSession(this.testee, this.#recorder, ANSWER_WAIT, options);
    this.#sessions.add(session);
    return session;
  }

  /** A right request with more fields. */
  rightRequest(more: readonly Field[] = []): Field[] {
    return connectRequest(this.testee, more);
  }

  /** Sends a request and waits for the answer, the end of its stream, or the time limit. */
  async ask(session: Session, fields: readonly Field[], end = false): Promise<Stream> {
    const stream = session.request(fields, end);
    this.request = shownFields(fields);
    await this.answer(session, stream);
    return stream;
  }

  /** Waits for the answer on a stream, its end, or the time limit. */
  async answer(session: Session, stream: Stream): Promise<Head | undefined> {
    await session.until(() => stream.head !== undefined || stream.over, ANSWER_WAIT);
    this.response = stream.head === undefined ? "none" : shownFields(stream.fields);
    return stream.head;
  }

  /** Opens a WebSocket with a right request. Rejects if that fails. */
  async open(session: Session, more: readonly Field[] = []): Promise<StreamSocket> {
    const stream = await this.ask(session, this.rightRequest(more));
    const fault = openFault(stream);
    if (fault !== undefined) throw new Error(`a right request was refused: ${fault}`);
    return new StreamSocket(session, stream);
  }

  /** Drops whatever is still open. */
  end(): void {
    for (const session of this.#sessions) session.abort();
  }
}

/** Why a stream is no open WebSocket; `undefined` if it is one. */
export function openFault(stream: Stream): string | undefined {
  const { head, resetCode } = stream;
  if (head === undefined) {
    if (resetCode !== undefined) return `the stream was reset with error ${resetCode}`;
    return stream.over ? "the connection ended" : "no answer came";
  }
  const opened = checkConnectAnswer(head, undefined);
  if ("refused" in opened) return opened.refused;
  return stream.over ? "the stream ended with its answer" : undefined;
}

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
