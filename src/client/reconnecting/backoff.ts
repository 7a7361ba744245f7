/** How long to wait before the next attempt. */

/** The rules by which delays grow. */
export interface BackoffRules {
  /** Milliseconds up to which the first delay goes. */
  readonly firstDelay: number;
  /** Milliseconds that no delay goes beyond. */
  readonly maxDelay: number;
  /** By how much each delay is longer than the one before, at least 1. */
  readonly delayFactor: number;
  /** `"full"`: each delay is anything from 0 to its limit. `"none"`: it is the limit. */
  readonly jitter: "full" | "none";
}

/**
 * Truncated exponential backoff with full jitter. RFC 6455 §7.2.3: the first delay is random, and later ones
 * grow. When a server goes away all its clients see it in the same moment: with delays that are the same for
 * all they would come back in the same moment too, again and again.
 */
export class Backoff {
  readonly #rules: BackoffRules;
  readonly #random: () => number;
  #delays = 0;

  /** @param random a number from 0 to 1 (exclusive), another one each time */
  constructor(rules: BackoffRules, random: () => number) {
    this.#rules = rules;
    this.#random = random;
  }

  /** How many delays there were since the last {@link reset}. */
  get delays(): number {
    return this.#delays;
  }

  /**
   * Milliseconds until the next attempt.
   *
   * @param asked milliseconds that the server wants to be left alone for. Where there is jitter it comes on
   * top of that: all clients are told the same.
   */
  next(asked = 0): number {
    const { firstDelay, maxDelay, delayFactor, jitter } = this.#rules;
    const limit = Math.min(maxDelay, firstDelay * delayFactor ** this.#delays++);
    return jitter === "none" ? Math.max(asked, limit) : asked + this.#random() * limit;
  }

  /** A connection has lasted: what comes now is a new failure. */
  reset(): void {
    this.#delays = 0;
  }
}
