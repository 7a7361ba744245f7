/** Most addresses that are remembered; beyond it the one that came longest ago is forgotten. */
const MOST_ADDRESSES = 65_536;

/**
 * How many new connections a second each address may open, counted by a bucket of tokens each: as many as
 * make a second (at least one) at once, then one whenever there is time for it.
 *
 * It keeps one number per address: when its bucket will be full again. An address whose bucket is full is
 * as good as one that never came, and is forgotten a little later.
 */
export class ConnectionRate {
  /** Milliseconds that make a token. */
  readonly #interval: number;
  /** Milliseconds that make a full bucket. */
  readonly #full: number;
  /** When each bucket will be full again, by the clock of {@link take}; who came last stands last. */
  readonly #fullAt = new Map<string, number>();

  /** @param perSecond more than 0 */
  constructor(perSecond: number) {
    this.#interval = 1000 / perSecond;
    this.#full = Math.max(1000, this.#interval);
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#fullAt.size;
  }

  /**
   * Takes a token from the bucket of an address.
   *
   * @param now in milliseconds, by any clock
   * @returns false where there is none
   */
  take(address: string, now = performance.now()): boolean {
    this.#forget(now);
    const fullAt = Math.max(this.#fullAt.get(address) ?? now, now) + this.#interval;
    // Rounding must not cost the last token of a bucket.
    const taken = fullAt - now <= this.#full + 1e-6;
    if (taken) {
      this.#fullAt.delete(address);
      this.#fullAt.set(address, fullAt);
    }
    return taken;
  }

  /** Two each time, so that they go faster than they can come. */
  #forget(now: number): void {
    let looked = 0;
    for (const [address, fullAt] of this.#fullAt) {
      const crowded = this.#fullAt.size > MOST_ADDRESSES - 1;
      if (looked++ === 2 || !(crowded || fullAt <= now)) return;
      this.#fullAt.delete(address);
    }
  }
}
