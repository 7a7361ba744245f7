import type { Broker, BrokerHistory, HistoryPage, Position } from "../../broker.ts";
import { Recovery, type RecoveryOwner } from "../recovery.ts";
import { NatsChannels } from "./channels.ts";
import type { NatsConnection, NatsMessage } from "./connection.ts";
import { type Kept, NatsStream } from "./stream.ts";
import { subjectOf } from "./subject.ts";

/**
 * A broker by a stream of JetStream that keeps the messages of all topics, each under its subject. The stream numbers
 * them, and publishes each again. A process that sees a hole in the numbers of a topic, or whose connection was
 * away, reads what it has missed from the stream.
 */
export class NatsStreams extends NatsChannels implements RecoveryOwner {
  override readonly delivery: Broker["delivery"] = "at-least-once";
  readonly engine = "NATS";
  readonly #stream: NatsStream;
  readonly #recovery = new Recovery(this);

  constructor(connection: NatsConnection, prefix: string, kept: Kept) {
    super(connection, prefix);
    this.#stream = new NatsStream(connection, () => this.subscribable, prefix, kept);
  }

  get history(): BrokerHistory {
    return this;
  }

  override async publish(topic: string, message: Uint8Array): Promise<void> {
    await this.#stream.publish(this.#keptSubject(topic), message);
  }

  async since(topic: string, from: Position | undefined, limit: number): Promise<HistoryPage> {
    const subject = this.#keptSubject(topic);
    const { epoch, last } = await this.#stream.state(subject);
    const newest = { epoch, offset: last };
    if (from === undefined) return { messages: [], position: newest, complete: true };
    if (from.epoch !== epoch || from.offset > last) {
      return { messages: [], position: newest, complete: false };
    }
    if (limit === 0) return { messages: [], position: from, complete: true };
    const stored = await this.#stream.read(subject, from.offset + 1, limit);
    const messages = stored.map(({ number, data }) => ({
      position: { epoch, offset: number },
      message: data,
    }));
    const reached = messages.at(-1)?.position ?? newest;
    // All of them were read, so the topic has nothing up to where the stream was before.
    const position = stored.length < limit && reached.offset < last ? newest : reached;
    return { messages, position, complete: await this.#hasAllBehind(subject, from.offset) };
  }

  override async subscribeAtEngine(topic: string): Promise<void> {
    this.#recovery.begin(topic);
    // It has to be there before the first message is published.
    if (this.#stream.epoch === undefined) await this.#stream.state(this.#keptSubject(topic));
    await super.subscribeAtEngine(topic);
    await this.#recovery.mark(topic);
  }

  override async unsubscribe(topic: string): Promise<void> {
    this.#recovery.end(topic);
    await super.unsubscribe(topic);
  }

  override onBack(topic: string): void {
    void this.#recovery.recover(topic);
  }

  protected override onAway(): void {
    this.#stream.onAway();
  }

  protected override subscribedSubject(topic: string): string {
    return subjectOf(`${this.prefix}.live`, topic);
  }

  protected override receive(topic: string, { data, headers }: NatsMessage): void {
    const { epoch } = this.#stream;
    const offset = Number(headers?.get("Nats-Sequence"));
    const previous = Number(headers?.get("Nats-Last-Sequence"));
    if (epoch === undefined || !(offset > 0) || !(previous >= 0)) return;
    const isNew = this.#recovery.arrive(topic, { epoch, offset }, previous, data);
    // It was read from the stream already, or it is of another stream, which was made anew.
    if (!isNew) void this.#recovery.recover(topic);
  }

  #keptSubject(topic: string): string {
    return subjectOf(`${this.prefix}.history`, topic);
  }

  /**
   * Whether nothing of a subject that came behind a number was dropped. The stream drops the oldest first: of all
   * subjects what is too old, and of one what is too much.
   */
  async #hasAllBehind(subject: string, number: number): Promise<boolean> {
    const { first, isFull } = await this.#stream.state(subject);
    if (first <= number + 1 && !isFull) return true;
    const oldest = await this.#stream.oldest(subject);
    return oldest !== undefined && oldest <= number;
  }
}
