import { now } from "../control/heartbeat.ts";

/** What is watched: a connection whose peer has yet to take what was sent. */
export interface SendWatchTarget {
  /** Whether anything waits. */
  readonly pending: boolean;
  /** A number that is another one as soon as a write has ended, and one for what is left of the present one. */
  readonly written: number;
  readonly left: number;
  /** The peer has taken nothing for too long. */
  onStalled(): void;
}

/** The time is looked at so many times within the limit. */
const CHECKS = 4;

interface Stall {
  readonly written: number;
  readonly left: number;
  readonly since: number;
}

/**
 * Gives peers up that take nothing of what waits for them: what they hold would be held for ever, however many
 * bytes they send. One timer serves all the connections of a route, and runs only while one of them waits.
 */
export class SendWatch {
  readonly #timeout: number;
  readonly #stalls = new Map<SendWatchTarget, Stall | undefined>();
  #timer: NodeJS.Timeout | undefined;
  #due = 0;

  /** @param timeout milliseconds, finite; it is found out up to a quarter of it later */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /** Something waits for the peer of `target`, which is forgotten by itself when nothing does. */
  add(target: SendWatchTarget): void {
    if (this.#stalls.has(target)) return;
    this.#stalls.set(target, undefined);
    if (this.#timer === undefined) this.#wait();
  }

  remove(target: SendWatchTarget): void {
    this.#stalls.delete(target);
  }

  /** @internal */
  checkAll(): void {
    this.#timer = undefined;
    const time = now();
    // This process may have been stopped: its peers have not been slow meanwhile.
    const late = time - this.#due > this.#timeout / CHECKS;
    for (const [target, stall] of this.#stalls) {
      if (!target.pending) this.#stalls.delete(target);
      else if (late || stall === undefined || hasTaken(target, stall)) {
        const { written, left } = target;
        this.#stalls.set(target, { written, left, since: time });
      } else if (time - stall.since >= this.#timeout) {
        this.#stalls.delete(target);
        target.onStalled();
      }
    }
    if (this.#stalls.size > 0) this.#wait();
  }

  #wait(): void {
    const wait = Math.ceil(this.#timeout / CHECKS);
    this.#due = now() + wait;
    this.#timer = setTimeout(check, wait, this);
    this.#timer.unref();
  }
}

function hasTaken(target: SendWatchTarget, stall: Stall): boolean {
  return target.written !== stall.written || target.left !== stall.left;
}

function check(watch: SendWatch): void {
  watch.checkAll();
}
