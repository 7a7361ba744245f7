import { WebSocketError } from "../../errors.ts";

/** What the subscriptions of a broker are made with. */
export interface SubscriptionsOwner {
  /** Whether the engine is there, as far as a topic needs it. */
  isSubscribable(topic: string): boolean;
  /** Subscribes at the engine; rejects where it refuses, or is lost meanwhile. */
  subscribeAtEngine(topic: string): Promise<void>;
  unsubscribeAtEngine(topic: string): Promise<void>;
  /** A subscription was made anew, after the engine was away. */
  onBack(topic: string): void;
  /** A subscription could not be made anew. */
  onRefused(topic: string, error: unknown): void;
}

/** A topic that the server is subscribed to. */
interface Subscription {
  /** Whether the engine has ever had it. */
  made: boolean;
  /** Settled by the first one that is made. */
  readonly first: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** The subscriptions of a broker over the coming and going of its engine: each is made anew when it is back. */
export class Subscriptions {
  readonly #owner: SubscriptionsOwner;
  readonly #topics = new Map<string, Subscription>();

  constructor(owner: SubscriptionsOwner) {
    this.#owner = owner;
  }

  has(topic: string): boolean {
    return this.#topics.has(topic);
  }

  add(topic: string): Promise<void> {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known.first;
    const subscription = newSubscription();
    this.#topics.set(topic, subscription);
    // Otherwise it is made when the engine is there.
    if (this.#owner.isSubscribable(topic)) void this.#make(topic, subscription);
    return subscription.first;
  }

  async remove(topic: string): Promise<void> {
    if (!this.#topics.delete(topic) || !this.#owner.isSubscribable(topic)) return;
    try {
      await this.#owner.unsubscribeAtEngine(topic);
    } catch (error) {
      // With the connection the subscription has gone.
      if (this.#owner.isSubscribable(topic)) throw error;
    }
  }

  /**
   * The engine is there, with no subscription of this process.
   *
   * @param isMeant of which topics that is true
   */
  onUp(isMeant: (topic: string) => boolean = () => true): void {
    for (const [topic, subscription] of this.#topics) {
      if (isMeant(topic)) void this.#make(topic, subscription);
    }
  }

  /** The broker is closed. */
  clear(): void {
    const error = new WebSocketError("BROKER_GONE", "the broker was closed");
    for (const { reject } of this.#topics.values()) reject(error);
    this.#topics.clear();
  }

  async #make(topic: string, subscription: Subscription): Promise<void> {
    try {
      await this.#owner.subscribeAtEngine(topic);
    } catch (error) {
      if (this.#owner.isSubscribable(topic)) this.#refuse(topic, subscription, error);
      return;
    }
    if (this.#topics.get(topic) !== subscription) return;
    const again = subscription.made;
    subscription.made = true;
    subscription.resolve();
    if (again) this.#owner.onBack(topic);
  }

  #refuse(topic: string, subscription: Subscription, error: unknown): void {
    if (this.#topics.get(topic) !== subscription) return;
    if (subscription.made) this.#owner.onRefused(topic, error);
    else {
      this.#topics.delete(topic);
      subscription.reject(error);
    }
  }
}

function newSubscription(): Subscription {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const first = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  first.catch(() => {});
  return { made: false, first, resolve, reject };
}
