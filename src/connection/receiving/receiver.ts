import { type ConnectionClosedError, ProtocolError } from "../../errors.ts";
import { sharedChunk } from "../../protocol/mask-simd.ts";
import type { MessageSink } from "../../protocol/message-assembler.ts";
import { PIECE } from "../../protocol/message-memory.ts";
import type { Transport } from "../../socket/transport.ts";
import type { ConnectionGroup } from "../group.ts";
import { now } from "../heartbeat.ts";
import type { Output } from "../sending/output.ts";
import { MESSAGE_COST, type Resumable, turn, ZLIB_COST } from "../turn.ts";
import { Inbox, type InboxItem, PARTS_END } from "./inbox.ts";
import type { InflatedMessages, InflatedTarget } from "./inflated-messages.ts";
import { MessageTimer } from "./message-timer.ts";
import type { MessageParser } from "./parser-pool.ts";
import type { RateLimit } from "./rate-limit.ts";

/** What the receiving half asks and tells its endpoint. */
export interface ReceiverOwner {
  readonly stream: object;
  readonly transport: Transport;
  readonly group: ConnectionGroup;
  /** What is sent while a chunk is parsed leaves together. */
  readonly output: Output;
  /** A whole message, for a handler object. */
  onMessage(data: string | Buffer | ArrayBuffer, binary: boolean): void;
  onPing(payload: Buffer): void;
  onPong(payload: Buffer): void;
  onClose(code: number, reason: string): void;
  /** The peer broke the protocol, or a limit. */
  onBroken(error: ProtocolError): void;
  /** Something else was thrown while a chunk was parsed. */
  onUserError(error: unknown): void;
  /** The peer has ended its side of TCP. All it sent before was parsed unless `held`. */
  onFin(held: boolean): void;
  /** An asynchronous consumer waits for a message, or will take no more. */
  onTake(): void;
  /** A message was dropped, since this side is closing. */
  onDiscarded(): void;
  /** What waits here has changed. */
  onHeldChanged(): void;
  /** Why no more messages come, once the connection has ended. */
  readonly endError: ConnectionClosedError | undefined;
}

/** What is made of what comes: messages may be dropped and counted, or everything unread. */
export type Intake = "deliver" | "drop" | "ignore";

/** Whether the peer still sends, has ended its side of TCP, or there is no TCP any more. */
type Peer = "there" | "ended" | "gone";

/** Why nothing is parsed at the moment: bits, of which several can be set. */
const NO_CONSUMER = 1;
const PAUSED = 2;
const OPENING = 4;
const FULL = 8;
const INFLATING = 16;
const SHARE_USED = 32;
const RATE = 64;
/**
 * Bytes that are read while nothing is parsed, before the stream is paused: of a peer that has sent no more than that
 * and ended its side of TCP the end is noticed. Each chunk counts for what it is beside its bytes, too.
 */
const READ_AHEAD = 16 * 1024;
const CHUNK_COST = 128;
/** These bound this side's work, and so hold up messages that are to be dropped, too. */
const WORK = SHARE_USED | RATE;

/**
 * The receiving half of a connection: chunks of the stream to messages for the consumer, at the
 * consumer's pace. While anything blocks it nothing is parsed, a little more is read, and the peer is held up by
 * flow control.
 *
 * Its methods are `private`, and so are those of Sender: a class with methods that are
 * `#private` marks each of its objects, which takes an idle connection 8 bytes.
 */
export class Receiver implements MessageSink, InflatedTarget, Resumable {
  /** When the last bytes came, by {@link now}. */
  lastReceived = now();

  readonly #owner: ReceiverOwner;
  /** While a chunk is being parsed, and between chunks within a message. */
  #parser: MessageParser | undefined;
  /** Where compression was agreed upon. */
  #inflated: InflatedMessages | undefined;
  /** Where messages go; undefined for a handler object. */
  #inbox: Inbox | undefined;
  /** Chunks that wait. */
  #unparsed: Buffer[] | undefined;
  #messageTimer: MessageTimer | undefined;
  /** Where rates are limited. */
  #rate: RateLimit | undefined;
  #blocks = NO_CONSUMER;
  #intake: Intake = "deliver";
  #peer: Peer = "there";
  #parsing = false;
  #streamPaused: boolean;

  constructor(owner: ReceiverOwner) {
    this.#owner = owner;
    this.#streamPaused = owner.transport.isPaused(owner.stream);
  }

  /** The peer compresses: its messages go through `inflated` first. */
  inflateBy(inflated: InflatedMessages): void {
    this.#inflated = inflated;
  }

  /** The peer may send so much and no more. */
  limitBy(rate: RateLimit): void {
    this.#rate = rate;
  }

  /** Whether the peer can be expected to be heard: its silence says nothing while nothing is read. */
  get listens(): boolean {
    return !this.blocked;
  }

  /** Whether the peer sends no more. */
  get ended(): boolean {
    return this.#peer !== "there";
  }

  /** Whether a frame is half received: no Pong can come before its end. */
  get withinFrame(): boolean {
    return this.#parser?.withinFrame === true;
  }

  /** Whether an asynchronous consumer is at work on what it has taken, or has yet to take some. */
  get busy(): boolean {
    return this.#inbox !== undefined && !this.#inbox.awaited && !this.has(NO_CONSUMER);
  }

  /** Whether that consumer is an iteration, which will be back for more. */
  get iterated(): boolean {
    return this.#inbox?.iterated === true;
  }

  /** Bytes of memory that wait here: for the consumer, to be parsed, and of a message that is half there. */
  get held(): number {
    return (this.#inbox?.bytes ?? 0) + (this.#parser?.sink.held ?? 0) + this.unparsedBytes;
  }

  /** Takes bytes that were read before there was a connection. */
  unread(chunk: Buffer): void {
    if (chunk.length > 0) this.#unparsed = [chunk];
  }

  /** From now on messages go to the owner's handler object. */
  readForHandler(): void {
    this.unblock(NO_CONSUMER);
  }

  /** From now on messages go to the inbox. */
  readForInbox(): void {
    this.inbox();
    this.unblock(NO_CONSUMER);
  }

  /** Reads into the inbox, as far as that goes, although nobody takes from it as yet. */
  readForNobody(): void {
    if (this.has(NO_CONSUMER)) this.readForInbox();
  }

  /** The inbox, made if need be. */
  inbox(): Inbox {
    if (this.#inbox === undefined) {
      const { maxQueuedMessages, maxQueuedBytes } = this.#owner.group.settings;
      this.#inbox = new Inbox(maxQueuedMessages, maxQueuedBytes, () => {
        if (!this.#inbox!.full) this.unblock(FULL);
        this.#owner.onTake();
      });
      this.end();
    }
    return this.#inbox;
  }

  /** Nothing is delivered until {@link open}. */
  holdForOpen(): void {
    this.#blocks |= OPENING;
    if (this.#parsing) this.#parser?.stop();
  }

  open(): void {
    this.#blocks &= ~OPENING;
    this.#inflated?.release();
    this.pump();
  }

  pause(): void {
    this.#blocks |= PAUSED;
    if (this.#parsing) this.#parser?.stop();
  }

  /** Has the stream paused now, and not once a little more has been read. To be called while paused. */
  holdStream(): void {
    if (this.#streamPaused) return;
    this.#streamPaused = true;
    this.#owner.transport.pause(this.#owner.stream);
  }

  resume(): void {
    this.#blocks &= ~PAUSED;
    this.#inflated?.release();
    this.pump();
  }

  /** The next turn has begun: there is a new share of work. */
  resumeParsing(): void {
    this.unblock(SHARE_USED);
  }

  /** What is made of what comes from now on; never more than before, but at the end of the connection. */
  setIntake(intake: Intake): void {
    if (intake === this.#intake) return;
    this.#intake = intake;
    if (intake === "deliver") return;
    if (this.has(INFLATING)) {
      this.#inflated?.end();
      if (intake === "drop") this.#owner.onDiscarded();
      this.#blocks &= ~INFLATING;
    }
    if (intake === "ignore") {
      this.#unparsed = undefined;
      this.#parser?.stop();
    }
    this.pump();
  }

  onData(chunk: Buffer, length: number): void {
    this.lastReceived = now();
    if (this.#intake === "ignore") return;
    if (this.#unparsed !== undefined || this.blocked) {
      this.#unparsed ??= [];
      this.#unparsed.push(rest(chunk, 0, length));
      if (this.unparsedBytes >= READ_AHEAD) this.holdStream();
    } else {
      this.parse(chunk, length);
      // Whatever the chunk has changed: what was held may be free now, the rest of it included.
      if (this.#streamPaused || this.#unparsed !== undefined) this.pump();
    }
    this.#owner.onHeldChanged();
  }

  onEnd(): void {
    this.#peer = "ended";
    this.#owner.onFin(this.#unparsed !== undefined || this.has(INFLATING));
  }

  /**
   * TCP is gone: what waits is parsed now, whether the consumer keeps up or not. A message that is
   * being inflated is dropped, and what is behind it.
   */
  onSocketClose(): void {
    if (this.#inflated?.busy) this.setIntake("ignore");
    this.#peer = "gone";
    this.#inflated?.release();
    this.pump();
    this.#messageTimer?.stop();
  }

  /** Once the connection has ended no more messages come; those in the inbox can still be taken. */
  end(): void {
    const { endError } = this.#owner;
    if (endError !== undefined) this.#inbox?.end(endError);
  }

  /** Drops all that waits: it holds too much memory. */
  drop(): void {
    this.setIntake("ignore");
    const dropped = this.#inbox?.clear() ?? 0;
    for (let i = 0; i < dropped; i++) this.#owner.onDiscarded();
    this.#parser = undefined;
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
    this.#messageTimer?.onMessage();
    if (this.#intake === "deliver") this.#inflated!.take(text, payload, own);
    else this.#owner.onDiscarded();
  }

  onBegin(text: boolean): boolean {
    if (!this.#inbox?.inParts || this.#intake !== "deliver") return false;
    this.put({ text });
    return true;
  }

  onPart(part: string | Buffer): void {
    if (this.#intake === "deliver") this.put(part);
  }

  onEndOfParts(): void {
    this.#messageTimer?.onMessage();
    if (this.#intake !== "deliver") this.#owner.onDiscarded();
    else this.put(PARTS_END);
  }

  onPing(payload: Buffer): void {
    this.spend(MESSAGE_COST);
    if (this.#rate !== undefined) this.countRate(1, 0);
    this.#owner.onPing(payload);
  }

  onPong(payload: Buffer): void {
    this.spend(MESSAGE_COST);
    if (this.#rate !== undefined) this.countRate(1, 0);
    this.#owner.onPong(payload);
  }

  onClose(code: number, reason: string): void {
    this.#owner.onClose(code, reason);
  }

  // --------------------------------------------- called by what inflates messages

  get delivers(): boolean {
    return this.gone || this.#intake !== "deliver" || !this.has(PAUSED | OPENING);
  }

  get gone(): boolean {
    return this.#peer === "gone";
  }

  onInflating(inflating: boolean): void {
    if (!inflating) {
      this.#blocks &= ~INFLATING;
      return;
    }
    this.#blocks |= INFLATING;
    this.#parser?.stop();
  }

  onInflated(text: boolean, data: string | Buffer, calls: number): void {
    this.spend(calls * ZLIB_COST + data.length);
    if (text) this.onText(data);
    else this.onBinary(data as Buffer);
    if (!this.#inbox?.full) return;
    // Few bytes can hold many messages that inflate to much: they wait, or are dropped at the end.
    if (this.gone) this.setIntake("ignore");
    else this.#parser?.stop();
  }

  onLater(deliver: () => void): void {
    this.#parsing = true;
    this.#owner.output.cork(0);
    try {
      deliver();
    } catch (error) {
      this.onFailure(error);
    }
    this.#parsing = false;
    this.#owner.output.uncork();
    this.pump();
  }

  onAbandoned(): void {
    this.setIntake("ignore");
  }

  // ------------------------------------------------------------------ private

  private get unparsedBytes(): number {
    let bytes = 0;
    for (const { length } of this.#unparsed ?? []) bytes += length + CHUNK_COST;
    return bytes;
  }

  private has(block: number): boolean {
    return (this.#blocks & block) !== 0;
  }

  /** Whether nothing is parsed at the moment. */
  private get blocked(): boolean {
    if (this.#blocks === 0 || this.#peer === "gone" || this.#intake === "ignore") return false;
    return this.#intake === "deliver" || this.has(WORK);
  }

  private unblock(reason: number): void {
    this.#blocks &= ~reason;
    this.pump();
  }

  /** Parses what had to wait, as far as nothing blocks it, and then reads on. */
  private pump(): void {
    if (this.#parsing) return;
    while (this.#unparsed !== undefined && !this.blocked && this.#intake !== "ignore") {
      const chunk = this.#unparsed.shift();
      if (this.#unparsed.length === 0) this.#unparsed = undefined;
      if (chunk !== undefined) this.parse(chunk, chunk.length);
    }
    this.#owner.onHeldChanged();
    if (this.#unparsed !== undefined || this.has(INFLATING)) return;
    if (this.#peer === "ended") this.#owner.onFin(false);
    // A little is read before there is a consumer, too.
    if (this.#streamPaused && (!this.blocked || this.#blocks === NO_CONSUMER)) {
      this.#streamPaused = false;
      this.#messageTimer?.onReadOn();
      this.#owner.transport.resume(this.#owner.stream);
    }
  }

  private parse(chunk: Buffer, length: number): void {
    const { group, output } = this.#owner;
    this.#parsing = true;
    output.cork(length);
    turn.beginChunk(this, length);
    if (this.#rate !== undefined) this.countRate(0, length);
    const pool = this.#inflated === undefined ? group.parsers : group.compressedParsers;
    this.#parser ??= pool.take(this);
    try {
      const end = this.#parser.push(chunk, 0, length);
      if (end < length && this.#intake !== "ignore") {
        this.#unparsed ??= [];
        this.#unparsed.unshift(rest(chunk, end, length));
      }
      // A message that is dropped may have taken it.
      if (this.#parser?.idle) {
        pool.giveBack(this.#parser);
        this.#parser = undefined;
      }
    } catch (error) {
      this.onFailure(error);
      // It has lost its place, whatever the error was.
      this.#parser = undefined;
      this.setIntake("ignore");
    }
    this.#parsing = false;
    output.uncork();
    if (this.#intake === "ignore" || this.#parser === undefined) this.#messageTimer?.onIdle();
    else this.watchMessage();
  }

  private onFailure(error: unknown): void {
    if (error instanceof ProtocolError) this.#owner.onBroken(error);
    else this.#owner.onUserError(error);
  }

  /** Counts work, and lets others go first when this connection's share is used up. */
  private spend(cost: number): void {
    if (!turn.spend(cost) || this.has(SHARE_USED) || this.gone) return;
    this.#blocks |= SHARE_USED;
    this.#parser?.stop();
    turn.resumeLater(this);
  }

  private deliver(data: string | Buffer | ArrayBuffer, binary: boolean): void {
    this.#messageTimer?.onMessage();
    this.spend(MESSAGE_COST);
    if (this.#rate !== undefined) this.countRate(1, 0);
    if (this.#intake !== "deliver") this.#owner.onDiscarded();
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
    this.#blocks |= FULL;
    // A chunk is parsed to its end, as long as that fits.
    if (inbox.overflows) this.#parser?.stop();
  }

  /** Counts what has come, and holds the peer up or fails the connection if that is too much. */
  private countRate(messages: number, bytes: number): void {
    const wait = this.#rate!.take(messages, bytes, now());
    if (wait === 0 || this.has(RATE) || this.gone) return;
    const { maxMessageRate, maxByteRate, whenRateExceeded } = this.#owner.group.settings;
    if (whenRateExceeded === "close") {
      const detail = `limits: ${maxMessageRate} messages and ${maxByteRate} bytes a second`;
      this.#owner.onBroken(new ProtocolError("RATE_EXCEEDED", detail));
      return;
    }
    this.#blocks |= RATE;
    this.#parser?.stop();
    setTimeout(() => this.unblock(RATE), Math.ceil(wait)).unref();
  }

  private watchMessage(): void {
    const { messageTimeout } = this.#owner.group.settings;
    if (messageTimeout === Number.POSITIVE_INFINITY) return;
    this.#messageTimer ??= new MessageTimer(messageTimeout, {
      isHeld: () => this.blocked,
      onTimeout: () =>
        this.#owner.onBroken(new ProtocolError("MESSAGE_TIMEOUT", `limit ${messageTimeout} ms`)),
    });
    this.#messageTimer.onIncomplete();
  }
}

/** What of a chunk is to be kept beyond the next read. */
function rest(chunk: Buffer, start: number, end: number): Buffer {
  const part = chunk.subarray(start, end);
  return chunk === sharedChunk ? Buffer.from(part) : part;
}

/** The bytes in an ArrayBuffer that has nothing else. */
function ownMemory(bytes: Buffer): ArrayBuffer {
  const { buffer, byteOffset, byteLength } = bytes;
  // Shorter ones may lie beside others, and then are not to be transferred.
  if (byteLength > PIECE && byteLength === buffer.byteLength) return buffer as ArrayBuffer;
  return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
}
