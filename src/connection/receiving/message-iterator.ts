import { ConnectionClosedError } from "../../errors.ts";
import { CloseCode } from "../../protocol/close-code.ts";
import type { Inbox, InboxItem, Waiter } from "./inbox.ts";

/** What an iteration over whole messages gives. */
export type Message = string | Buffer | ArrayBuffer;

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** A call of `next` that waits. */
interface Call {
  resolve(result: IteratorResult<Message, undefined>): void;
  reject(error: Error): void;
}

/**
 * The iteration over the messages of a connection. An async generator would do the same with three promises and as
 * many microtasks for each message; here it is one, which was a third of the time of an echo
 * (docs/performance.md). It waits at the inbox itself, once for each call: a waiter of its own for each would be
 * a tenth of the time of a message that is waited for.
 */
export class MessageIterator implements Waiter {
  readonly #inbox: Inbox;
  #done = false;
  readonly #calls: Call[] = [];
  /** Made once: each call that waits gives it to its promise. */
  readonly #wait = (resolve: Call["resolve"], reject: Call["reject"]) => {
    this.#calls.push({ resolve, reject });
    this.#inbox.wait(this);
  };

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
    inbox.iterated = true;
  }

  next(): Promise<IteratorResult<Message, undefined>> {
    if (this.#done) return Promise.resolve(DONE);
    const item = this.#inbox.take();
    if (item !== undefined) return Promise.resolve({ done: false, value: item as Message });
    const { ended } = this.#inbox;
    if (ended === undefined) return new Promise(this.#wait);
    this.#finish();
    return isQuietEnd(this.#inbox, ended) ? Promise.resolve(DONE) : Promise.reject(ended);
  }

  /** Ends the iteration. Messages that it has not given stay for the next one. */
  return(): Promise<IteratorReturnResult<undefined>> {
    this.#finish();
    for (const call of this.#calls.splice(0)) {
      this.#inbox.withdraw(this);
      call.resolve(DONE);
    }
    return Promise.resolve(DONE);
  }

  throw(error?: unknown): Promise<never> {
    this.return();
    return Promise.reject(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** @internal Called by the inbox. */
  resolve(item: InboxItem): void {
    this.#calls.shift()!.resolve({ done: false, value: item as Message });
  }

  /** @internal Called by the inbox. */
  reject(error: Error): void {
    const call = this.#calls.shift()!;
    this.#finish();
    if (isQuietEnd(this.#inbox, error)) call.resolve(DONE);
    else call.reject(error);
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
