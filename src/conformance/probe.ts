/** Connections on which a probe sends any bytes to a server, from the request on. */
import type { Finding } from "./finding.ts";
import {
  connectRequest,
  statusOf as http2StatusOf,
  openSession,
  shownFields,
} from "./http2/opening.ts";
import { StreamLink } from "./http2/stream-link.ts";
import { checkAnswer } from "./opening.ts";
import { open, type Testee } from "./testee.ts";
import { encodeFrame, OPCODE } from "./wire/frame.ts";
import { FrameReader } from "./wire/frame-reader.ts";
import { fieldValues, formatHead, type Head, HeadReader, statusOf } from "./wire/head.ts";
import { type Link, type LinkEvents, type Pace, SocketLink } from "./wire/link.ts";
import type { Recorder } from "./wire/recorder.ts";

/** A key as §4.1 wants it; any will do. */
export const KEY = "YmFyZXdpcmUgY29uZm9ybQ==";
const MASK = Buffer.from([0x37, 0xfa, 0x21, 0x3d]);
/** Connections to the testee may take this long, in milliseconds. */
const CONNECT_WAIT = 5000;

/** Bytes of payload, and messages that nobody has asked for, that are kept of one connection. */
export const MOST_KEPT = 64 * 2 ** 20;
export const MOST_MESSAGES = 50_000;

/** A masked frame, as a client sends it. */
export function clientFrame(opcode: number, payload: Buffer | string, rsv = 0): Buffer {
  return encodeFrame({ opcode, rsv, payload: Buffer.from(payload as string) }, MASK);
}

/** What became of a right request, with some fields more. */
export interface Reply {
  readonly connection: RawConnection;
  /** `undefined` if none came in time or the connection ended. */
  readonly head: Head | undefined;
  readonly status: number;
  /** Whether the status is the one that opens. */
  readonly opened: boolean;
}

/** What a server under test is probed with. */
export class Probe {
  readonly testee: Testee;
  readonly #recorder: Recorder;
  readonly #open = new Set<RawConnection>();
  /** First request and first answer, for the report. */
  request = "?";
  response = "?";

  constructor(testee: Testee, recorder: Recorder) {
    this.testee = testee;
    this.#recorder = recorder;
  }

  /** A request as it should be: the start line and the fields, to be changed at will. */
  rightRequest(): { start: string; fields: [string, string][] } {
    const { headers, host, origin, path } = this.testee;
    const fields: [string, string][] = [
      ["Host", host],
      ["Upgrade", "websocket"],
      ["Connection", "Upgrade"],
      ["Sec-WebSocket-Key", KEY],
      ["Sec-WebSocket-Version", "13"],
      ...headers.map(([name, value]): [string, string] => [name, value]),
    ];
    if (origin !== undefined) fields.push(["Origin", origin]);
    return { start: `GET ${path} HTTP/1.1`, fields };
  }

  /** Connects. Rejects when the testee cannot be reached (any more). */
  async connect(): Promise<RawConnection> {
    const socket = await open(this.testee, CONNECT_WAIT);
    const connection = new RawConnection(
      (events) => new SocketLink(socket, this.#recorder, events),
    );
    this.#open.add(connection);
    return connection;
  }

  /** Connects and opens with a right request. Rejects if that fails. */
  async openConnection(): Promise<RawConnection> {
    const { connection, opened } = await this.ask();
    if (!opened) throw new Error("a right request was refused");
    return connection;
  }

  /** Sends a right request with more fields, over the testee's version of HTTP. */
  async ask(more: readonly (readonly [string, string])[] = []): Promise<Reply> {
    if (this.testee.http2) return this.#askOverHttp2(more);
    const connection = await this.connect();
    const { start, fields } = this.rightRequest();
    const request = formatHead(start, [...fields, ...more]);
    connection.send(Buffer.from(request, "latin1"));
    const head = await connection.head(CONNECT_WAIT);
    const status = head === undefined ? 0 : statusOf(head);
    this.#note(request, head);
    return { connection, head, status, opened: status === 101 };
  }

  /** On a connection of its own, so that its end is the end of the stream. */
  async #askOverHttp2(more: readonly (readonly [string, string])[]): Promise<Reply> {
    const session = await openSession(this.testee, this.#recorder, CONNECT_WAIT);
    const lower = more.map(([name, value]) => [name.toLowerCase(), value] as const);
    const fields = connectRequest(this.testee, lower);
    const stream = session.request(fields);
    await session.until(() => stream.head !== undefined || stream.over, CONNECT_WAIT);
    const { head } = stream;
    const makeLink = (events: LinkEvents) => {
      const gone = () => {
        session.close();
        events.gone();
      };
      const link = new StreamLink(session, stream, { ...events, gone });
      setImmediate(() => link.start());
      return link;
    };
    const connection = new RawConnection(makeLink, head);
    this.#open.add(connection);
    const status = head === undefined ? 0 : http2StatusOf(head);
    this.#note(shownFields(fields), head);
    return { connection, head, status, opened: status >= 200 && status < 300 };
  }

  #note(request: string, head: Head | undefined): void {
    if (this.request !== "?") return;
    this.request = request;
    this.response = head?.raw ?? "none";
  }

  /** Whether the testee still opens a fresh connection and echoes on it. */
  async alive(): Promise<boolean> {
    try {
      const connection = await this.openConnection();
      connection.send(clientFrame(OPCODE.text, "alive?"));
      const echo = await connection.message(CONNECT_WAIT);
      connection.abort();
      return echo?.toString() === "alive?";
    } catch {
      return false;
    }
  }

  /** Drops whatever is still open. */
  end(): void {
    for (const connection of this.#open) connection.abort();
  }
}

/** One connection without any rules. */
export class RawConnection {
  readonly #link: Link;
  readonly #reader = new HeadReader();
  readonly #messages: Buffer[] = [];
  #head: Head | undefined;
  #wake: () => void = () => {};
  /** The testee has ended the connection. */
  ended = false;
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
  #kept = 0;

  /** With a `head` the connection is open already. */
  constructor(link: (events: LinkEvents) => Link, head?: Head) {
    this.#head = head;
    this.#link = link({
      data: (chunk) => this.#onData(chunk),
      gone: () => {
        this.ended = true;
        this.#wake();
      },
    });
  }

  /** Sends any bytes. */
  send(bytes: Buffer, pace?: Pace): void {
    this.#link.send(bytes, pace);
  }

  /** Stops reading, or goes on. */
  pause(stop: boolean): void {
    this.#link.pause(stop);
  }

  /** Drops the connection. */
  abort(): void {
    this.#link.abort();
  }

  /** What came instead of a whole head. */
  get partialHead(): string {
    return this.#reader.partial;
  }

  /** The head of the answer, `undefined` if it did not come in time or the connection ended. */
  async head(wait: number): Promise<Head | undefined> {
    await this.#until(() => this.#head !== undefined || this.#reader.overflow, wait);
    return this.#head;
  }

  /** The next message (fragments are not put together), `undefined` if none came in time. */
  async message(wait: number): Promise<Buffer | undefined> {
    await this.#until(() => this.#messages.length > 0, wait);
    return this.#messages.shift();
  }

  /** Waits for the end of the connection or a Close frame; says whether one came in time. */
  async closing(wait: number): Promise<boolean> {
    await this.#until(() => this.closeCode !== undefined, wait);
    return this.ended || this.closeCode !== undefined;
  }

  async #until(done: () => boolean, wait: number): Promise<void> {
    const deadline = performance.now() + wait;
    while (!done() && !this.ended) {
      const left = deadline - performance.now();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  #onData(chunk: Buffer): void {
    if (this.#head === undefined) {
      this.#head = this.#reader.feed(chunk);
      if (this.#head !== undefined) this.#frames.feed(this.#reader.rest);
    } else {
      this.#frames.feed(chunk);
    }
    this.#wake();
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
    else if (opcode < 8) this.#messages.push(payload);
  }
}

/** What is wrong with an answer that should open a connection; `undefined` if nothing is. */
export function openFault(head: Head | undefined): string | undefined {
  if (head === undefined) return "No answer came.";
  const opened = checkAnswer(head, KEY, undefined);
  return "refused" in opened ? opened.refused : undefined;
}

/** The verdict on a request that must be refused. */
export function refusedFinding(
  head: Head | undefined,
  ended: boolean,
  statuses: readonly number[],
): Finding {
  if (head === undefined) {
    if (!ended)
      return { behavior: "FAILED", result: "No answer came and the connection stayed open." };
    return {
      behavior: "NON-STRICT",
      result: "The connection was ended without an answer; an HTTP error says why.",
    };
  }
  const status = statusOf(head);
  if (status === 101) return { behavior: "FAILED", result: "The request was accepted (101)." };
  if (status < 300)
    return { behavior: "FAILED", result: `Answered "${head.start}", expected an error.` };
  if (statuses.includes(status) || status === 400) {
    return { behavior: "OK", result: `Refused with ${status}.` };
  }
  const wanted = [...new Set([400, ...statuses])].join(" or ");
  return { behavior: "NON-STRICT", result: `Refused with ${status}; ${wanted} would say more.` };
}

/** Whether an answer names the version that is spoken (§4.4). */
export function namesVersion13(head: Head): boolean {
  return fieldValues(head, "Sec-WebSocket-Version")
    .flatMap((value) => value.split(","))
    .some((part) => part.trim() === "13");
}
