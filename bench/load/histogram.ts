/** Counts of times, from which percentiles are told to 1 %. */

/** In µs. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** Each bound is so much above the one before. */
const STEP = 1.01;
const LOG_STEP = Math.log(STEP);
/** In µs; what takes less or more is counted at the end that it is beyond. */
const LEAST = 0.1;
const MOST = 60e6;

/** Times of any number in constant memory. */
export class Histogram {
  readonly #counts = new Uint32Array(Math.ceil(Math.log(MOST / LEAST) / LOG_STEP) + 1);
  #total = 0;

  /** @param time in µs */
  add(time: number): void {
    const at = Math.floor(Math.log(Math.max(time, LEAST) / LEAST) / LOG_STEP);
    this.#counts[Math.min(at, this.#counts.length - 1)]! += 1;
    this.#total += 1;
  }

  /** Forgets all. */
  clear(): void {
    this.#counts.fill(0);
    this.#total = 0;
  }

  /** Undefined before anything was added. */
  percentiles(): Percentiles | undefined {
    if (this.#total === 0) return undefined;
    return { p50: this.#at(0.5), p99: this.#at(0.99), p999: this.#at(0.999) };
  }

  /** The middle of the step in which the share `quantile` of all times is reached. */
  #at(quantile: number): number {
    const wanted = Math.max(1, Math.ceil(quantile * this.#total));
    let seen = 0;
    for (const [i, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= wanted) return LEAST * STEP ** (i + 0.5);
    }
    return MOST;
  }
}
