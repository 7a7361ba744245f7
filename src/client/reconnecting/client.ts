/** A connection that comes back, as an object: `ReconnectingClient`. */

import type { Connection, ConnectionHandler } from "../../connection/connection.ts";
import { checkClose } from "../../connection/control/payloads.ts";
import type { Data } from "../../connection/sending/data.ts";
import { toError } from "../../connection/user-code.ts";
import { ArgumentError, ConnectionClosedError } from "../../errors.ts";
import { checkChoice, checkLimit } from "../../options/checks.ts";
import { CloseCode } from "../../protocol/close-code.ts";
import { openQuietly } from "../connect.ts";
import type { ReconnectOptions, ReconnectState } from "./options.ts";
import { Outbox, type OutboxLimits, type WhenOutboxFull } from "./outbox.ts";
import { planReconnecting, type ReconnectUrl } from "./plan.ts";
import { Reconnector } from "./reconnector.ts";

/** Options of {@link ReconnectingClient}: those of `reconnecting()`, and what happens on the connections. */
export interface ReconnectingClientOptions<User = unknown> extends ReconnectOptions<User> {
  /**
   * What happens on each connection, as for `connect()`. Its `open` and `close` are called for each. Default:
   * none, for who only sends, or reads from {@link ReconnectingClient.connection}.
   */
  readonly handler?: ConnectionHandler<User>;
  /** Messages that may wait for a connection. Default 1,000. */
  readonly maxOutboxMessages?: number;
  /** Bytes that may wait for a connection. Default 1,048,576 (1 MiB). */
  readonly maxOutboxBytes?: number;
  /**
   * What becomes of a message for which there is no room: `"throw"` (default) has `send` throw a
   * WebSocketError `OUTBOX_FULL`; `"drop-newest"` drops that message and `"drop-oldest"` those that have
   * waited longest, whose promises reject with the same error. What was dropped is counted.
   */
  readonly whenOutboxFull?: WhenOutboxFull;
}

/** How a {@link ReconnectingClient} has ended. */
export interface ReconnectEnd {
  /**
   * Why it does not come back: the error of a failure that is permanent, the reason of the signal, or what a
   * function of the options has thrown. Undefined where {@link ReconnectingClient.close} was called.
   */
  readonly error: Error | undefined;
  /** Messages that were waiting for a connection then. */
  readonly unsent: number;
}

const OUTBOX_OPTIONS = ["handler", "maxOutboxMessages", "maxOutboxBytes", "whenOutboxFull"];

/**
 * A client whose connection comes back: it connects when it is made, and again whenever the connection has
 * ended, until {@link close} is called or a failure is permanent.
 *
 * What is sent while there is no connection waits for the next. What was given to a connection that is lost
 * then is not sent again, since it may have arrived: only the application knows.
 */
export class ReconnectingClient<User = unknown> {
  readonly #reconnector: Reconnector;
  readonly #outbox: Outbox;
  readonly #closed: Promise<ReconnectEnd>;
  /** The connection, once all that waited was sent on it. */
  #current: Connection | undefined;
  #isClosedAsked = false;
  #isClosing = false;

  /**
   * @param url as for `connect()`, or a function that gives one for each attempt
   * @throws ArgumentError for arguments that are wrong
   */
  constructor(url: ReconnectUrl, options: ReconnectingClientOptions<User> = {}) {
    const own = options as ReconnectingClientOptions;
    const { handler } = own;
    if (handler !== undefined && (typeof handler !== "object" || handler === null)) {
      throw new ArgumentError("handler is not an object with message, open, close …");
    }
    const plan = planReconnecting("ReconnectingClient", url, own, OUTBOX_OPTIONS);
    this.#outbox = new Outbox(outboxLimits(own));
    this.#reconnector = new Reconnector(plan, (place, given) =>
      openQuietly(place, handler === undefined ? given : { ...given, handler }),
    );
    // Behind the tick in which it was made, so that the functions of the options can refer to it.
    this.#closed = Promise.resolve().then(() => this.#run());
  }

  /** What it is at. */
  get state(): ReconnectState {
    return this.#reconnector.state;
  }

  /** The connection that there is; undefined while there is none. */
  get connection(): Connection<User> | undefined {
    return this.#reconnector.connection as Connection<User> | undefined;
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

  /** How many messages wait for a connection. */
  get waiting(): number {
    return this.#outbox.length;
  }

  /** How many messages were dropped because too many waited. */
  get dropped(): number {
    return this.#outbox.dropped;
  }

  /**
   * Sends a message on the connection, as its `send` does, or keeps it until there is one. What waits is
   * sent first, and in its order.
   *
   * @param data as for `Connection.send`; bytes that wait are copied, a Blob is not
   * @returns nothing where the connection has taken it, else a promise that resolves when it has. It
   * rejects where the message is dropped, the connection ends before, or no connection comes any more;
   * that need not be handled
   * @throws WebSocketError `OUTBOX_FULL`, ConnectionClosedError once it is closed, ArgumentError
   */
  send(data: Data): Promise<void> | undefined {
    if (this.#isClosing || this.state === "closed") throw ended();
    if (this.#current?.state === "open") {
      try {
        return this.#current.send(data);
      } catch (error) {
        // Somebody has closed the connection: another one will come.
        if (!(error instanceof ConnectionClosedError)) throw error;
      }
    }
    return this.#outbox.add(data);
  }

  /** Makes the next attempt now, where one is waited for: when the application knows that the network is back. */
  wake(): void {
    this.#reconnector.wake();
  }

  /**
   * Resolves when it does not come back any more. Never rejects. Where nobody has asked for it, an error
   * becomes a warning of the process.
   */
  get closed(): Promise<ReconnectEnd> {
    this.#isClosedAsked = true;
    return this.#closed;
  }

  /**
   * Ends it: an attempt is given up, a connection is closed as by its `close`. Messages that wait for a
   * connection are not sent. Closing twice is no error.
   *
   * @param code as for `Connection.close`
   * @param reason as for `Connection.close`
   * @throws ArgumentError
   */
  async close(code: number = CloseCode.normal, reason = ""): Promise<ReconnectEnd> {
    checkClose(code, reason);
    const { connection } = this;
    this.#isClosing = true;
    this.#reconnector.stop(ended());
    await connection?.close(code, reason);
    return this.closed;
  }

  /** Closes with 1000 and waits for the end, so that `await using` works. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #run(): Promise<ReconnectEnd> {
    let error: Error | undefined;
    try {
      for (;;) {
        const ws = await this.#reconnector.next();
        await this.#flush(ws);
        await ws.closed;
      }
    } catch (thrown) {
      if (!this.#isClosing) error = toError(thrown);
    }
    const unsent = this.#outbox.length;
    this.#outbox.fail(error ?? ended());
    if (error !== undefined && !this.#isClosedAsked) process.emitWarning(error);
    return { error, unsent };
  }

  /** Sends what waits, at the connection's pace. */
  async #flush(ws: Connection): Promise<void> {
    for (let message = this.#outbox.first; message !== undefined; message = this.#outbox.first) {
      let sent: Promise<void> | undefined;
      try {
        sent = ws.send(message.data);
        message.resolve(sent);
      } catch (error) {
        // It waits for the next connection, unless it is the message that cannot be sent.
        if (error instanceof ConnectionClosedError) return;
        message.reject(toError(error));
      }
      this.#outbox.shift();
      await sent?.catch(() => {});
    }
    this.#current = ws;
  }
}

function outboxLimits(options: ReconnectingClientOptions): OutboxLimits {
  const { maxOutboxMessages = 1000, maxOutboxBytes = 1024 * 1024 } = options;
  return {
    maxOutboxMessages: checkLimit("maxOutboxMessages", maxOutboxMessages, 0, "messages"),
    maxOutboxBytes: checkLimit("maxOutboxBytes", maxOutboxBytes, 0, "bytes"),
    whenOutboxFull: checkChoice("whenOutboxFull", options.whenOutboxFull ?? "throw", [
      "throw",
      "drop-oldest",
      "drop-newest",
    ]),
  };
}

function ended(): ConnectionClosedError {
  return new ConnectionClosedError("the client was closed", CloseCode.abnormal, "");
}
