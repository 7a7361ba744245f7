import { Deadline } from "../../socket/deadline.ts";

/** What stands between the accept of a socket and its connection, and must be over in time. */
export interface Stage {
  /** When it must be over, by performance.now(); Infinity for never. */
  readonly deadline: number;
  /** It is not over in time. */
  onDeadline(): void;
  /** The server is shut down. */
  onShutdown(): void;
}

/**
 * The opening handshakes under way, and the one timer that watches over them: one for each, set and
 * cleared, took a twentieth of the time of a handshake (`npm run bench -- --scenario handshake`).
 */
export class Openings {
  readonly #all = new Set<Stage>();
  /** The whole time of an opening handshake, in milliseconds. */
  readonly #timeout: number;
  // The sockets keep the process alive, not this.
  readonly #timer = new Deadline(() => this.#check(), false);
  /** When the timer fires, by performance.now(). */
  #due = Number.POSITIVE_INFINITY;

  /** @param timeout milliseconds that an opening handshake may take */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /** When one that begins now must be over, by performance.now(). */
  get deadline(): number {
    return performance.now() + this.#timeout;
  }

  get size(): number {
    return this.#all.size;
  }

  add(stage: Stage): void {
    this.#all.add(stage);
    if (stage.deadline < this.#due) this.#watch(stage.deadline);
  }

  delete(stage: Stage): void {
    // The timer stays: it may find nothing to do, which costs less than to stop it.
    this.#all.delete(stage);
  }

  /** Tells all of them that the server is shut down. */
  shutDown(): void {
    for (const stage of this.#all) stage.onShutdown();
  }

  #watch(due: number): void {
    this.#due = due;
    this.#timer.start(Math.max(due - performance.now(), 0), this.#timeout);
  }

  #check(): void {
    const now = performance.now();
    this.#due = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const stage of this.#all) {
      if (stage.deadline <= now) stage.onDeadline();
      else next = Math.min(next, stage.deadline);
    }
    if (next < this.#due) this.#watch(next);
  }
}
