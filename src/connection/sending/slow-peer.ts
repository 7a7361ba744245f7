/** What there is to remember of a peer that does not keep up. */
export class SlowPeer {
  /** Messages that were dropped because the buffer was full. */
  dropped = 0;
  /** The Pong that it is owed: the one to its most recent Ping (RFC 6455 §5.5.3). */
  owedPong: Buffer | undefined;
  /** Settled once nothing waits, when the user is told; undefined while nobody waits for that. */
  drained: Promise<void> | undefined;
  #empty: Promise<void> | undefined;
  #resolve: (() => void) | undefined;
  #reject: ((error: Error) => void) | undefined;

  /** Whether somebody waits for {@link empty}. */
  get awaited(): boolean {
    return this.#empty !== undefined;
  }

  /** Resolves when all bytes are with the system; rejects if the connection ends before. */
  get empty(): Promise<void> {
    if (this.#empty === undefined) {
      this.#empty = new Promise((resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      });
      // Nobody has to await it: a rejection that nobody handles would end the process.
      this.#empty.catch(() => {});
    }
    return this.#empty;
  }

  onEmpty(): void {
    this.#resolve?.();
    this.#forget();
  }

  /** The connection has ended. */
  end(error: Error): void {
    this.#reject?.(error);
    this.#forget();
  }

  #forget(): void {
    this.#empty = undefined;
    this.#resolve = undefined;
    this.#reject = undefined;
  }
}
