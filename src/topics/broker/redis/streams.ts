import { randomBytes } from "node:crypto";
import type { Broker, BrokerHistory, HistoryPage, Position } from "../../broker.ts";
import { Recovery, type RecoveryOwner } from "../recovery.ts";
import { RedisChannels } from "./channels.ts";
import type { RedisLink } from "./link.ts";
import { PUBLISH, READ, type Script } from "./scripts.ts";

/** How much is kept of a topic: messages, and milliseconds since the last one. */
export interface Kept {
  readonly size: number;
  readonly age: number;
}

/** Milliseconds that a silent topic keeps its epoch and offset, which take some hundred bytes. */
const POSITION_AGE = 7 * 24 * 60 * 60 * 1000;

/**
 * A broker by publish and subscribe, and a stream for each topic: each message is numbered when it is published. A
 * process that sees a hole in the numbers, or whose connection was away, reads what it has missed from the stream.
 */
export class RedisStreams extends RedisChannels implements RecoveryOwner {
  override readonly delivery: Broker["delivery"] = "at-least-once";
  readonly engine = "Redis";
  readonly #kept: Kept;
  readonly #recovery = new Recovery(this);

  constructor(link: RedisLink, prefix: string, sharded: boolean, kept: Kept) {
    super(link, prefix, sharded);
    this.#kept = kept;
  }

  get history(): BrokerHistory {
    return this;
  }

  override async publish(topic: string, message: Uint8Array): Promise<void> {
    const { size, age } = this.#kept;
    await this.#run(PUBLISH, topic, [
      ...[message, this.publishCommand, this.channelOf(topic)],
      ...[`${size}`, `${age}`, `${Math.max(age, POSITION_AGE)}`, newEpoch()],
    ]);
  }

  async since(topic: string, from: Position | undefined, limit: number): Promise<HistoryPage> {
    const first = (from?.offset ?? 0) + 1;
    const most = from === undefined ? 0 : Math.min(limit, Number.MAX_SAFE_INTEGER);
    const values = [`${POSITION_AGE}`, newEpoch(), `${first}`, `${most}`];
    const reply = await this.#run(READ, topic, values);
    const [epochBytes, last, entries] = reply as [Buffer, Buffer, [Buffer, [Buffer, Buffer]][]];
    const epoch = epochBytes.toString();
    const newest = { epoch, offset: Number(last.toString()) };
    if (from === undefined) return { messages: [], position: newest, complete: true };
    if (from.epoch !== epoch) return { messages: [], position: newest, complete: false };
    const messages = entries.map(([id, [, message]]) => ({
      position: { epoch, offset: Number.parseInt(id.toString(), 10) },
      message,
    }));
    if (most === 0) return { messages, position: from, complete: true };
    const found = messages[0]?.position.offset ?? newest.offset + 1;
    return { messages, position: messages.at(-1)?.position ?? newest, complete: found === first };
  }

  override async subscribeAtEngine(topic: string): Promise<void> {
    this.#recovery.begin(topic);
    await super.subscribeAtEngine(topic);
    await this.#recovery.mark(topic);
  }

  override async unsubscribe(topic: string): Promise<void> {
    this.#recovery.end(topic);
    await super.unsubscribe(topic);
  }

  // What was missed is read by commands, so a subscription is only made where they can be sent.

  override get subscribable(): boolean {
    return super.subscribable && this.link.ready;
  }

  override up(): void {
    if (this.subscribable) super.up();
  }

  override ready(): void {
    super.ready();
    this.up();
  }

  override onBack(topic: string): void {
    void this.#recovery.recover(topic);
  }

  protected override channelOf(topic: string): string {
    return super.channelOf(tagOf(topic));
  }

  protected override topicOf(channel: string): string {
    return decodeURIComponent(super.topicOf(channel).slice(1, -1));
  }

  protected override receive(topic: string, bytes: Buffer): void {
    const end = bytes.indexOf(0x0a);
    const [epoch = "", number] = bytes.subarray(0, end).toString("latin1").split(" ");
    const offset = Number(number);
    if (end === -1 || !Number.isSafeInteger(offset)) return;
    this.#recovery.arrive(topic, { epoch, offset }, offset - 1, bytes.subarray(end + 1));
  }

  async #run(script: Script, topic: string, values: (string | Uint8Array)[]): Promise<unknown> {
    const channel = this.channelOf(topic);
    const rest = ["2", `${channel}:position`, `${channel}:stream`, ...values];
    try {
      return await this.command(["EVALSHA", script.sha1, ...rest]);
    } catch (error) {
      if (!String((error as Error).message).startsWith("NOSCRIPT")) throw error;
      return await this.command(["EVAL", script.text, ...rest]);
    }
  }
}

/** In braces, so that a cluster has channel, position and stream of a topic in one place. */
function tagOf(topic: string): string {
  return `{${encodeURIComponent(topic)}}`;
}

function newEpoch(): string {
  return randomBytes(6).toString("base64url");
}
