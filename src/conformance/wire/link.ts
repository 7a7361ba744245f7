/** What carries a WebSocket, as the judge uses it: bytes out in any pace, bytes in, one end. */
import type { Socket } from "node:net";
import type { Recorder } from "./recorder.ts";

/** How bytes are handed to the network. */
export interface Pace {
  /** Write in pieces of this many bytes, each in a turn of the event loop of its own. */
  readonly chop?: number;
  /** Write in a turn of the event loop of its own. */
  readonly alone?: boolean;
}

/** What a link reports. */
export interface LinkEvents {
  data(chunk: Buffer): void;
  /** The connection is gone, whoever ended it. Called once. */
  gone(): void;
}

/** TCP, TLS, or a stream of HTTP/2. */
export interface Link {
  /** Sends bytes in order after all that was sent before. */
  send(bytes: Buffer, pace?: Pace): void;
  /** Closes after the bytes already written have left; what waits to be written is dropped. */
  finish(): void;
  /** Drops the connection at once. */
  abort(): void;
  /** Stops reading, or goes on. */
  pause(stop: boolean): void;
}

/** Longest wait for written bytes to leave after {@link Link.finish}, in milliseconds. */
const FLUSH_WAIT = 1000;

/** Wraps a connected socket. Errors of the socket are ends of the connection, nothing more. */
export class SocketLink implements Link {
  readonly #socket: Socket;
  readonly #recorder: Recorder;
  readonly #queue: { bytes: Buffer; from: number; pace: Pace }[] = [];
  #pumping = false;
  #ended = false;
  #corked = false;

  constructor(socket: Socket, recorder: Recorder, events: LinkEvents) {
    this.#socket = socket;
    this.#recorder = recorder;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#recorder.received(chunk);
      events.data(chunk);
    });
    socket.on("error", () => {});
    // A half-closed connection is of no more use here: frames need both directions.
    socket.on("end", () => socket.destroy());
    socket.once("close", () => {
      this.#ended = true;
      events.gone();
    });
  }

  send(bytes: Buffer, pace: Pace = {}): void {
    if (this.#ended) return;
    if (this.#queue.length > 0 || pace.chop !== undefined || pace.alone) {
      this.#queue.push({ bytes, from: 0, pace });
      this.#pump();
    } else {
      this.#write(bytes, false);
    }
  }

  finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#uncork();
    this.#socket.destroySoon();
    setTimeout(() => this.#socket.destroy(), FLUSH_WAIT).unref();
  }

  abort(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  pause(stop: boolean): void {
    if (stop) this.#socket.pause();
    else this.#socket.resume();
  }

  #write(bytes: Buffer, paced: boolean): boolean {
    this.#recorder.sent(bytes, paced);
    if (!paced && !this.#corked) {
      // Frames of one turn leave together, as they do in Autobahn.
      this.#corked = true;
      this.#socket.cork();
      setImmediate(() => this.#uncork());
    }
    return this.#socket.write(bytes);
  }

  #uncork(): void {
    if (!this.#corked) return;
    this.#corked = false;
    this.#socket.uncork();
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    setImmediate(() => this.#step());
  }

  #step(): void {
    this.#uncork();
    const first = this.#queue[0];
    if (first === undefined || this.#ended) {
      this.#pumping = false;
      return;
    }
    const size = first.pace.chop ?? first.bytes.length;
    const piece = first.bytes.subarray(first.from, first.from + size);
    first.from += size;
    if (first.from >= first.bytes.length) this.#queue.shift();
    const next = () => setImmediate(() => this.#step());
    if (this.#write(piece, true)) next();
    else this.#socket.once("drain", next);
  }
}
