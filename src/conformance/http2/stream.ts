/** One stream of an HTTP/2 connection, as the judge uses it: bytes out within the window, bytes in. */
import type { Pace } from "../carrier/carrier.ts";
import type { Head } from "../wire/head.ts";
import { ERROR, FLAG, type Http2Frame, MAX_FRAME, padded, TYPE, uint32 } from "./frame.ts";
import type { Field } from "./hpack.ts";

/** Bytes that are kept of a stream that nobody reads yet. */
const MOST_KEPT = 4 * 2 ** 20;

/** How bytes become DATA frames. */
export interface DataPace extends Pace {
  /** Bytes of padding for every frame; none when left out. */
  readonly padding?: number;
}

/** What a stream needs of its connection. */
export interface StreamHost {
  /** Bytes that may still be sent on the connection (§6.9). */
  window: number;
  frame(frame: Http2Frame, paced?: boolean): void;
  /** The socket cannot take more right now. */
  readonly full: boolean;
}

/** Bytes that wait to be sent, `from` the first that was not; `end` sends END_STREAM with the last. */
interface Piece {
  readonly bytes: Buffer;
  from: number;
  readonly pace: DataPace;
  readonly end: boolean;
}

/** A stream that the judge began. */
export class Stream {
  readonly id: number;
  /** The answer, once it has come, with `:status` in its start line. */
  head: Head | undefined;
  /** Fields of the answer as they came, the pseudo-header fields among them. */
  fields: readonly Field[] = [];
  /** Error code of the RST_STREAM that came. */
  resetCode: number | undefined;
  /** END_STREAM came. */
  ended = false;
  /** The connection is gone. */
  lost = false;
  /** Bytes of DATA that came, and the largest frame of them. */
  received = 0;
  largest = 0;
  /** Bytes that wait for a window or for the socket. */
  waiting = 0;
  /** Called for data and for the end; what came before is kept until it is set. */
  #consumer: { data(chunk: Buffer): void; gone(): void } | undefined;
  readonly #kept: Buffer[] = [];
  readonly #host: StreamHost;
  readonly #queue: Piece[] = [];
  #window: number;
  #pumping = false;
  #closed = false;

  constructor(id: number, host: StreamHost, window: number, closed: boolean) {
    this.id = id;
    this.#host = host;
    this.#window = window;
    this.#closed = closed;
  }

  /** The testee has ended its side in some way. */
  get over(): boolean {
    return this.ended || this.resetCode !== undefined || this.lost;
  }

  /** Hands what came, and what will come, to `consumer`. */
  consume(consumer: { data(chunk: Buffer): void; gone(): void }): void {
    this.#consumer = consumer;
    for (const chunk of this.#kept.splice(0)) consumer.data(chunk);
    if (this.over) consumer.gone();
  }

  /** Sends bytes as DATA, as soon as the windows allow; without pace in frames of 16 KiB. */
  send(bytes: Buffer, pace: DataPace = {}, end = false): void {
    if (this.#closed) return;
    this.#queue.push({ bytes, from: 0, pace, end });
    this.waiting += bytes.length;
    if (end) this.#closed = true;
    this.#pump();
  }

  /** Sends END_STREAM after all that was sent before. */
  end(): void {
    this.send(Buffer.alloc(0), {}, true);
  }

  /** Ends the stream with RST_STREAM; what waits to be sent is dropped. */
  reset(code: number = ERROR.cancel): void {
    this.forget();
    this.#closed = true;
    this.#host.frame({ type: TYPE.reset, flags: 0, stream: this.id, payload: uint32(code) });
  }

  /** Drops what waits to be sent. */
  forget(): void {
    this.#queue.length = 0;
    this.waiting = 0;
  }

  /** More may be sent, or less (§6.9.2). */
  widen(bytes: number): void {
    this.#window += bytes;
    this.#pump();
  }

  /** The connection may be written to again. */
  resume(): void {
    this.#pump();
  }

  onHeaders(fields: readonly Field[], end: boolean): void {
    // A second block would be the trailers, of which WebSockets have none.
    if (this.head === undefined) {
      this.fields = fields;
      this.head = headOf(fields);
    }
    if (end) this.#onEnd();
  }

  onData(chunk: Buffer, end: boolean): void {
    this.received += chunk.length;
    this.largest = Math.max(this.largest, chunk.length);
    if (chunk.length > 0) {
      // What comes before there is an answer is kept, within reason.
      if (this.#consumer !== undefined) this.#consumer.data(chunk);
      else if (this.received <= MOST_KEPT) this.#kept.push(chunk);
    }
    if (end) this.#onEnd();
  }

  onReset(code: number): void {
    this.resetCode ??= code;
    this.#closed = true;
    this.forget();
    this.#consumer?.gone();
  }

  onLost(): void {
    if (this.lost) return;
    this.lost = true;
    this.#closed = true;
    this.forget();
    this.#consumer?.gone();
  }

  #onEnd(): void {
    if (this.ended) return;
    this.ended = true;
    this.#consumer?.gone();
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    let first = this.#queue[0];
    while (first !== undefined && !isPaced(first.pace) && this.#sendPiece(first))
      first = this.#queue[0];
    this.#pumping = false;
    if (first !== undefined && isPaced(first.pace)) this.#pumpPaced();
  }

  /** One frame in each turn of the event loop. */
  #pumpPaced(): void {
    this.#pumping = true;
    setImmediate(() => {
      this.#pumping = false;
      const first = this.#queue[0];
      if (first === undefined || (isPaced(first.pace) && !this.#sendPiece(first))) return;
      this.#pump();
    });
  }

  /** Sends one DATA frame; false when a window or the socket is full. */
  #sendPiece(piece: Piece): boolean {
    const { bytes, pace } = piece;
    const left = bytes.length - piece.from;
    const overhead = pace.padding === undefined ? 0 : pace.padding + 1;
    const room = Math.min(this.#window, this.#host.window, MAX_FRAME) - overhead;
    if (this.#host.full || (left > 0 && room <= 0)) return false;
    const size = Math.min(left, room, pace.chop ?? left);
    const data = bytes.subarray(piece.from, piece.from + size);
    piece.from += size;
    this.waiting -= size;
    const last = piece.from >= bytes.length;
    if (last) this.#queue.shift();
    this.#data(data, pace, last && piece.end);
    return true;
  }

  #data(data: Buffer, pace: DataPace, end: boolean): void {
    const payload = pace.padding === undefined ? data : padded(data, pace.padding);
    const flags = (end ? FLAG.endStream : 0) | (pace.padding === undefined ? 0 : FLAG.padded);
    this.#window -= payload.length;
    this.#host.window -= payload.length;
    this.#host.frame({ type: TYPE.data, flags, stream: this.id, payload }, isPaced(pace));
  }
}

const isPaced = ({ alone, chop }: Pace) => alone === true || chop !== undefined;

/** An answer in the form that heads of HTTP/1.1 have here. */
function headOf(fields: readonly Field[]): Head {
  const status = fields.find(([name]) => name === ":status")?.[1] ?? "without :status";
  const start = `HTTP/2 ${status}`;
  const raw = fields.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return { start, fields: fields.filter(([name]) => !name.startsWith(":")), raw: `${raw}\r\n` };
}
