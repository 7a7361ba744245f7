import type { Broker } from "../../broker.ts";
import { BrokerListeners } from "../listeners.ts";
import { Subscriptions, type SubscriptionsOwner } from "../subscriptions.ts";
import {
  type NatsConnection,
  type NatsMessage,
  type NatsSubscription,
  natsGone,
} from "./connection.ts";
import { subjectOf } from "./subject.ts";

/** A broker by publish and subscribe: at most once, and what was missed while the connection was away is lost. */
export class NatsChannels extends BrokerListeners implements Broker, SubscriptionsOwner {
  readonly delivery: Broker["delivery"] = "at-most-once";
  protected readonly connection: NatsConnection;
  protected readonly prefix: string;
  readonly #subscriptions = new Subscriptions(this);
  readonly #made = new Map<string, NatsSubscription>();
  #away = false;
  /** Of this turn of the event loop: one question for all that was published in it. */
  #flushed: Promise<void> | undefined;

  constructor(connection: NatsConnection, prefix: string) {
    super();
    this.connection = connection;
    this.prefix = prefix;
    void this.#watch();
    connection.closed().then(
      (error) => this.#onGone(error),
      (error) => this.#onGone(error),
    );
  }

  subscribe(topic: string): Promise<void> {
    if (this.connection.isClosed()) return Promise.reject(natsGone());
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
    if (!this.isSubscribable()) throw natsGone();
    this.connection.publish(this.subscribedSubject(topic), message);
    await this.#flush();
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    this.#subscriptions.clear();
    for (const made of this.#made.values()) made.unsubscribe();
    this.#made.clear();
  }

  isSubscribable(): boolean {
    return !this.#away && !this.closed;
  }

  async subscribeAtEngine(topic: string): Promise<void> {
    if (!this.#made.has(topic)) {
      const callback = (error: Error | null, message: NatsMessage) => {
        if (this.closed) return;
        if (error === null) this.receive(topic, message);
        else this.#onRefusal(topic, error);
      };
      const subject = this.subscribedSubject(topic);
      this.#made.set(topic, this.connection.subscribe(subject, { callback }));
    }
    await this.connection.flush();
  }

  async unsubscribeAtEngine(): Promise<void> {
    await this.connection.flush();
  }

  onBack(topic: string): void {
    this.tellGap(topic, "the connection to NATS was away");
  }

  onRefused(topic: string, error: unknown): void {
    this.tellGap(topic, `NATS refuses the subscription: ${error}`);
  }

  // -------------------------------------------------------- what streams change

  protected subscribedSubject(topic: string): string {
    return subjectOf(this.prefix, topic);
  }

  protected receive(topic: string, { data }: NatsMessage): void {
    this.deliver(topic, data);
  }

  /** The connection is lost, and with it all that was under way. */
  protected onAway(): void {}

  #onRefusal(topic: string, error: Error): void {
    this.tellError(error);
    this.tellGap(topic, `NATS refuses the subscription: ${error.message}`);
  }

  #flush(): Promise<void> {
    this.#flushed ??= new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        this.#flushed = undefined;
        this.connection.flush().then(resolve, (error) => reject(natsGone(error)));
      });
    });
    return this.#flushed;
  }

  async #watch(): Promise<void> {
    for await (const { type } of this.connection.status()) {
      if (this.closed) return;
      if (type === "disconnect") {
        this.#away = true;
        this.onAway();
      }
      if (type !== "reconnect") continue;
      this.#away = false;
      this.#subscriptions.onUp();
    }
  }

  /** The client has given up. */
  #onGone(error: unknown): void {
    if (this.closed) return;
    this.#away = true;
    this.onAway();
    this.tellError(natsGone(error));
    for (const topic of this.#made.keys()) this.tellGap(topic, "the connection to NATS is closed");
    this.#subscriptions.clear();
  }
}
