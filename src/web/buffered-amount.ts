import { type Flushable, turn } from "../connection/turn.ts";
import type { WebEndpoint } from "./endpoint.ts";

/**
 * Bytes of messages that were given to `send()` and have not been handed to the system, without the framing. What
 * was sent in one turn of the event loop is counted as a whole, and until the end of that turn in any case.
 */
export class BufferedAmount implements Flushable {
  #endpoint: WebEndpoint | undefined;
  /** Sent in this turn. */
  #gathered = 0;
  /** Sent before, and not written as yet. */
  #waiting = 0;

  get bytes(): number {
    return this.#gathered + this.#waiting;
  }

  /** Counts what was sent on a connection. */
  sent(bytes: number, endpoint: WebEndpoint): void {
    if (bytes === 0) return;
    this.#endpoint = endpoint;
    if (this.#gathered === 0) turn.flushLater(this);
    this.#gathered += bytes;
  }

  /** Counts what can be sent no more, and so is never handed to the system. */
  lost(bytes: number): void {
    this.#waiting += bytes;
  }

  /** @internal The turn ends. */
  flush(): void {
    const batch = this.#gathered;
    this.#gathered = 0;
    this.#waiting += batch;
    this.#endpoint?.sender.whenWritten((error) => {
      // "The number does not reset to zero once the connection closes."
      if (error === undefined) this.#waiting -= batch;
    });
  }
}
