/** Messages that are sent one after the other, each when the one before it has come back. */
import type { Scale, Series } from "../case.ts";
import type { Exchange } from "../observation.ts";
import { closePayload, OPCODE } from "../wire/frame.ts";
import type { Peer } from "./peer.ts";

/** A series under way on one connection. */
export class Echoes {
  readonly #peer: Peer;
  readonly #series: Series;
  readonly #source: Iterator<Buffer, never>;
  readonly #wanted: number;
  readonly #stall: number | undefined;
  #cameBack = 0;
  #fault: string | undefined;
  #late: number | undefined;
  #sent: Buffer = Buffer.alloc(0);
  #over = false;

  /** `stall` is how many milliseconds nothing may move. */
  constructor(peer: Peer, series: Series, scale: Scale, stall?: number) {
    this.#peer = peer;
    this.#stall = stall;
    this.#series = series;
    this.#source = series.messages();
    this.#wanted = series.count(scale);
  }

  /** What came of it so far. */
  get exchange(): Exchange {
    return {
      wanted: this.#wanted,
      cameBack: this.#cameBack,
      ...(this.#fault === undefined ? {} : { fault: this.#fault }),
      ...(this.#late === undefined ? {} : { late: this.#late }),
    };
  }

  /** Sends the first message. */
  start(): void {
    const { seconds } = this.#series;
    if (seconds !== undefined) this.#peer.later(seconds * 1000, () => this.#giveUp(seconds));
    if (this.#stall !== undefined) this.#watch(this.#stall, this.#moved());
    this.#next();
  }

  /** Bytes that have left or come: what grows while anything moves. */
  #moved(): number {
    return this.#peer.got.wireOctets - this.#peer.waiting;
  }

  #watch(stall: number, before: number): void {
    this.#peer.later(stall, () => {
      const now = this.#moved();
      if (now === before) this.#giveUp(stall / 1000);
      else if (!this.#over) this.#watch(stall, now);
    });
  }

  #giveUp(seconds: number): void {
    if (this.#over) return;
    this.#late = seconds;
    this.#peer.waited = true;
    this.#over = true;
    this.#peer.close(closePayload());
  }

  /** Compares what came with what was sent. */
  message(got: Buffer, binary: boolean): void {
    // Once the judge closes, it has decided: what still comes cannot mend it.
    if (this.#over || this.#peer.closedByMe) return;
    this.#fault = this.#faultOf(got, binary);
    if (this.#fault === undefined) this.#cameBack++;
    if (this.#fault === undefined && this.#cameBack < this.#wanted) {
      this.#next();
      return;
    }
    this.#over = true;
    this.#peer.close(closePayload(1000));
  }

  #next(): void {
    const { binary, fragment, plain } = this.#series;
    this.#sent = this.#source.next().value;
    if (plain === undefined || fragment > 0) {
      this.#peer.message(this.#sent, binary, fragment);
      return;
    }
    const opcode = binary ? OPCODE.binary : OPCODE.text;
    this.#peer.frame({ opcode, payload: this.#sent }, plain);
  }

  /** Autobahn looks at the length only in section 9; an echo of other bytes is no echo. */
  #faultOf(got: Buffer, binary: boolean): string | undefined {
    const which = this.#wanted === 1 ? "the message" : `message ${this.#cameBack + 1}`;
    if (binary !== this.#series.binary) return `${which} came back with the other type`;
    const sent = this.#sent;
    if (got.length !== sent.length) {
      return `${which} came back with ${got.length} bytes, not ${sent.length}`;
    }
    return got.equals(sent) ? undefined : `${which} came back with other bytes`;
  }
}
