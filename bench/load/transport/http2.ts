import {
  type Connection,
  type ConnectionState,
  type Handler,
  newState,
  type Transport,
} from "./transport.ts";

/**
 * Connections that are streams of one session of HTTP/2 (RFC 8441), over the sockets of another transport. It does
 * what a session with one known server needs and no more, so that the load costs less than what is measured.
 */

const TYPE = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7, windowUpdate: 8 };
const ACK = 1;
const END_STREAM = 1;
const END_HEADERS = 4;
const INITIAL_WINDOW_SIZE = 4;
const CANCEL = 8;
const HEADER = 9;
/** RFC 9113 §4.2. */
const MAX_FRAME = 16_384;
/** What a server may send before it hears more (RFC 9113 §6.9.1). */
const LARGEST_WINDOW = 2 ** 31 - 1;
const FIRST_WINDOW = 65_535;
/** After so many bytes it hears that it may send them again. */
const REFILL = 2 ** 30;
/** `:status: 200` by the table that both sides know (RFC 7541, appendix A). */
const STATUS_200 = 0x88;

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const NOTHING = Buffer.alloc(0);

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER + payload.length);
  bytes.writeUIntBE(payload.length, 0, 3);
  bytes[3] = type;
  bytes[4] = flags;
  bytes.writeUInt32BE(stream, 5);
  bytes.set(payload, HEADER);
  return bytes;
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function setting(id: number, value: number): Buffer {
  return Buffer.concat([Buffer.from([0, id]), number(value)]);
}

/** The fields of a request for a WebSocket, none of them compressed (RFC 7541 §6.2.2). */
function requestFields(port: number, secure: boolean): Buffer {
  const fields = [
    [":method", "CONNECT"],
    [":protocol", "websocket"],
    [":scheme", secure ? "https" : "http"],
    [":path", "/"],
    [":authority", `127.0.0.1:${port}`],
    ["sec-websocket-version", "13"],
  ];
  const literal = (text: string) => [Buffer.from([text.length]), Buffer.from(text)];
  return Buffer.concat(
    fields.flatMap(([name = "", value = ""]) => [
      Buffer.alloc(1),
      ...literal(name),
      ...literal(value),
    ]),
  );
}

class Stream implements Connection {
  readonly state: ConnectionState = newState();
  readonly id: number;
  readonly handler: Handler;
  readonly #session: Session;
  ended = false;

  constructor(id: number, session: Session, handler: Handler) {
    this.id = id;
    this.handler = handler;
    this.#session = session;
  }

  write(bytes: Uint8Array): void {
    this.#session.send(this, bytes);
  }

  destroy(): void {
    this.#session.reset(this);
  }
}

/** A session and its socket. */
class Session implements Handler {
  readonly #streams = new Map<number, Stream>();
  readonly #fields: Buffer;
  readonly #onEnd: () => void;
  #socket: Connection | undefined;
  #next = 1;
  #out: Buffer[] = [];
  #flushing = false;
  /** Bytes that may still be sent: the server gives them back as it takes them. */
  #window = FIRST_WINDOW;
  #received = 0;
  #rest = NOTHING;

  constructor(port: number, secure: boolean, onEnd: () => void) {
    this.#fields = requestFields(port, secure);
    this.#onEnd = onEnd;
  }

  begin(handler: Handler): void {
    const stream = new Stream(this.#next, this, handler);
    this.#next += 2;
    this.#streams.set(stream.id, stream);
    this.#write(frame(TYPE.headers, END_HEADERS, stream.id, this.#fields));
  }

  send(stream: Stream, bytes: Uint8Array): void {
    if (stream.ended) return;
    this.#window -= bytes.length;
    if (this.#window < 0) this.#fail(new Error("more is under way than the server's window takes"));
    for (let at = 0; at < bytes.length; at += MAX_FRAME) {
      this.#write(frame(TYPE.data, 0, stream.id, bytes.subarray(at, at + MAX_FRAME)));
    }
  }

  reset(stream: Stream): void {
    if (stream.ended) return;
    this.#write(frame(TYPE.reset, 0, stream.id, number(CANCEL)));
    this.#end(stream, undefined);
  }

  open(socket: Connection): void {
    this.#socket = socket;
    const settings = setting(INITIAL_WINDOW_SIZE, LARGEST_WINDOW);
    const begin = [
      PREFACE,
      frame(TYPE.settings, 0, 0, settings),
      frame(TYPE.windowUpdate, 0, 0, number(LARGEST_WINDOW - FIRST_WINDOW)),
    ];
    this.#out.unshift(...begin);
    this.#flush();
  }

  data(_socket: Connection, chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    // What is sent in answer to a chunk leaves together.
    this.#flushing = true;
    let at = 0;
    while (bytes.length - at >= HEADER) {
      const end = at + HEADER + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      const stream = bytes.readUInt32BE(at + 5) & 0x7fffffff;
      this.#take(bytes[at + 3]!, bytes[at + 4]!, stream, bytes.subarray(at + HEADER, end));
      at = end;
    }
    // The chunk is another's from now on.
    this.#rest = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
    this.#flush();
  }

  close(_socket: Connection, error: Error | undefined): void {
    this.#onEnd();
    for (const stream of this.#streams.values()) this.#end(stream, error);
  }

  #take(type: number, flags: number, id: number, payload: Buffer): void {
    const stream = this.#streams.get(id);
    switch (type) {
      case TYPE.settings:
      case TYPE.ping:
        if ((flags & ACK) === 0) {
          this.#write(frame(type, ACK, 0, type === TYPE.ping ? payload : NOTHING));
        }
        return;
      case TYPE.windowUpdate:
        if (id === 0) this.#window += payload.readUInt32BE(0);
        return;
      case TYPE.headers:
        if (stream !== undefined) this.#onAnswer(stream, payload);
        break;
      case TYPE.data:
        this.#refill(payload.length);
        if (payload.length > 0) stream?.handler.data(stream, payload);
        break;
      case TYPE.reset:
        if (stream !== undefined) this.#end(stream, new Error("the stream was reset"));
        return;
      case TYPE.goaway:
        if (payload.readUInt32BE(4) !== 0) this.#fail(new Error("the session was ended"));
        return;
    }
    if (stream !== undefined && (flags & END_STREAM) !== 0) {
      this.#write(frame(TYPE.data, END_STREAM, id, NOTHING));
      this.#end(stream, undefined);
    }
  }

  #onAnswer(stream: Stream, fields: Buffer): void {
    // In front of it may be a change of the table's size, in bytes of another kind.
    if (!fields.includes(STATUS_200)) {
      this.#end(stream, new Error("the answer is not 200"));
      return;
    }
    stream.state.head = undefined;
    stream.handler.open(stream);
  }

  /** RFC 9113 §6.9: what was received may be sent again. */
  #refill(length: number): void {
    this.#received += length;
    if (this.#received < REFILL) return;
    this.#write(frame(TYPE.windowUpdate, 0, 0, number(this.#received)));
    this.#received = 0;
  }

  #end(stream: Stream, error: Error | undefined): void {
    stream.ended = true;
    this.#streams.delete(stream.id);
    stream.handler.close(stream, error);
  }

  #fail(error: Error): void {
    for (const stream of this.#streams.values()) this.#end(stream, error);
  }

  #write(bytes: Buffer): void {
    this.#out.push(bytes);
    if (this.#flushing || this.#socket === undefined) return;
    this.#flushing = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    const bytes = this.#out.length === 1 ? this.#out[0]! : Buffer.concat(this.#out);
    this.#out = [];
    // The last one has ended: the session goes with it.
    if (this.#streams.size === 0) this.#socket?.destroy();
    else if (bytes.length > 0) this.#socket?.write(bytes);
  }
}

/** Streams of one session with each port, which ends with the last of them. */
export function overHttp2(sockets: Transport): Transport {
  const sessions = new Map<number, Session>();
  return {
    name: `${sockets.name}, HTTP/2`,

    connect(port, tls, handler) {
      let session = sessions.get(port);
      if (session === undefined) {
        session = new Session(port, tls !== false, () => sessions.delete(port));
        sessions.set(port, session);
        sockets.connect(port, tls === false ? false : "h2", session);
      }
      session.begin(handler);
    },

    listen() {
      throw new Error("the load is no server of HTTP/2");
    },
  };
}
