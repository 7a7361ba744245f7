/** Messages that wait for a connection. */

import type { Data } from "../../connection/sending/data.ts";
import { toMessage } from "../../connection/sending/data.ts";
import { WebSocketError } from "../../errors.ts";

/** What becomes of a message that does not fit. */
export type WhenOutboxFull = "throw" | "drop-oldest" | "drop-newest";

/** How much may wait. */
export interface OutboxLimits {
  readonly maxOutboxMessages: number;
  /** Bytes of text in UTF-8 and of binary data. */
  readonly maxOutboxBytes: number;
  readonly whenOutboxFull: WhenOutboxFull;
}

/** A message that waits, and who waits for it. */
export interface WaitingMessage {
  readonly data: Data;
  readonly size: number;
  resolve(value: Promise<void> | undefined): void;
  reject(error: Error): void;
}

/** A bounded queue of messages. */
export class Outbox {
  readonly #limits: OutboxLimits;
  /** In their order; unlike an array it lets its first one go in constant time. */
  readonly #messages = new Set<WaitingMessage>();
  #bytes = 0;
  #dropped = 0;

  constructor(limits: OutboxLimits) {
    this.#limits = limits;
  }

  /** How many messages wait. */
  get length(): number {
    return this.#messages.size;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many messages were dropped because it was full. */
  get dropped(): number {
    return this.#dropped;
  }

  /** The message that is next; undefined for none. */
  get first(): WaitingMessage | undefined {
    return this.#messages.values().next().value;
  }

  /**
   * Adds a message. Bytes are copied, so that they may change, and hold no larger memory.
   *
   * @returns a promise that resolves with what `send` of the connection returns, or rejects where the message
   * is dropped or no connection comes any more. Nobody needs to handle that
   * @throws WebSocketError `OUTBOX_FULL`, ArgumentError for what is no message
   */
  add(data: Data): Promise<void> {
    const own = copy(data);
    const size = sizeOf(own);
    if (!this.#makeRoom(size)) {
      if (this.#limits.whenOutboxFull === "throw") throw this.#full("it was not taken");
      this.#dropped++;
      return unhandled(Promise.reject(this.#full("it was dropped")));
    }
    this.#bytes += size;
    return unhandled(
      new Promise<void>((resolve, reject) => {
        this.#messages.add({
          data: own,
          size,
          resolve: resolve as WaitingMessage["resolve"],
          reject,
        });
      }),
    );
  }

  /** Takes the first message away. */
  shift(): WaitingMessage | undefined {
    const message = this.first;
    if (message === undefined) return undefined;
    this.#messages.delete(message);
    this.#bytes -= message.size;
    return message;
  }

  /** Nobody will send what waits. */
  fail(error: Error): void {
    for (const { reject } of this.#messages) reject(error);
    this.#messages.clear();
    this.#bytes = 0;
  }

  /** Whether there is room for so many bytes more, now or after what the rule lets go. */
  #makeRoom(size: number): boolean {
    const { maxOutboxMessages, maxOutboxBytes, whenOutboxFull } = this.#limits;
    const fits = () =>
      this.#messages.size < maxOutboxMessages && this.#bytes + size <= maxOutboxBytes;
    // What fits into no outbox drops no other.
    if (whenOutboxFull === "drop-oldest" && size <= maxOutboxBytes) {
      while (!fits() && this.#messages.size > 0) {
        this.#dropped++;
        this.shift()?.reject(this.#full("it was dropped for a newer one"));
      }
    }
    return fits();
  }

  #full(what: string): WebSocketError {
    return new WebSocketError(
      "OUTBOX_FULL",
      `there is no connection, and no more room for a message that waits for one: ${what} ` +
        "(maxOutboxMessages, maxOutboxBytes)",
    );
  }
}

function copy(data: Data): Data {
  if (data instanceof Blob) return data;
  const message = toMessage(data);
  return typeof message === "string" ? message : Buffer.from(message);
}

function sizeOf(data: Data): number {
  if (typeof data === "string") return Buffer.byteLength(data);
  return data instanceof Blob ? data.size : data.byteLength;
}

/** A promise whose rejection ends no process where nobody awaits it. */
function unhandled(promise: Promise<void>): Promise<void> {
  promise.catch(() => {});
  return promise;
}
