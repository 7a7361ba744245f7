/** What a topic needs of the engine: that there is a subscription, or that there is none. */
interface Interest {
  wanted: boolean;
  held: boolean;
  busy: boolean;
  ready: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** The two functions of a broker that are called one after the other for a topic. */
export interface Subscriber {
  subscribe(topic: string): Promise<void>;
  unsubscribe(topic: string): Promise<void>;
}

/**
 * Keeps the subscriptions of a process at its engine as its topics want them: one call at a time for each
 * topic, so that they cannot overtake each other, however often connections come and go meanwhile.
 */
export class Interests {
  readonly #subscriber: Subscriber;
  readonly #onError: (topic: string, error: unknown) => void;
  readonly #interests = new Map<string, Interest>();

  /** @param onError a call for a topic has failed */
  constructor(subscriber: Subscriber, onError: (topic: string, error: unknown) => void) {
    this.#subscriber = subscriber;
    this.#onError = onError;
  }

  /** @returns the same promise while the topic is wanted; a rejection need not be handled */
  want(topic: string): Promise<void> {
    const known = this.#interests.get(topic);
    if (known?.wanted) return known.ready;
    const interest = known ?? { wanted: true, held: false, busy: false, ...waiting() };
    interest.wanted = true;
    // It is being unsubscribed, and will be subscribed anew.
    if (interest.held && interest.busy) Object.assign(interest, waiting());
    this.#interests.set(topic, interest);
    void this.#settle(topic, interest);
    return interest.ready;
  }

  drop(topic: string): void {
    const interest = this.#interests.get(topic);
    if (interest === undefined) return;
    interest.wanted = false;
    void this.#settle(topic, interest);
  }

  async #settle(topic: string, interest: Interest): Promise<void> {
    if (interest.busy) return;
    interest.busy = true;
    while (interest.wanted !== interest.held) {
      const { wanted } = interest;
      try {
        if (wanted) await this.#subscriber.subscribe(topic);
        else await this.#subscriber.unsubscribe(topic);
        interest.held = wanted;
        if (wanted) interest.resolve();
      } catch (error) {
        this.#onError(topic, error);
        interest.held = false;
        if (!wanted) continue;
        // The next one who wants it tries anew.
        interest.wanted = false;
        interest.reject(error);
      }
    }
    interest.busy = false;
    if (!interest.wanted) this.#interests.delete(topic);
  }
}

function waiting(): Pick<Interest, "ready" | "resolve" | "reject"> {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const ready = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  ready.catch(() => {});
  return { ready, resolve, reject };
}
