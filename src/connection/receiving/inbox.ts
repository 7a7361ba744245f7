import type { ConnectionClosedError } from "../../errors.ts";

/** Stands before the parts of a message that is received in parts. */
export interface PartsBegin {
  readonly text: boolean;
}

/** Stands behind the last part of a message that is received in parts. */
export const PARTS_END = Symbol("end of message");

/** What waits in an inbox: whole messages, or the parts of one between two marks. */
export type InboxItem = string | Buffer | ArrayBuffer | PartsBegin | typeof PARTS_END;

/** Who waits for the next item. */
export interface Waiter {
  resolve(item: InboxItem): void;
  reject(error: Error): void;
}

/** Taken items that are kept before the array is compacted: a queue may never be empty. */
const COMPACT_AT = 1024;

/** Bytes that an item costs beside its content: the place in the queue, and the object that it is. */
const ITEM_COST = 64;

/**
 * The queue between a connection and its asynchronous consumer (`receive`, iteration). The connection
 * bounds it: it parses a chunk to its end unless {@link overflows}, and no further one while it is
 * {@link full}. Full is a latch: it is released when three quarters of what made it so are taken, since to parse,
 * write and read on for every message that is taken costs far more than the message (docs/performance.md).
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
  #full = false;
  #waiters: Waiter[] = [];
  #end: ConnectionClosedError | undefined;

  /**
   * @param onTake is called when an item is waited for, when so many were taken that it is full no
   * more, and when an iteration ends
   */
  constructor(maxItems: number, maxBytes: number, onTake: () => void) {
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
    this.#onTake = onTake;
  }

  /** Items that wait. */
  get count(): number {
    return this.#items.length - this.#first;
  }

  /** Bytes that wait, those counted that an item costs beside its content. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether nothing more is to be read. */
  get full(): boolean {
    return this.#full;
  }

  /** Whether nothing more is to be parsed either, of what was read already. */
  get overflows(): boolean {
    return this.#bytes >= this.#maxBytes;
  }

  /** Whether everything has been taken and the consumer is back for more. */
  get awaited(): boolean {
    return this.#waiters.length > 0;
  }

  /** Adds an item, or hands it to who waits for one. */
  put(item: InboxItem): void {
    if (this.#waiters.length > 0) {
      this.#waiters.shift()!.resolve(item);
      return;
    }
    this.#items.push(item);
    this.#bytes += costOf(item);
    this.#full ||= this.count >= this.#maxItems || this.overflows;
  }

  /** The next item, undefined where there is none; see {@link wait}. */
  take(): InboxItem | undefined {
    if (this.#first === this.#items.length) return undefined;
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
    this.#bytes -= costOf(item);
    if (this.#full && this.count * 4 <= this.#maxItems && this.#bytes * 4 <= this.#maxBytes) {
      this.#full = false;
      this.#onTake();
    }
    return item;
  }

  /** Why there is and will be no item, once that is known. */
  get ended(): ConnectionClosedError | undefined {
    return this.count === 0 ? this.#end : undefined;
  }

  /** Waits for the next item; there is none, and no end. */
  wait(waiter: Waiter): void {
    this.#waiters.push(waiter);
    this.#onTake();
  }

  /** Gives up waiting. No item is lost by that. */
  withdraw(waiter: Waiter): void {
    const at = this.#waiters.indexOf(waiter);
    if (at >= 0) this.#waiters.splice(at, 1);
  }

  /** The iterator is gone: who took its last item may not be back. */
  endIteration(): void {
    this.iterated = false;
    this.#onTake();
  }

  /** Drops what waits. @returns how many whole messages that were */
  clear(): number {
    const items = this.#items.splice(0).slice(this.#first);
    this.#first = 0;
    this.#bytes = 0;
    this.#full = false;
    return items.filter((item) => typeof item !== "object" || !("text" in item)).length;
  }

  /** No more items will come: what is here can still be taken, then `error` is thrown. */
  end(error: ConnectionClosedError): void {
    this.#end = error;
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }
}

function costOf(item: InboxItem): number {
  if (typeof item === "string") return item.length + ITEM_COST;
  if (item instanceof Uint8Array) return item.length + ITEM_COST;
  return ITEM_COST + (item instanceof ArrayBuffer ? item.byteLength : 0);
}
