import { setImmediate } from "node:timers";
import { getHeapStatistics } from "node:v8";

/** A connection, as far as its memory goes. */
export interface BufferHolder {
  /** Bytes that wait to be sent, or to be taken by this side's program. */
  readonly held: number;
  /** Gives up the connection and what it holds, as far as that can be dropped; all of it the second time. */
  onOverBudget(limit: number): void;
}

/** After a breach so much of the limit is free again. */
const FREED = 1 / 8;

/**
 * Half of what V8 lets its heap grow to: messages that wait are strings in it or buffers beside it, and the
 * program needs room, too.
 */
export function defaultBudget(): number {
  return Math.floor(getHeapStatistics().heap_size_limit / 2);
}

/**
 * The bytes that all connections of a server together have waiting. When they are more than the limit,
 * those that hold most are closed.
 */
export class BufferBudget {
  readonly #limit: number;
  /** What was counted for each that holds anything. */
  readonly #counted = new Map<BufferHolder, number>();
  #used = 0;
  #scheduled = false;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts anew what a connection holds. */
  count(holder: BufferHolder): void {
    const { held } = holder;
    // As nearly always, behind each chunk.
    if (held === 0 && this.#counted.size === 0) return;
    const before = this.#counted.get(holder) ?? 0;
    if (held === before) return;
    this.#used += held - before;
    if (held === 0) this.#counted.delete(holder);
    else this.#counted.set(holder, held);
    if (this.#used > this.#limit) this.#schedule();
  }

  /** The connection has ended. */
  remove(holder: BufferHolder): void {
    this.#used -= this.#counted.get(holder) ?? 0;
    this.#counted.delete(holder);
  }

  /** Not at once: whoever is counted is in the middle of its work. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#relieve();
    });
  }

  #relieve(): void {
    // What was taken since it was counted does not count any more.
    for (const holder of this.#counted.keys()) this.count(holder);
    if (this.#used <= this.#limit) return;
    const largest = [...this.#counted].sort(([, one], [, other]) => other - one);
    for (const [holder] of largest) {
      if (this.#used <= this.#limit * (1 - FREED)) return;
      holder.onOverBudget(this.#limit);
      // What is being written cannot be dropped, and counts on.
      this.count(holder);
    }
  }
}
