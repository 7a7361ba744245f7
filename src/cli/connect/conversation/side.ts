/** What is at this end of a conversation: a terminal, a pipe, a child process. */

import type { Connection } from "../../../index.ts";

/** A message to send, or something else to do with the connection (a slash command). */
export type Outgoing = string | Buffer | ((ws: Connection) => void | Promise<void>);

/** This end of a conversation. */
export interface Side {
  /**
   * What is to be sent next; undefined when there will be no more. It stays the same until
   * {@link taken} is called, so that nothing is lost with a connection that ends meanwhile.
   */
  next(): Promise<Outgoing | undefined>;
  /** What {@link next} gave has been sent. */
  taken(): void;
  /** A message has come; the next one is delivered when this is done. */
  receive(message: string | Buffer): void | Promise<void>;
}

/** The next item of an iteration, which stays the next one until it is taken. */
export class Upcoming<T> {
  readonly #items: AsyncIterator<T>;
  #next: Promise<T | undefined> | undefined;

  constructor(items: AsyncIterable<T>) {
    this.#items = items[Symbol.asyncIterator]();
  }

  /** The next item, undefined at the end. */
  next(): Promise<T | undefined> {
    this.#next ??= this.#items.next().then(({ done, value }) => (done ? undefined : value));
    return this.#next;
  }

  /** From now on {@link next} is the one behind. */
  taken(): void {
    this.#next = undefined;
  }
}
