/** What two entries share. */
export class Shared {
  readonly #secret = 1;

  /** Whether another one is like this. */
  equals(other: Shared): boolean {
    return this.#secret === other.#secret;
  }
}
