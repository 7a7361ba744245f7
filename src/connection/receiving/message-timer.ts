/** What the timer asks and tells its connection. */
export interface MessageTimerTarget {
  /** Whether this side does not read at the moment, so that the peer cannot end its message. */
  isHeld(): boolean;
  onTimeout(): void;
}

/**
 * Bounds the time from the first byte of a message to its last. Under load nearly every chunk
 * ends within a message, so no timer is set and cleared per message: one that is running looks at
 * the time at which the present message began.
 */
export class MessageTimer {
  readonly #limit: number;
  readonly #target: MessageTimerTarget;
  /** When the incomplete message began; undefined if the next incomplete one is another. */
  #since: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @param limit milliseconds */
  constructor(limit: number, target: MessageTimerTarget) {
    this.#limit = limit;
    this.#target = target;
  }

  /** A message was completed. */
  onMessage(): void {
    this.#since = undefined;
  }

  /** A chunk has been parsed and ended between two frames, with no message begun. */
  onIdle(): void {
    this.#since = undefined;
  }

  /** A chunk has been parsed and ended within a message. */
  onIncomplete(): void {
    this.#since ??= performance.now();
    this.#timer ??= setTimeout(check, this.#limit, this);
  }

  /** This side reads on after it did not: the peer has all the time again. */
  onReadOn(): void {
    if (this.#since !== undefined) this.#since = performance.now();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** @internal */
  check(): void {
    this.#timer = undefined;
    if (this.#since === undefined) return;
    const left = this.#since + this.#limit - performance.now();
    if (this.#target.isHeld()) this.#timer = setTimeout(check, this.#limit, this);
    else if (left > 0) this.#timer = setTimeout(check, Math.ceil(left), this);
    else this.#target.onTimeout();
  }
}

function check(timer: MessageTimer): void {
  timer.check();
}
