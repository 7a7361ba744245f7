/**
 * Waits of the judge. They count only the time in which the judge itself was awake: what has come while
 * it stood still is read before a wait runs out.
 */

/** A wait is cut into pieces of so many milliseconds. */
const PIECE = 50;
/** A piece that takes so much longer than it should says that the judge stood still, in milliseconds. */
const LATE = 20;

/** Calls `act` after so many milliseconds, unless it is ended before. */
export class Wait {
  readonly #act: () => void;
  #left: number;
  #piece = 0;
  #begun = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number, act: () => void) {
    this.#act = act;
    this.#left = ms;
    this.#next(ms);
  }

  /** It does not run out any more. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #next(ms: number): void {
    this.#piece = Math.min(ms, PIECE);
    this.#begun = performance.now();
    this.#timer = setTimeout(() => this.#passed(), this.#piece);
  }

  #passed(): void {
    const late = performance.now() - this.#begun - this.#piece > LATE;
    this.#left -= this.#piece;
    if (this.#left > 0) this.#next(this.#left);
    else if (late) this.#next(PIECE);
    else this.#act();
  }
}

/** Something that changes, and those who wait until it has become as they want it. */
export class Changes {
  readonly #looks = new Set<() => void>();

  /** Says that it has changed. */
  tell(): void {
    for (const look of [...this.#looks]) look();
  }

  /** Waits until `done`, at most so many milliseconds; false where the wait ran out. */
  until(done: () => boolean, ms: number): Promise<boolean> {
    if (done()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (inTime: boolean) => {
        wait.end();
        this.#looks.delete(look);
        resolve(inTime);
      };
      const wait = new Wait(ms, () => end(false));
      const look = () => {
        if (done()) end(true);
      };
      this.#looks.add(look);
    });
  }
}
