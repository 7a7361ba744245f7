import { BroadcastChannel } from "node:worker_threads";
import type { Broker } from "../broker.ts";

/**
 * The broker of threads of one process. Each topic that a thread is subscribed to is a BroadcastChannel, so a thread
 * is not even woken for others.
 */
export class ThreadsBroker implements Broker {
  readonly delivery = "at-most-once";
  readonly #prefix: string;
  readonly #channels = new Map<string, BroadcastChannel>();
  #message: ((topic: string, message: Uint8Array) => void) | undefined;

  /** @param name keeps fleets of one process apart */
  constructor(name: string) {
    this.#prefix = `${name} `;
  }

  onMessage(listener: (topic: string, message: Uint8Array) => void): void {
    this.#message = listener;
  }

  async subscribe(topic: string): Promise<void> {
    if (this.#channels.has(topic)) return;
    const channel = this.#open(topic);
    channel.onmessage = (event) => {
      this.#message?.(topic, (event as { data: Uint8Array }).data);
    };
    this.#channels.set(topic, channel);
  }

  async unsubscribe(topic: string): Promise<void> {
    this.#channels.get(topic)?.close();
    this.#channels.delete(topic);
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    const subscribed = this.#channels.get(topic);
    const channel = subscribed ?? this.#open(topic);
    channel.postMessage(message);
    if (subscribed === undefined) channel.close();
  }

  async close(): Promise<void> {
    for (const channel of this.#channels.values()) channel.close();
    this.#channels.clear();
    this.#message = undefined;
  }

  #open(topic: string): BroadcastChannel {
    const channel = new BroadcastChannel(this.#prefix + topic);
    // A subscription is no reason for the process to go on.
    (channel as unknown as { unref(): void }).unref();
    return channel;
  }
}
