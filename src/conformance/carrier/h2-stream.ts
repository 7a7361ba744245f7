/** A stream of HTTP/2 in the place of a TCP connection (RFC 8441 §5). */
import { ERROR } from "../http2/frame.ts";
import type { Session } from "../http2/session.ts";
import type { Stream } from "../http2/stream.ts";
import type { Carrier, CarrierEvents, Pace } from "./carrier.ts";

/** Longest wait for the testee's END_STREAM after {@link StreamCarrier.finish}, in milliseconds. */
const END_WAIT = 1000;

/** END_STREAM is the orderly end of TCP here, RST_STREAM with CANCEL its reset. */
export class StreamCarrier implements Carrier {
  readonly #session: Session;
  readonly #stream: Stream;
  readonly #events: CarrierEvents;
  #ended = false;
  #gone = false;

  constructor(session: Session, stream: Stream, events: CarrierEvents) {
    this.#session = session;
    this.#stream = stream;
    this.#events = events;
  }

  /** Begins to pass on what came and what will come. */
  start(): void {
    this.#stream.consume({
      data: (chunk) => this.#events.data(chunk),
      gone: () => this.#onOver(),
    });
  }

  get waiting(): number {
    return this.#stream.waiting;
  }

  send(bytes: Buffer, pace: Pace = {}): void {
    if (!this.#ended) this.#stream.send(bytes, pace);
  }

  finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stream.forget();
    this.#stream.end();
    setTimeout(() => this.#cancel(), END_WAIT).unref();
  }

  abort(): void {
    this.#ended = true;
    this.#cancel();
  }

  pause(stop: boolean): void {
    this.#session.pause(stop);
  }

  #cancel(): void {
    if (this.#gone) return;
    this.#stream.reset(ERROR.cancel);
    this.#leave();
  }

  #onOver(): void {
    if (!this.#ended) {
      this.#ended = true;
      this.#stream.forget();
      this.#stream.end();
    }
    this.#leave();
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    // Not from within a call of the case, as the end of a socket is not either.
    setImmediate(() => this.#events.gone(this.#stream.resetCode !== undefined));
  }
}
