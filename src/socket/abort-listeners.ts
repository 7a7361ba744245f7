/** One listener of an `AbortSignal` for all who wait for it, however many they are. */

const waiting = new WeakMap<AbortSignal, AbortListeners>();

/**
 * Calls `listener` once when `signal` is aborted. It must not be aborted yet.
 *
 * A signal may be shared by thousands of calls, that of a shutdown for example. A listener of its own
 * for each would make Node warn of a leak at the eleventh.
 */
export function addAbortListener(signal: AbortSignal, listener: () => void): void {
  let listeners = waiting.get(signal);
  if (listeners === undefined) {
    listeners = new AbortListeners(signal);
    waiting.set(signal, listeners);
  }
  listeners.add(listener);
}

/** Undoes {@link addAbortListener}. The last one to go leaves nothing behind at the signal. */
export function removeAbortListener(signal: AbortSignal, listener: () => void): void {
  waiting.get(signal)?.remove(listener);
}

class AbortListeners {
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(listener: () => void): void {
    if (this.#listeners.size === 0) this.#signal.addEventListener("abort", this.#onAbort);
    this.#listeners.add(listener);
  }

  remove(listener: () => void): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0) {
      this.#signal.removeEventListener("abort", this.#onAbort);
    }
  }

  readonly #onAbort = (): void => {
    this.#signal.removeEventListener("abort", this.#onAbort);
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  };
}
