import { WebSocketError } from "../../errors.ts";
import type { Broker } from "../broker.ts";
import { type Channel, type FromRelay, isOurs, type ToRelay } from "./channel.ts";

/** A promise that an answer of the relay settles. */
interface Pending {
  resolve(): void;
  reject(error: Error): void;
}

/** Brokers of a process share its channel, and so all of them see the answers to each. */
let lastId = 0;

/** The broker of a worker whose primary passes messages on. */
export class RelayedBroker implements Broker {
  readonly delivery = "at-most-once";
  readonly #channel: Channel;
  readonly #prefix: string;
  readonly #pending = new Map<number, Pending>();
  readonly #topics = new Set<string>();
  #stop: (() => void) | undefined;
  #message: ((topic: string, message: Uint8Array) => void) | undefined;
  #gap: ((topic: string, reason: string) => void) | undefined;

  /** @param name keeps brokers of one worker apart */
  constructor(channel: Channel, name: string) {
    this.#channel = channel;
    this.#prefix = `${name} `;
    const onMessage = (message: unknown) => {
      if (isOurs(message)) this.#receive(message as FromRelay);
    };
    this.#stop = channel.listen(onMessage, () => this.#onClosed());
  }

  onMessage(listener: (topic: string, message: Uint8Array) => void): void {
    this.#message = listener;
  }

  onGap(listener: (topic: string, reason: string) => void): void {
    this.#gap = listener;
  }

  async subscribe(topic: string): Promise<void> {
    this.#topics.add(topic);
    await this.#ask("subscribe", topic);
  }

  async unsubscribe(topic: string): Promise<void> {
    this.#topics.delete(topic);
    await this.#ask("unsubscribe", topic);
  }

  publish(topic: string, message: Uint8Array): Promise<void> {
    return this.#send({ barewire: "publish", topic: this.#prefix + topic, message });
  }

  async close(): Promise<void> {
    if (this.#stop === undefined) return;
    const left = [...this.#topics];
    const unsubscribed = left.map((topic) => this.unsubscribe(topic).catch(() => {}));
    await Promise.all(unsubscribed);
    this.#stop?.();
    this.#stop = undefined;
  }

  #ask(barewire: "subscribe" | "unsubscribe", topic: string): Promise<void> {
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#send({ barewire, topic: this.#prefix + topic, id }).catch((error) => {
        this.#pending.delete(id);
        reject(error);
      });
    });
  }

  #send(message: ToRelay): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#channel.send(message, (error) => {
        if (error === null) resolve();
        else reject(channelClosed(error));
      });
    });
  }

  #receive(message: FromRelay): void {
    if (message.barewire === "done") {
      this.#pending.get(message.id)?.resolve();
      this.#pending.delete(message.id);
      return;
    }
    const topic = this.#topicOf(message.topic);
    if (topic === undefined) return;
    if (message.barewire === "message") this.#message?.(topic, message.message);
    else this.#gap?.(topic, "this process did not keep up with what others published");
  }

  /** The topic of this broker that is called so between processes, if it is subscribed to it. */
  #topicOf(name: string): string | undefined {
    if (!name.startsWith(this.#prefix)) return undefined;
    const topic = name.slice(this.#prefix.length);
    return this.#topics.has(topic) ? topic : undefined;
  }

  #onClosed(): void {
    for (const { reject } of this.#pending.values()) reject(channelClosed());
    this.#pending.clear();
    for (const topic of this.#topics) this.#gap?.(topic, "the channel to the primary is closed");
  }
}

function channelClosed(cause?: Error): WebSocketError {
  return new WebSocketError("BROKER_GONE", "the channel to the primary is closed", { cause });
}
