/** What a server is probed with over HTTP/2: connections, requests of any kind, WebSockets. */
import type { Observation, Opening, StreamEnd } from "../observation.ts";
import type { Testee } from "../testee.ts";
import type { Head } from "../wire/head.ts";
import type { Recorder } from "../wire/recorder.ts";
import type { Field } from "./hpack.ts";
import {
  checkConnectAnswer,
  connectRequest,
  openSession,
  shownFields,
  statusOf,
} from "./opening.ts";
import type { Session, SessionOptions } from "./session.ts";
import type { Stream } from "./stream.ts";
import { ANSWER_WAIT, StreamSocket } from "./stream-socket.ts";

/** What a script has seen. `found` is what is wrong, in a sentence. */
export type ScriptSeen = Partial<Observation>;

/** Does something to a server, and says what came of it. */
export type Http2Script = (probe: Http2Probe) => Promise<ScriptSeen>;

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

  /** A wait ran out on one of the connections. */
  get waited(): boolean {
    return [...this.#sessions].some(({ waited }) => waited);
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
    const opening = openingOn(stream);
    if (opening.is !== "open") throw new Error(`a right request was not served: ${opening.is}`);
    return new StreamSocket(session, stream);
  }

  /** Drops whatever is still open. */
  end(): void {
    for (const session of this.#sessions) session.abort();
  }
}

/** What the answer on a stream has come to. Extensions are not looked at. */
export function openingOn(stream: Stream): Opening {
  const { head } = stream;
  if (head === undefined) {
    return stream.over ? { is: "ended" } : { is: "silent", wait: ANSWER_WAIT };
  }
  const status = statusOf(head);
  if (status < 200 || status > 299) return { is: "refused", status, head };
  const opened = checkConnectAnswer(head, [], ["a.example", "b.example"]);
  if ("refused" in opened) return { is: "wrong", why: opened.refused, head };
  return stream.over
    ? { is: "wrong", why: "the stream ended with its answer", head }
    : { is: "open", head };
}

/** What became of a stream and of its connection. */
export function endOf(session: Session, stream: Stream): StreamEnd {
  const { ended, resetCode } = stream;
  const { goaway } = session;
  return {
    ended,
    ...(resetCode === undefined ? {} : { reset: resetCode }),
    ...(goaway === undefined ? {} : { goaway }),
    connectionEnded: session.ended,
  };
}
