import { ConnectionClosedError } from "../../errors.ts";
import { CloseCode } from "../../protocol/close-code.ts";
import type { Inbox, InboxItem, Waiter } from "./inbox.ts";

/** What an iteration over whole messages gives. */
export type Message = string | Buffer | ArrayBuffer;

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * The iteration over the messages of a connection. An async generator would do the same with three promises and as
 * many microtasks for each message; here it is one, which was a third of the time of an echo
 * (docs/performance.md).
 */
export class MessageIterator {
  readonly #inbox: Inbox;
  #done = false;
  /** The calls of {@link next} that wait. */
  readonly #waiting = new Set<Waiter & { finish(): void }>();

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
    inbox.iterated = true;
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#done) return Promise.resolve(DONE);
    const item = this.#inbox.take();
    if (item !== undefined) return Promise.resolve({ done: false, value: item as Message });
    const { ended } = this.#inbox;
    if (ended === undefined) return this.#wait();
    this.#finish();
    return isQuietEnd(this.#inbox, ended) ? Promise.resolve(DONE) : Promise.reject(ended);
  }

  /** Ends the iteration. Messages that it has not given stay for the next one. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.#finish();
    for (const waiter of this.#waiting) {
      this.#inbox.withdraw(waiter);
      waiter.finish();
    }
    this.#waiting.clear();
    return Promise.resolve(DONE);
  }

  throw(error?: unknown): Promise<never> {
    this.return();
    return Promise.reject(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #wait(): Promise<IteratorResult<Message, undefined>> {
    return new Promise((resolve, reject) => {
      const waiter = {
        resolve: (item: InboxItem) => {
          this.#waiting.delete(waiter);
          resolve({ done: false, value: item as Message });
        },
        reject: (error: Error) => {
          this.#waiting.delete(waiter);
          this.#finish();
          if (isQuietEnd(this.#inbox, error)) resolve(DONE);
          else reject(error);
        },
        finish: () => resolve(DONE),
      };
      this.#waiting.add(waiter);
      this.#inbox.wait(waiter);
    });
  }

  #finish(): void {
    if (this.#done) return;
    this.#done = true;
    this.#inbox.endIteration();
  }
}

/** The prototype of all async iterators has what later versions of the language add to them. */
const generator = async function* () {}.prototype;
Object.setPrototypeOf(
  MessageIterator.prototype,
  Object.getPrototypeOf(Object.getPrototypeOf(generator)),
);

/** Whether an iteration ends without an error: behind an ordinary end, or any where the inbox is for that. */
export function isQuietEnd(inbox: Inbox, error: Error): boolean {
  return inbox.endsQuietly ? error instanceof ConnectionClosedError : isOrdinaryEnd(error);
}

/** Whether a connection has ended as both sides wanted it to: with 1000, 1001 or a Close frame without a code. */
export function isOrdinaryEnd(error: Error): boolean {
  if (!(error instanceof ConnectionClosedError)) return false;
  const { closeCode } = error;
  return (
    closeCode === CloseCode.normal ||
    closeCode === CloseCode.goingAway ||
    closeCode === CloseCode.noStatus
  );
}
