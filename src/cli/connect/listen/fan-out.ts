/** One input for many connections: what is typed goes to all of them. */

import type { Outgoing, Side, Upcoming } from "../conversation/side.ts";

/** What one of the connections gets: its part of a {@link FanOut}. */
class Branch implements Side {
  readonly #receive: (message: string | Buffer) => void | Promise<void>;
  #offered: Promise<Outgoing | undefined>;
  #offer: (outgoing: Outgoing | undefined) => void = () => {};
  #onTaken: () => void = () => {};

  constructor(receive: (message: string | Buffer) => void | Promise<void>) {
    this.#receive = receive;
    this.#offered = this.#empty();
  }

  #empty(): Promise<Outgoing | undefined> {
    return new Promise((resolve) => {
      this.#offer = resolve;
    });
  }

  /** Offers the next item; resolves when it has been taken, or never will be. */
  offer(outgoing: Outgoing): Promise<void> {
    return new Promise((resolve) => {
      this.#onTaken = resolve;
      this.#offer(outgoing);
    });
  }

  /** There is nothing more. */
  finish(): void {
    this.#offer(undefined);
  }

  /** The connection has ended. */
  end(): void {
    this.#onTaken();
  }

  next(): Promise<Outgoing | undefined> {
    return this.#offered;
  }

  taken(): void {
    this.#offered = this.#empty();
    this.#onTaken();
  }

  receive(message: string | Buffer): void | Promise<void> {
    return this.#receive(message);
  }
}

/**
 * Gives each item of an input to all connections that there are at the time. While there is none, the
 * input waits; and it waits for the slowest.
 */
export class FanOut {
  readonly #branches = new Set<Branch>();
  #onBranch: () => void = () => {};
  #hasEnded = false;

  /** A part for one connection. @returns the part, and what is to be called when that has ended */
  branch(receive: (message: string | Buffer) => void | Promise<void>): {
    readonly side: Side;
    readonly end: () => void;
  } {
    const branch = new Branch(receive);
    this.#branches.add(branch);
    if (this.#hasEnded) branch.finish();
    this.#onBranch();
    const end = (): void => {
      this.#branches.delete(branch);
      branch.end();
    };
    return { side: branch, end };
  }

  /**
   * Distributes an input; resolves when that has ended and everybody has the last of it.
   *
   * @param onHeld called when there is something, and nobody to get it
   */
  async pour(input: Upcoming<Outgoing>, onHeld: () => void): Promise<void> {
    for (;;) {
      await this.#somebody();
      const outgoing = await input.next();
      if (outgoing === undefined) break;
      // Everybody may have left while it was waited for.
      if (this.#branches.size === 0) onHeld();
      await this.#somebody();
      await Promise.all([...this.#branches].map((branch) => branch.offer(outgoing)));
      input.taken();
    }
    this.#hasEnded = true;
    for (const branch of this.#branches) branch.finish();
  }

  /** Waits until there is a connection. */
  async #somebody(): Promise<void> {
    while (this.#branches.size === 0) {
      await new Promise<void>((resolve) => {
        this.#onBranch = resolve;
      });
    }
  }
}
