/** Ctrl-C, SIGTERM and `/quit`: how somebody leaves. */

/** What is to be ended. */
export interface Leavable {
  /** Politely. */
  close(): void;
  /** At once. */
  terminate(): void;
}

/** Whether the user wants to leave. The first time politely, the second time at once. */
export class Leaving {
  readonly #controller = new AbortController();
  readonly #subjects = new Set<Leavable>();

  constructor() {
    process.on("SIGINT", this.interrupt);
    process.on("SIGTERM", this.interrupt);
  }

  /** Aborted when the user wants to leave, for whatever can be aborted. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the user wants to leave. */
  get asked(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Closes what is open; a second call does not wait for anybody. */
  readonly interrupt = (): void => {
    const isAgain = this.asked;
    for (const subject of this.#subjects) isAgain ? subject.terminate() : subject.close();
    this.#controller.abort();
  };

  /** Nothing is to follow what is being closed already. */
  follow(): void {
    this.#controller.abort();
  }

  /** From now on, {@link interrupt} ends `subject` too. @returns ends that */
  watch(subject: Leavable): () => void {
    this.#subjects.add(subject);
    if (this.asked) subject.close();
    return () => void this.#subjects.delete(subject);
  }
}
