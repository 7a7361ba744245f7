import { ArgumentError, WebSocketError } from "../../../errors.ts";
import { checkOptionNames } from "../../../options/checks.ts";
import type { Broker } from "../../broker.ts";
import { Subscriptions, type SubscriptionsOwner } from "../subscriptions.ts";
import { subjectOf } from "./subject.ts";

export type { Broker } from "../../broker.ts";

/** A subscription of a client of NATS. */
export interface NatsSubscription {
  /** Ends it. */
  unsubscribe(): void;
}

/** What is used of a connection to NATS, as both packages have it. */
export interface NatsConnection {
  /** Publishes bytes. Throws where the connection is closed. */
  publish(subject: string, data: Uint8Array): void;
  /** Subscribes; the client does it again whenever it has connected again. */
  subscribe(
    subject: string,
    options: { callback: (error: Error | null, message: { data: Uint8Array }) => void },
  ): NatsSubscription;
  /** Resolves when the server has all that was sent; rejects where the connection is lost before. */
  flush(): Promise<void>;
  /** What happens to the connection. */
  status(): AsyncIterable<{ readonly type: string }>;
  /** Resolves when the client has given up, or was told to close. */
  closed(): Promise<unknown>;
  /** Whether it is closed for good. */
  isClosed(): boolean;
}

/** Options of {@link natsBroker}. */
export interface NatsBrokerOptions {
  /**
   * An open connection of the package `@nats-io/transport-node` or `nats`. The broker leaves it open when it is
   * closed. It should connect again without end (`maxReconnectAttempts: -1`).
   */
  readonly connection: NatsConnection;
  /** What all subjects begin with; a dot and the name of the topic follow. Default `"barewire"`. */
  readonly prefix?: string;
}

const PREFIX = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/**
 * A broker for servers that have NATS in common, at most once: a message is lost for those whose connection to NATS is
 * away, which the server's `onTopicGap` is told.
 *
 * @throws ArgumentError
 */
export function natsBroker(options: NatsBrokerOptions): Broker {
  checkOptionNames("natsBroker", options, ["connection", "prefix"]);
  const { connection, prefix = "barewire" } = options;
  for (const name of ["publish", "subscribe", "flush", "status", "closed"] as const) {
    if (typeof (connection as NatsConnection | null)?.[name] === "function") continue;
    throw new ArgumentError(
      "connection is what connect() of @nats-io/transport-node or of nats resolves with",
    );
  }
  if (!PREFIX.test(prefix)) {
    throw new ArgumentError("prefix is one or more words of letters, digits, - and _, with dots");
  }
  return new NatsBroker(connection, prefix);
}

class NatsBroker implements Broker, SubscriptionsOwner {
  readonly delivery = "at-most-once";
  readonly #connection: NatsConnection;
  readonly #prefix: string;
  readonly #subscriptions = new Subscriptions(this);
  readonly #made = new Map<string, NatsSubscription>();
  #away = false;
  #closed = false;
  /** Of this turn of the event loop: one question for all that was published in it. */
  #flushed: Promise<void> | undefined;
  #message: (topic: string, message: Uint8Array) => void = () => {};
  #gap: (topic: string, reason: string) => void = () => {};
  #error: (error: Error) => void = () => {};

  constructor(connection: NatsConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
    void this.#watch();
    connection.closed().then(
      (error) => this.#onGone(error),
      (error) => this.#onGone(error),
    );
  }

  onMessage(listener: (topic: string, message: Uint8Array) => void): void {
    this.#message = listener;
  }

  onGap(listener: (topic: string, reason: string) => void): void {
    this.#gap = listener;
  }

  onError(listener: (error: Error) => void): void {
    this.#error = listener;
  }

  subscribe(topic: string): Promise<void> {
    if (this.#connection.isClosed()) return Promise.reject(natsGone());
    return this.#subscriptions.add(topic);
  }

  async unsubscribe(topic: string): Promise<void> {
    // Also while NATS is away: the client would subscribe to it again.
    this.#made.get(topic)?.unsubscribe();
    this.#made.delete(topic);
    await this.#subscriptions.remove(topic);
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    // The client would hold it, without a bound, until it has connected again.
    if (this.#away || this.#closed) throw natsGone();
    this.#connection.publish(subjectOf(this.#prefix, topic), message);
    await this.#flush();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#subscriptions.clear();
    for (const made of this.#made.values()) made.unsubscribe();
    this.#made.clear();
  }

  get subscribable(): boolean {
    return !this.#away && !this.#closed;
  }

  async subscribeAtEngine(topic: string): Promise<void> {
    if (!this.#made.has(topic)) {
      const callback = (error: Error | null, { data }: { data: Uint8Array }) => {
        if (error === null) this.#receive(topic, data);
        else this.#onRefusal(topic, error);
      };
      const subject = subjectOf(this.#prefix, topic);
      this.#made.set(topic, this.#connection.subscribe(subject, { callback }));
    }
    await this.#connection.flush();
  }

  async unsubscribeAtEngine(): Promise<void> {
    await this.#connection.flush();
  }

  onBack(topic: string): void {
    this.#gap(topic, "the connection to NATS was away");
  }

  onRefused(topic: string, error: unknown): void {
    this.#gap(topic, `NATS refuses the subscription: ${error}`);
  }

  #receive(topic: string, data: Uint8Array): void {
    if (!this.#closed) this.#message(topic, data);
  }

  #onRefusal(topic: string, error: Error): void {
    if (this.#closed) return;
    this.#error(error);
    this.#gap(topic, `NATS refuses the subscription: ${error.message}`);
  }

  #flush(): Promise<void> {
    this.#flushed ??= new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        this.#flushed = undefined;
        this.#connection.flush().then(resolve, reject);
      });
    });
    return this.#flushed;
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (this.#closed) return;
      if (type === "disconnect") this.#away = true;
      if (type !== "reconnect") continue;
      this.#away = false;
      this.#subscriptions.onUp();
    }
  }

  /** The client has given up. */
  #onGone(error: unknown): void {
    if (this.#closed) return;
    this.#away = true;
    this.#error(natsGone(error));
    for (const topic of this.#made.keys()) this.#gap(topic, "the connection to NATS is closed");
    this.#subscriptions.clear();
  }
}

function natsGone(cause?: unknown): WebSocketError {
  return new WebSocketError("BROKER_GONE", "NATS is away", cause ? { cause } : {});
}
