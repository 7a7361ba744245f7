/** Connections as an iteration: `reconnecting()`. */

import type { Connection } from "../../connection/connection.ts";
import { CloseCode } from "../../protocol/close-code.ts";
import { openQuietly } from "../connect.ts";
import type { ReconnectOptions, ReconnectState } from "./options.ts";
import { planReconnecting, type ReconnectUrl } from "./plan.ts";
import { Reconnector } from "./reconnector.ts";

const DONE = { done: true, value: undefined } as const;

/**
 * Connects, and connects again whenever the connection has ended. Each turn of a `for await` is an open
 * connection:
 *
 * ```ts
 * for await (const ws of reconnecting("wss://example.com/feed")) {
 *   for await (const message of ws) console.log(message);
 * }
 * ```
 *
 * At the end of the body the next connection is made, after a delay; a connection that is open still is
 * closed before. `break` ends it. The iteration over the messages of such a connection ends however the
 * connection has ended: `ws.closed` says how. What else waits for a connection that is lost, such as
 * `receive()`, rejects as ever, and an error that leaves the body ends the iteration.
 *
 * @param url as for `connect()`, or a function that gives one for each attempt
 * @throws ArgumentError for arguments that are wrong
 */
export function reconnecting<User = unknown>(
  url: ReconnectUrl,
  options: ReconnectOptions<User> = {},
): Reconnecting<User> {
  return new Reconnecting(url, options);
}

/** What {@link reconnecting} returns, for one iteration. */
export class Reconnecting<User = unknown> implements AsyncIterableIterator<Connection<User>> {
  readonly #reconnector: Reconnector;
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;

  /** @internal */
  constructor(url: ReconnectUrl, options: ReconnectOptions<User>) {
    const plan = planReconnecting("reconnecting()", url, options as ReconnectOptions, []);
    this.#reconnector = new Reconnector(plan, openQuietly);
  }

  /** What it is at. */
  get state(): ReconnectState {
    return this.#reconnector.state;
  }

  /**
   * For the application: what it has seen last, for example the number of a message. It is given to the
   * functions of an attempt and to `onGap`, so that what was missed can be asked for.
   */
  get lastId(): unknown {
    return this.#reconnector.lastId;
  }

  /** Notes what was seen last. */
  set lastId(id: unknown) {
    this.#reconnector.lastId = id;
  }

  /** Makes the next attempt now, where one is waited for: when the application knows that the network is back. */
  wake(): void {
    this.#reconnector.wake();
  }

  /**
   * Resolves with the next connection; one that is open still is closed before.
   *
   * @throws the error of a failure that is permanent, the reason of the signal, what `onFailure` or `onGap`
   * has thrown. The iteration has ended then.
   */
  next(): Promise<IteratorResult<Connection<User>, undefined>> {
    const next = this.#last.then(() => this.#step());
    this.#last = next.catch(() => {});
    return next;
  }

  /** Ends it: an attempt is given up, a connection closed with 1000. */
  async return(): Promise<IteratorResult<Connection<User>, undefined>> {
    this.#ended = true;
    const { connection } = this.#reconnector;
    this.#reconnector.stop(new Error("the iteration has ended"));
    await connection?.close(CloseCode.normal);
    return DONE;
  }

  /** This object: there is one iteration. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  /** As {@link return}, so that `await using` works. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #step(): Promise<IteratorResult<Connection<User>, undefined>> {
    if (this.#ended) return DONE;
    try {
      return { done: false, value: (await this.#reconnector.next()) as Connection<User> };
    } catch (error) {
      // By return(), while this was waiting.
      if (this.#ended) return DONE;
      this.#ended = true;
      throw error;
    }
  }
}
