/** How many cases run side by side: as many as the testee can take without getting slow. */

/** An opening handshake that takes longer than this says that there is too much at once, in ms. */
const SLOW = 250;
/** One that takes less than this leaves room for more. */
const FAST = 60;
/** Fast handshakes in a row before one more case runs. */
const PATIENCE = 16;

/** Adapts to a slow testee: half as many cases after a slow handshake, one more after many fast ones. */
export class Jobs {
  readonly #most: number;
  #width: number;
  #fast = 0;

  constructor(most: number) {
    this.#most = most;
    this.#width = most;
  }

  /** Cases that may run now. */
  get width(): number {
    return this.#width;
  }

  /** Milliseconds from a connection to its open WebSocket; `undefined` where none opened. */
  note(opened: number | undefined): void {
    if (opened === undefined) return;
    if (opened > SLOW) {
      this.#width = Math.max(1, Math.floor(this.#width / 2));
      this.#fast = 0;
    } else if (opened > FAST || this.#width === this.#most) {
      this.#fast = 0;
    } else if (++this.#fast >= PATIENCE) {
      this.#width++;
      this.#fast = 0;
    }
  }
}
