import type { Broker } from "../../src/index.ts";

/** An engine inside this process, that a test can take away. */
export class MemoryEngine {
  readonly brokers = new Set<MemoryBroker>();
  away = false;
  /** How often a topic is subscribed to, over all brokers. */
  readonly subscriptions = new Map<string, number>();
  readonly published: { topic: string; message: Uint8Array }[] = [];

  broker(): MemoryBroker {
    return new MemoryBroker(this);
  }
}

export class MemoryBroker implements Broker {
  readonly delivery = "at-most-once";
  readonly calls: string[] = [];
  gap: ((topic: string, reason: string) => void) | undefined;
  error: ((error: Error) => void) | undefined;
  /** What publish waits for. */
  slow: Promise<void> | undefined;
  closed = false;
  readonly #engine: MemoryEngine;
  readonly #topics = new Set<string>();
  #message: ((topic: string, message: Uint8Array) => void) | undefined;

  constructor(engine: MemoryEngine) {
    this.#engine = engine;
    engine.brokers.add(this);
  }

  onMessage(listener: (topic: string, message: Uint8Array) => void): void {
    this.#message = listener;
  }

  onGap(listener: (topic: string, reason: string) => void): void {
    this.gap = listener;
  }

  onError(listener: (error: Error) => void): void {
    this.error = listener;
  }

  async subscribe(topic: string): Promise<void> {
    this.calls.push(`+${topic}`);
    if (this.#engine.away) throw new Error("the engine is away");
    this.#topics.add(topic);
  }

  async unsubscribe(topic: string): Promise<void> {
    this.calls.push(`-${topic}`);
    this.#topics.delete(topic);
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    await this.slow;
    if (this.#engine.away) throw new Error("the engine is away");
    this.#engine.published.push({ topic, message });
    for (const broker of this.#engine.brokers) broker.#receive(topic, message);
  }

  /** As if somebody had published it. */
  inject(topic: string, message: Uint8Array): void {
    this.#message?.(topic, message);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.#engine.brokers.delete(this);
  }

  #receive(topic: string, message: Uint8Array): void {
    if (this.#topics.has(topic)) this.#message?.(topic, Uint8Array.from(message));
  }
}
