/** A bucket that fills at a steady rate up to what comes in a second. */
class Bucket {
  readonly #rate: number;
  #left: number;

  /** @param rate a second; Infinity for a bucket that is always full */
  constructor(rate: number) {
    this.#rate = rate;
    this.#left = rate;
  }

  fill(milliseconds: number): void {
    if (this.#rate === Number.POSITIVE_INFINITY) return;
    this.#left = Math.min(this.#rate, this.#left + (this.#rate * milliseconds) / 1000);
  }

  take(count: number): void {
    this.#left -= count;
  }

  /** Milliseconds until it is not overdrawn any more. */
  get wait(): number {
    return this.#left >= 0 ? 0 : (-this.#left / this.#rate) * 1000;
  }
}

/** How much a peer may send in a second, in the long run; it may send as much at once. */
export class RateLimit {
  readonly #messages: Bucket;
  readonly #bytes: Bucket;
  #time: number;

  /** @param time milliseconds, as for {@link take} */
  constructor(messagesPerSecond: number, bytesPerSecond: number, time: number) {
    this.#messages = new Bucket(messagesPerSecond);
    this.#bytes = new Bucket(bytesPerSecond);
    this.#time = time;
  }

  /**
   * Counts what has come.
   *
   * @returns milliseconds for which nothing more should come; 0 while the rates are kept
   */
  take(messages: number, bytes: number, time: number): number {
    this.#messages.fill(time - this.#time);
    this.#bytes.fill(time - this.#time);
    this.#time = time;
    this.#messages.take(messages);
    this.#bytes.take(bytes);
    return Math.max(this.#messages.wait, this.#bytes.wait);
  }
}
