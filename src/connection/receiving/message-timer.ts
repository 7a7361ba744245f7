import { Deadline } from "../../socket/deadline.ts";

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
  readonly #deadline = new Deadline(() => this.#check(), false);

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
    if (!this.#deadline.running) this.#deadline.start(this.#limit);
  }

  /** This side reads on after it did not: the peer has all the time again. */
  onReadOn(): void {
    if (this.#since !== undefined) this.#since = performance.now();
  }

  stop(): void {
    this.#since = undefined;
    this.#deadline.stop();
  }

  #check(): void {
    if (this.#since === undefined) return;
    const left = this.#since + this.#limit - performance.now();
    if (this.#target.isHeld()) this.#deadline.start(this.#limit);
    else if (left > 0) this.#deadline.start(left, this.#limit);
    else this.#target.onTimeout();
  }
}
