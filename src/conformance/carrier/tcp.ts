/** A connected socket as a carrier. */
import type { Socket } from "node:net";
import type { Recorder } from "../wire/recorder.ts";
import type { Carrier, CarrierEvents, Pace } from "./carrier.ts";

/** Longest wait for written bytes to leave after {@link Carrier.finish}, in milliseconds. */
const FLUSH_WAIT = 1000;

/** Wraps a connected socket. Errors of the socket are ends of the connection, nothing more. */
export class TcpCarrier implements Carrier {
  readonly #socket: Socket;
  readonly #recorder: Recorder;
  readonly #queue: { bytes: Buffer; from: number; pace: Pace }[] = [];
  #pumping = false;
  #ended = false;
  #corked = false;

  constructor(socket: Socket, recorder: Recorder, events: CarrierEvents) {
    this.#socket = socket;
    this.#recorder = recorder;
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => {
      this.#recorder.received(chunk);
      events.data(chunk);
    });
    let reset = false;
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // A reset behind which something is written is seen as EPIPE.
      reset ||= error.code === "ECONNRESET" || error.code === "EPIPE";
    });
    // A half-closed connection is of no more use here: frames need both directions.
    socket.on("end", () => socket.destroy());
    socket.once("close", () => {
      this.#ended = true;
      events.gone(reset);
    });
  }

  get waiting(): number {
    return (
      this.#queue.reduce((sum, { bytes, from }) => sum + bytes.length - from, 0) +
      this.#socket.writableLength
    );
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
