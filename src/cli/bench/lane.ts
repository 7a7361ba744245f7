/** One connection of a load: what it has sent and what has come back. */

import type { Connection } from "../../index.ts";

/** A connection, and its place in the schedule. */
export class Lane {
  readonly ws: Connection;
  readonly index: number;
  /** Messages sent, in the order of their numbers from 0. */
  sent = 0;
  /** Messages that came back, in the same order. */
  received = 0;
  /** Messages whose time has come, sent or not. */
  scheduled = 0;
  /** Messages that came before anything was sent, and were passed over. */
  skipped = 0;
  /** Whether it has ended before its time. */
  lost = false;
  /** When the messages under way were sent, by their number modulo the length. */
  readonly #sentAt: Float64Array;

  /** @param depth messages that may be under way */
  constructor(ws: Connection, index: number, depth: number) {
    this.ws = ws;
    this.index = index;
    this.#sentAt = new Float64Array(depth);
  }

  /** Messages under way. */
  get underWay(): number {
    return this.sent - this.received;
  }

  /** Remembers when the next message is sent. */
  markSent(time: number): void {
    this.#sentAt[this.sent % this.#sentAt.length] = time;
    this.sent += 1;
  }

  /** When a message that is under way was sent. */
  sentAt(number: number): number {
    return this.#sentAt[number % this.#sentAt.length]!;
  }
}
