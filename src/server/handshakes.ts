/** An opening handshake that must end in time. */
export interface Deadlined {
  /** When it is over, by performance.now(); Infinity for never. */
  readonly deadline: number;
  onDeadline(): void;
}

/**
 * The opening handshakes under way, and the one timer that watches over them: one for each, set and
 * cleared, took a twentieth of the time of a handshake (`npm run bench -- --scenario handshake`).
 */
export class Handshakes<T extends Deadlined> {
  readonly #all = new Set<T>();
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires, by performance.now(). */
  #due = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.#all.size;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#all.values();
  }

  add(handshake: T): void {
    this.#all.add(handshake);
    if (handshake.deadline < this.#due) this.#watch(handshake.deadline);
  }

  delete(handshake: T): void {
    // The timer stays: it may find nothing to do, which costs less than to clear it.
    this.#all.delete(handshake);
  }

  #watch(due: number): void {
    clearTimeout(this.#timer);
    this.#due = due;
    const wait = Math.max(Math.ceil(due - performance.now()), 1);
    // The sockets keep the process alive, not this.
    this.#timer = setTimeout(checkAll, wait, this).unref();
  }

  /** @internal */
  check(): void {
    const now = performance.now();
    this.#due = Number.POSITIVE_INFINITY;
    let next = Number.POSITIVE_INFINITY;
    for (const handshake of this.#all) {
      if (handshake.deadline <= now) handshake.onDeadline();
      else next = Math.min(next, handshake.deadline);
    }
    if (next < this.#due) this.#watch(next);
  }
}

function checkAll(handshakes: Handshakes<Deadlined>): void {
  handshakes.check();
}
