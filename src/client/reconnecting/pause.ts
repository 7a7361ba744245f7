/** The time without a connection: waiting for the next attempt, and how long it has been. */

import { LONGEST_TIMER } from "../../options/checks.ts";
import { addAbortListener, removeAbortListener } from "../../socket/abort-listeners.ts";
import { networkWatch } from "./network-watch.ts";

/** Waits for the next attempt, which may be made before its time. */
export class Pause {
  #wake: (() => void) | undefined;

  /** Ends the waiting, where there is any. */
  wake(): void {
    this.#wake?.();
  }

  /**
   * Resolves when the time is over, at {@link wake}, or when the network seems to be back.
   *
   * @param heedNetwork false where the server has asked to be left alone
   * @throws the signal's reason when it is aborted
   */
  async wait(milliseconds: number, signal: AbortSignal, heedNetwork: boolean): Promise<void> {
    signal.throwIfAborted();
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, Math.min(milliseconds, LONGEST_TIMER));
      addAbortListener(signal, resolve);
      if (heedNetwork) networkWatch.add(resolve);
    }).finally(() => {
      clearTimeout(timer);
      if (this.#wake !== undefined) {
        removeAbortListener(signal, this.#wake);
        networkWatch.remove(this.#wake);
      }
      this.#wake = undefined;
    });
    signal.throwIfAborted();
  }
}

/** The time since a connection has ended, by both clocks: one may have stood still, the other been set. */
export class Outage {
  readonly #running = performance.now();
  readonly #wall = Date.now();

  /** Milliseconds, rather too many than too few. */
  get duration(): number {
    return Math.round(Math.max(performance.now() - this.#running, Date.now() - this.#wall));
  }
}
