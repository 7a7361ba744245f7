/** In how many parts a deadline is waited for. */
const PARTS = 4;

/** Milliseconds by which a timer may be late on a machine that is merely busy. */
const LATE = 50;

/**
 * Turns of the event loop before a peer is judged. Each delivers what has arrived, and one may not be
 * enough: a socket is accepted in one turn and read in the next, and behind a name that was looked up
 * come the connection, TLS and the first bytes.
 */
const TURNS = 5;

/**
 * A time by which a peer must have done something. It judges the peer, not this side: while this process
 * is blocked by a long job, or stopped (a debugger, SIGSTOP, a frozen virtual machine), nobody reads what
 * the peer sends, and a plain `setTimeout` fires before that is read.
 *
 * So the time is waited for in four parts, one behind the other. However long this process stands still
 * within one of them, the peer keeps the parts that are left, and so at least three quarters of the time.
 * Where the last part ends late, the peer gets that lateness back, up to the whole time once more. And
 * before `onPassed` is called the event loop makes a few turns, in which what waits in the sockets is
 * delivered, so that {@link stop} may still be called.
 *
 * It holds one timer at a time, makes no closure, and holds nothing once it is stopped. Where a test fakes
 * `setImmediate` too, each turn takes a millisecond of its clock.
 *
 * ```ts
 * const deadline = new Deadline(() => socket.destroy());
 * deadline.start(10_000);
 * // … when the peer has done it:
 * deadline.stop();
 * ```
 */
export class Deadline {
  readonly #onPassed: () => void;
  readonly #holdsProcess: boolean;
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  /** When the timer is to fire, by `performance.now()`. */
  #due = 0;
  /** Milliseconds that are left behind the part that is being waited for. */
  #left = 0;
  /** Milliseconds of one part. */
  #part = 0;
  /** Milliseconds of lateness that may still be given back. */
  #grace = 0;
  #turns = 0;

  /**
   * @param onPassed called once for each {@link start} that is not followed by {@link stop}
   * @param holdsProcess whether the process is kept running for it; false where a socket does that
   */
  constructor(onPassed: () => void, holdsProcess = true) {
    this.#onPassed = onPassed;
    this.#holdsProcess = holdsProcess;
  }

  /** Whether it was started, and has neither passed nor been stopped. */
  get running(): boolean {
    return this.#timer !== undefined || this.#immediate !== undefined;
  }

  /**
   * Starts, anew where it is running already.
   *
   * @param wait milliseconds from now on, 0 for at once (but for the turns); `Infinity` for no deadline
   * @param grace milliseconds of lateness that are given back at most; give the peer's whole time where
   * `wait` is only what is left of it
   */
  start(wait: number, grace = wait): void {
    this.stop();
    if (wait === Number.POSITIVE_INFINITY) return;
    this.#grace = grace;
    this.#turns = 0;
    this.#await(wait);
  }

  /** The peer has done it, or it does not matter any more. */
  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
  }

  /** @internal */
  onTimer(): void {
    this.#timer = undefined;
    const lateness = performance.now() - this.#due;
    if (this.#left > 0) {
      this.#awaitPart();
    } else if (lateness > LATE && this.#grace > 0) {
      const more = Math.min(lateness, this.#grace);
      this.#grace -= more;
      this.#await(more);
    } else {
      this.#takeTurn();
    }
  }

  /** @internal */
  onTurn(): void {
    this.#immediate = undefined;
    if (this.#turns < TURNS) this.#takeTurn();
    else this.#onPassed();
  }

  #await(wait: number): void {
    this.#left = wait;
    this.#part = Math.ceil(wait / PARTS);
    this.#awaitPart();
  }

  #awaitPart(): void {
    const wait = Math.min(this.#part, this.#left);
    this.#left -= wait;
    this.#due = performance.now() + wait;
    this.#timer = setTimeout(onTimer, wait, this);
    if (!this.#holdsProcess) this.#timer.unref();
  }

  #takeTurn(): void {
    this.#turns++;
    // Even where it is not to hold the process: the loop would wait for something else to happen first.
    this.#immediate = setImmediate(onTurn, this);
  }
}

function onTimer(deadline: Deadline): void {
  deadline.onTimer();
}

function onTurn(deadline: Deadline): void {
  deadline.onTurn();
}
