import { type ConnectionClosedError, ProtocolError } from "../../errors.ts";
import type { MessageSink } from "../../protocol/message-assembler.ts";
import { ownMemory } from "../../protocol/message-memory.ts";
import { now } from "../control/heartbeat.ts";
import { MESSAGE_COST, ZLIB_COST } from "../turn.ts";
import { Block } from "./block.ts";
import { Inbox, type InboxItem, PARTS_END } from "./inbox.ts";
import type { InflatedMessages, InflatedTarget } from "./inflated-messages.ts";
import { type Attention, Intake, type IntakeOwner } from "./intake.ts";
import type { ParserPool } from "./parser-pool.ts";
import type { RateLimit } from "./rate-limit.ts";

/** What the receiving half asks and tells its endpoint. */
export interface ReceiverOwner extends IntakeOwner {
  /** A whole message, for a handler object. */
  onMessage(data: string | Buffer | ArrayBuffer, binary: boolean): void;
  onPing(payload: Buffer): void;
  onPong(payload: Buffer): void;
  onClose(code: number, reason: string): void;
  /** An asynchronous consumer waits for a message, or will take no more. */
  onTake(): void;
  /** A message was dropped, since this side is closing. */
  onDiscarded(): void;
  /** Why no more messages come, once the connection has ended. */
  readonly endError: ConnectionClosedError | undefined;
}

/** The receiving half of a connection: who gets its messages, and how many of them may come. */
export class Receiver extends Intake implements MessageSink, InflatedTarget {
  readonly #owner: ReceiverOwner;
  /** Where messages go; undefined for a handler object. */
  #inbox: Inbox | undefined;
  /** Where compression was agreed upon. */
  #inflated: InflatedMessages | undefined;
  /** Where rates are limited. */
  #rate: RateLimit | undefined;

  constructor(owner: ReceiverOwner) {
    super(owner);
    this.#owner = owner;
  }

  /** The peer compresses: its messages go through `inflated` first. */
  inflateBy(inflated: InflatedMessages): void {
    this.#inflated = inflated;
  }

  /** The peer may send so much and no more. */
  limitBy(rate: RateLimit): void {
    this.#rate = rate;
  }

  /** Whether an asynchronous consumer is at work on what it has taken, or has yet to take some. */
  get busy(): boolean {
    return this.#inbox !== undefined && !this.#inbox.awaited && !this.has(Block.noConsumer);
  }

  /** Whether that consumer is an iteration, which will be back for more. */
  get iterated(): boolean {
    return this.#inbox?.iterated === true;
  }

  override get held(): number {
    return super.held + (this.#inbox?.bytes ?? 0);
  }

  /** From now on messages go to the owner's handler object. */
  readForHandler(): void {
    this.unblock(Block.noConsumer);
  }

  /** From now on messages go to the inbox. */
  readForInbox(): void {
    this.inbox();
    this.unblock(Block.noConsumer);
  }

  /** Reads into the inbox, as far as that goes, although nobody takes from it as yet. */
  readForNobody(): void {
    if (this.has(Block.noConsumer)) this.readForInbox();
  }

  inbox(): Inbox {
    if (this.#inbox === undefined) {
      const { maxQueuedMessages, maxQueuedBytes, endsQuietly } = this.#owner.group.settings;
      const inbox = new Inbox(maxQueuedMessages, maxQueuedBytes, () => {
        if (!inbox.full) this.unblock(Block.full);
        this.#owner.onTake();
      });
      inbox.endsQuietly = endsQuietly;
      this.#inbox = inbox;
      this.end();
    }
    return this.#inbox;
  }

  /** Nothing is delivered until {@link open}. */
  holdForOpen(): void {
    this.block(Block.opening);
  }

  open(): void {
    this.release(Block.opening);
  }

  pause(): void {
    this.block(Block.paused);
  }

  resume(): void {
    this.release(Block.paused);
  }

  /** What is made of what comes from now on; never more than before. */
  setAttention(attention: Attention): void {
    if (attention === this.attention) return;
    if (attention !== "deliver" && this.has(Block.inflating)) {
      this.#inflated?.end();
      if (attention === "drop") this.#owner.onDiscarded();
      this.lift(Block.inflating);
    }
    this.heed(attention);
  }

  override onSocketClose(): void {
    // A message that is being inflated is dropped, and what is behind it.
    if (this.#inflated?.busy) this.setAttention("ignore");
    super.onSocketClose();
  }

  /** Once the connection has ended no more messages come; those in the inbox can still be taken. */
  end(): void {
    // An error takes a stack trace: it is made only for an inbox.
    const error = this.#inbox && this.#owner.endError;
    if (error !== undefined) this.#inbox?.end(error);
  }

  /** Drops all that waits: it holds too much memory. */
  drop(): void {
    this.setAttention("ignore");
    const dropped = this.#inbox?.clear() ?? 0;
    for (let i = 0; i < dropped; i++) this.#owner.onDiscarded();
    this.forgetMessage();
    this.#owner.onHeldChanged();
  }

  // -------------------------------------------- called by the message assembler

  onText(text: string | Buffer): void {
    this.deliver(text, false);
  }

  onBinary(data: Buffer): void {
    const { binary } = this.#owner.group.settings;
    const whole = binary === "buffer" || this.#inbox?.inParts;
    this.deliver(whole ? data : ownMemory(data), true);
  }

  onCompressed(text: boolean, payload: Buffer, own: boolean): void {
    this.onWhole();
    if (this.attention === "deliver") this.#inflated!.take(text, payload, own);
    else this.#owner.onDiscarded();
  }

  onBegin(text: boolean): boolean {
    if (!this.#inbox?.inParts || this.attention !== "deliver") return false;
    this.put({ text });
    return true;
  }

  onPart(part: string | Buffer): void {
    if (this.attention === "deliver") this.put(part);
  }

  onEndOfParts(): void {
    this.onWhole();
    if (this.attention !== "deliver") this.#owner.onDiscarded();
    else this.put(PARTS_END);
  }

  onPing(payload: Buffer): void {
    this.countMessage();
    this.#owner.onPing(payload);
  }

  onPong(payload: Buffer): void {
    this.countMessage();
    this.#owner.onPong(payload);
  }

  onClose(code: number, reason: string): void {
    this.#owner.onClose(code, reason);
  }

  // --------------------------------------------- called by what inflates messages

  get delivers(): boolean {
    const held = this.has(Block.paused | Block.opening);
    return this.gone || this.attention !== "deliver" || !held;
  }

  onInflating(inflating: boolean): void {
    if (inflating) this.block(Block.inflating);
    else this.lift(Block.inflating);
  }

  onInflated(text: boolean, data: string | Buffer, calls: number): void {
    this.spend(calls * ZLIB_COST + data.length);
    if (text) this.onText(data);
    else this.onBinary(data as Buffer);
    if (!this.#inbox?.full) return;
    // Few bytes can hold many messages that inflate to much: they wait, or are dropped at the end.
    if (this.gone) this.setAttention("ignore");
    else this.block(Block.full);
  }

  onLater(deliver: () => void): void {
    this.asIfParsed(deliver);
  }

  onAbandoned(): void {
    this.setAttention("ignore");
  }

  // --------------------------------------------------------- called by the intake

  protected override get pool(): ParserPool {
    const { parsers, compressedParsers } = this.#owner.group;
    return this.#inflated === undefined ? parsers : compressedParsers;
  }

  protected override get sink(): MessageSink {
    return this;
  }

  protected override onChunk(length: number): void {
    if (this.#rate !== undefined) this.countRate(this.#rate, 0, length);
  }

  protected override onGone(): void {
    this.#inflated?.release();
  }

  // ------------------------------------------------------------------ private

  /** Whatever is held back for the reason is delivered, and then what is behind it. */
  private release(reason: number): void {
    this.lift(reason);
    this.#inflated?.release();
    this.unblock(reason);
  }

  private deliver(data: string | Buffer | ArrayBuffer, binary: boolean): void {
    this.onWhole();
    this.countMessage();
    if (this.attention !== "deliver") this.#owner.onDiscarded();
    else if (this.#inbox === undefined) this.#owner.onMessage(data, binary);
    else if (this.#inbox.inParts) this.putWhole(data, binary);
    else this.put(data);
  }

  /** A message that has come as a whole, for who takes the parts of messages. */
  private putWhole(data: InboxItem, binary: boolean): void {
    // Text as bytes cannot be told from binary by itself.
    const marked = !binary && typeof data !== "string";
    if (marked) this.put({ text: true });
    this.put(data);
    if (marked) this.put(PARTS_END);
  }

  private put(item: InboxItem): void {
    const inbox = this.#inbox!;
    inbox.put(item);
    if (!inbox.full) return;
    // A chunk is parsed to its end, as long as that fits.
    if (inbox.overflows) this.block(Block.full);
    else this.blockBehindChunk(Block.full);
  }

  private countMessage(): void {
    this.spend(MESSAGE_COST);
    if (this.#rate !== undefined) this.countRate(this.#rate, 1, 0);
  }

  /** Counts what has come, and holds the peer up or fails the connection if that is too much. */
  private countRate(rate: RateLimit, messages: number, bytes: number): void {
    const wait = rate.take(messages, bytes, now());
    if (wait === 0 || this.gone) return;
    const { maxMessageRate, maxByteRate, whenRateExceeded } = this.#owner.group.settings;
    if (whenRateExceeded === "close") {
      const detail = `limits: ${maxMessageRate} messages and ${maxByteRate} bytes a second`;
      this.#owner.onBroken(new ProtocolError("RATE_EXCEEDED", detail));
      return;
    }
    const waits = this.has(Block.rate);
    // Again, where that was noticed as a chunk began: it has begun all the same.
    this.block(Block.rate);
    if (!waits) setTimeout(() => this.unblock(Block.rate), Math.ceil(wait)).unref();
  }
}
