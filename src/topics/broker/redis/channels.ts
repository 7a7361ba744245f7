import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketError } from "../../../errors.ts";
import type { Broker } from "../../broker.ts";
import { BrokerListeners } from "../listeners.ts";
import { Subscriptions, type SubscriptionsOwner } from "../subscriptions.ts";
import type { LinkEvents, RedisLink } from "./link.ts";

/** Milliseconds until a Redis that is reading its data after a start is asked again. */
const LOADING_PAUSE = 50;

/** A broker by publish and subscribe: at most once, and what was missed while the connection was away is lost. */
export class RedisChannels
  extends BrokerListeners
  implements Broker, SubscriptionsOwner, LinkEvents
{
  readonly delivery: Broker["delivery"] = "at-most-once";
  protected readonly link: RedisLink;
  protected readonly publishCommand: string;
  readonly #prefix: string;
  readonly #subscriptions = new Subscriptions(this);
  /** Resolves when commands could be sent for the first time, or nobody wants to any more. */
  readonly #opened: Promise<void>;
  #open!: () => void;

  constructor(link: RedisLink, prefix: string, sharded: boolean) {
    super();
    this.link = link;
    this.publishCommand = sharded ? "SPUBLISH" : "PUBLISH";
    this.#prefix = prefix;
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
    link.open(this);
  }

  subscribe(topic: string): Promise<void> {
    return this.#subscriptions.add(topic);
  }

  unsubscribe(topic: string): Promise<void> {
    return this.#subscriptions.remove(topic);
  }

  async publish(topic: string, message: Uint8Array): Promise<void> {
    const channel = this.channelOf(topic);
    await this.command([this.publishCommand, channel, message], channel);
  }

  async close(): Promise<void> {
    this.closed = true;
    this.#subscriptions.clear();
    this.#open();
    this.link.close();
  }

  // ------------------------------------------------ called by the connections

  message(channel: string, message: Buffer): void {
    const topic = this.topicOf(channel);
    if (this.isSubscribed(topic)) this.receive(topic, message);
  }

  up(isMeant: (channel: string) => boolean): void {
    this.#subscriptions.onUp((topic) => {
      return isMeant(this.channelOf(topic)) && this.isSubscribable(topic);
    });
  }

  ready(_: (channel: string) => boolean): void {
    this.#open();
  }

  error(error: Error): void {
    this.tellError(error);
  }

  // ---------------------------------------------- called by the subscriptions

  isSubscribable(topic: string): boolean {
    return !this.closed && this.link.isSubscribable(this.channelOf(topic));
  }

  subscribeAtEngine(topic: string): Promise<void> {
    return this.link.subscribe(this.channelOf(topic));
  }

  unsubscribeAtEngine(topic: string): Promise<void> {
    return this.link.unsubscribe(this.channelOf(topic));
  }

  onBack(topic: string): void {
    this.tellGap(topic, "the connection to Redis was away");
  }

  onRefused(topic: string, error: unknown): void {
    this.tellGap(topic, `Redis refuses the subscription: ${error}`);
  }

  // --------------------------------------------------------- what streams change

  protected channelOf(topic: string): string {
    return this.#prefix + topic;
  }

  protected topicOf(channel: string): string {
    return channel.slice(this.#prefix.length);
  }

  protected receive(topic: string, message: Buffer): void {
    this.deliver(topic, message);
  }

  protected isSubscribed(topic: string): boolean {
    return this.#subscriptions.has(topic);
  }

  /** Sends a command about a channel, as soon as there has been a connection at all. */
  protected async command(
    parts: readonly (string | Uint8Array)[],
    channel: string,
  ): Promise<unknown> {
    await this.#opened;
    for (;;) {
      if (!this.link.isReady(channel)) throw redisGone();
      try {
        return await this.link.command(parts, channel);
      } catch (error) {
        if (!this.link.isReady(channel)) throw redisGone(error);
        if (!String((error as Error).message).startsWith("LOADING")) throw error;
        await sleep(LOADING_PAUSE);
      }
    }
  }
}

/** @param cause what the client says of it */
function redisGone(cause?: unknown): WebSocketError {
  return new WebSocketError("BROKER_GONE", "Redis is away", cause ? { cause } : {});
}
