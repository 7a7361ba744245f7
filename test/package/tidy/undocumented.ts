/** What tidy.test.ts shows its rules: everything that a comment can lack. */

/** Limits. */
export interface LimitOptions {
  bare?: string;
  /** A size. Default 1. */
  size?: number;
  /** Most bytes. */
  bytes?: number;
  /** Whether it is strict. */
  strict?: boolean;
  /** Milliseconds. Default 1000. */
  right?: number;
}

/** Throws. */
export class Thrower {
  #secret = 1;
  /** Acts. */
  act(): void {
    if (this.#secret > 0) throw new Error();
  }
  /** Acts, or throws an Error. */
  right(): void {
    throw new Error();
  }
  /** @internal */
  hidden(): number {
    return 1;
  }
}

/** Ends. */
export function fail(): never {
  throw new Error();
}

/** Waits. @throws Error always */
export function right(): never {
  throw new Error();
}

export class Bare {}
