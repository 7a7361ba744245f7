/** A promise, and how it is settled. */
export class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (error: unknown) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });

  constructor() {
    // Nobody has to wait for it: a rejection that nobody handles would end the process.
    this.promise.catch(() => {});
  }
}
