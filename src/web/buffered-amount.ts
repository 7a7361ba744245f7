import { type Flushable, turn } from "../connection/turn.ts";
import type { WebEndpoint } from "./endpoint.ts";

/** What is asked of an endpoint. */
export interface BufferedEndpoint {
  readonly sender: Pick<WebEndpoint["sender"], "busy" | "whenWritten">;
  readonly output: Pick<WebEndpoint["output"], "taken">;
}

/**
 * Bytes of messages that were given to `send()` and have not been handed to the system, without the framing. What
 * was sent in one turn of the event loop is counted as a whole, and until the end of that turn in any case.
 */
export class BufferedAmount implements Flushable {
  #endpoint: BufferedEndpoint | undefined;
  /** Sent in this turn. */
  #gathered = 0;
  /** Sent before, and not written as yet. */
  #waiting = 0;
  /** Known to be written, which has not been told as yet. */
  #untold = 0;
  /** What can be sent no more, and so is never handed to the system. */
  #lost = 0;

  get bytes(): number {
    return this.#gathered + this.#waiting + this.#lost;
  }

  /** Counts what was sent on a connection. */
  sent(bytes: number, endpoint: BufferedEndpoint): void {
    if (bytes === 0) return;
    this.#endpoint = endpoint;
    if (this.#gathered === 0) turn.flushLater(this);
    this.#gathered += bytes;
  }

  /** Counts what can be sent no more. */
  lost(bytes: number): void {
    this.#lost += bytes;
  }

  /**
   * Looks what the system has already. A message may answer what was sent, and come before the end of the write is
   * told: whoever gets it is not to see that as waiting.
   */
  update(): void {
    if (this.#waiting === 0 || this.#endpoint === undefined) return;
    const { sender, output } = this.#endpoint;
    if (sender.busy || !output.taken) return;
    this.#untold += this.#waiting;
    this.#waiting = 0;
  }

  /** @internal The turn ends. */
  flush(): void {
    const batch = this.#gathered;
    this.#gathered = 0;
    this.#waiting += batch;
    this.#endpoint?.sender.whenWritten((error) => {
      // "The number does not reset to zero once the connection closes."
      if (error === undefined) this.#written(batch);
    });
  }

  /** The writes end in their order. */
  #written(batch: number): void {
    const known = Math.min(this.#untold, batch);
    this.#untold -= known;
    this.#waiting -= batch - known;
  }
}
