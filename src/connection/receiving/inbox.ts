import { addAbortListener, removeAbortListener } from "../../socket/abort-listeners.ts";

/** Stands before the parts of a message that is received in parts. */
export interface PartsBegin {
  readonly text: boolean;
}

/** Stands behind the last part of a message that is received in parts. */
export const PARTS_END = Symbol("end of message");

/** What waits in an inbox: whole messages, or the parts of one between two marks. */
export type InboxItem = string | Buffer | PartsBegin | typeof PARTS_END;

interface Waiter {
  resolve(item: InboxItem): void;
  reject(error: Error): void;
}

/** Taken items that are kept before the array is compacted: a queue may never be empty. */
const COMPACT_AT = 1024;

/**
 * The queue between a connection and its asynchronous consumer (`receive`, iteration). It is
 * bounded by the connection, which stops parsing while it is {@link full}.
 */
export class Inbox {
  /** Whether messages that are not there as a whole are delivered in parts. */
  inParts = false;
  /** Whether an iteration ends without an error, however the connection ends. */
  endsQuietly = false;
  /** Whether an iterator takes the messages one after the other, so that it will be back. */
  iterated = false;
  /** The last message that was taken in parts: the next one begins behind all of it. */
  unfinished: { skip(): Promise<void> } | undefined;
  readonly #maxItems: number;
  readonly #maxBytes: number;
  readonly #onTake: () => void;
  readonly #items: InboxItem[] = [];
  /** Index of the first item: shifting an array of a thousand for each message is slow. */
  #first = 0;
  #bytes = 0;
  #waiters: Waiter[] = [];
  #end: Error | undefined;

  /** @param onTake is called after an item was taken, when one is waited for, or an iteration ends */
  constructor(maxItems: number, maxBytes: number, onTake: () => void) {
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
    this.#onTake = onTake;
  }

  get #count(): number {
    return this.#items.length - this.#first;
  }

  get full(): boolean {
    return this.#count >= this.#maxItems || this.#bytes >= this.#maxBytes;
  }

  /** Whether everything has been taken and the consumer is back for more. */
  get exhausted(): boolean {
    return this.#waiters.length > 0;
  }

  /** Adds an item, or hands it to who waits for one. */
  put(item: InboxItem): void {
    const waiter = this.#waiters.shift();
    if (waiter !== undefined) {
      waiter.resolve(item);
      return;
    }
    this.#items.push(item);
    this.#bytes += sizeOf(item);
  }

  /**
   * Takes the next item, waiting for it if need be.
   *
   * @param signal gives up the waiting; nothing is lost, the next call gets the item
   */
  take(signal?: AbortSignal): Promise<InboxItem> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (this.#count > 0) {
      const item = this.#shift();
      this.#onTake();
      return Promise.resolve(item);
    }
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const promise = new Promise<InboxItem>((resolve, reject) => {
      const waiter = { resolve, reject };
      this.#waiters.push(waiter);
      if (signal !== undefined) this.#withdrawOnAbort(waiter, signal);
    });
    this.#onTake();
    return promise;
  }

  /** The iterator is gone: who took its last item may not be back. */
  endIteration(): void {
    this.iterated = false;
    this.#onTake();
  }

  /** No more items will come: what is here can still be taken, then `error` is thrown. */
  end(error: Error): void {
    this.#end = error;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  #shift(): InboxItem {
    const item = this.#items[this.#first]!;
    // So that it can be collected before the array is compacted.
    this.#items[this.#first++] = "";
    if (this.#first === this.#items.length) {
      this.#items.length = 0;
      this.#first = 0;
    } else if (this.#first === COMPACT_AT) {
      this.#items.splice(0, COMPACT_AT);
      this.#first = 0;
    }
    this.#bytes -= sizeOf(item);
    return item;
  }

  #withdrawOnAbort(waiter: Waiter, signal: AbortSignal): void {
    const { resolve, reject } = waiter;
    const onAbort = () => {
      const at = this.#waiters.indexOf(waiter);
      if (at >= 0) this.#waiters.splice(at, 1);
      reject(signal.reason as Error);
    };
    addAbortListener(signal, onAbort);
    waiter.resolve = (item) => {
      removeAbortListener(signal, onAbort);
      resolve(item);
    };
    waiter.reject = (error) => {
      removeAbortListener(signal, onAbort);
      reject(error);
    };
  }
}

function sizeOf(item: InboxItem): number {
  return typeof item === "string" || Buffer.isBuffer(item) ? item.length : 0;
}
