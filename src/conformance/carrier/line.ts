/** A connection whose reader changes: first the opening handshake, then the case. */
import type { Socket } from "node:net";
import type { Recorder } from "../wire/recorder.ts";
import type { Carrier, CarrierEvents } from "./carrier.ts";
import { TcpCarrier } from "./tcp.ts";

/** A carrier and what came of it that nobody has read yet. */
export class Line {
  readonly carrier: Carrier;
  #to: CarrierEvents | undefined;
  #kept: Buffer[] = [];
  #gone: { readonly reset: boolean } | undefined;

  constructor(make: (events: CarrierEvents) => Carrier) {
    this.carrier = make({
      data: (chunk) => {
        if (this.#to === undefined) this.#kept.push(chunk);
        else this.#to.data(chunk);
      },
      gone: (reset) => {
        this.#gone = { reset };
        this.#to?.gone(reset);
      },
    });
  }

  /** A line over a connected socket. */
  static over(socket: Socket, recorder: Recorder): Line {
    return new Line((events) => new TcpCarrier(socket, recorder, events));
  }

  /** Hands what came, and what will come, to `events`. */
  listen(events: CarrierEvents): void {
    this.#to = events;
    for (const chunk of this.#kept.splice(0)) events.data(chunk);
    if (this.#gone !== undefined) events.gone(this.#gone.reset);
  }

  /** Nobody reads for now: what comes is kept, behind `rest`. */
  hold(rest: Buffer): void {
    this.#to = undefined;
    if (rest.length > 0) this.#kept.push(rest);
  }
}
