import { ProtocolError } from "../../errors.ts";
import { sharedChunk } from "../../protocol/masking/mask-simd.ts";
import type { MessageSink } from "../../protocol/message-assembler.ts";
import type { Transport } from "../../socket/transport.ts";
import { now } from "../control/heartbeat.ts";
import type { ConnectionGroup } from "../group.ts";
import type { Output } from "../sending/output.ts";
import { type Resumable, turn } from "../turn.ts";
import { Block, WORK } from "./block.ts";
import { MessageTimer } from "./message-timer.ts";
import type { MessageParser, ParserPool } from "./parser-pool.ts";

/** What taking in asks and tells its endpoint. */
export interface IntakeOwner {
  readonly stream: object;
  readonly transport: Transport;
  readonly group: ConnectionGroup;
  /** What is sent while a chunk is parsed leaves together. */
  readonly output: Output;
  /** The peer broke the protocol, or a limit. */
  onBroken(error: ProtocolError): void;
  /** Something else was thrown while a chunk was parsed. */
  onUserError(error: unknown): void;
  /** The peer has ended its side of TCP. All it sent before was parsed unless `held`. */
  onFin(held: boolean): void;
  /** What waits here has changed. */
  onHeldChanged(): void;
}

/** What is made of what comes: messages may be dropped and counted, or everything unread. */
export type Attention = "deliver" | "drop" | "ignore";

/** Whether the peer still sends, has ended its side of TCP, or there is no TCP any more. */
type Peer = "there" | "ended" | "gone";

/**
 * Bytes that are read while nothing is parsed, before the stream is paused: of a peer that has sent no more than that
 * and ended its side of TCP the end is noticed. Each chunk counts for what it is beside its bytes, too.
 */
const READ_AHEAD = 16 * 1024;
const CHUNK_COST = 128;

/**
 * The way of a connection's chunks from the stream to the parser, at the pace of what is behind that. While
 * anything blocks it nothing is parsed, a little more is read, and the peer is held up by flow control.
 *
 * Its methods are `protected` or `private`, and so are those of Receiver and Sender: a class with methods that are
 * `#private` marks each of its objects, which takes an idle connection 8 bytes.
 */
export abstract class Intake implements Resumable {
  /** When the last bytes came, by {@link now}. */
  lastReceived = now();

  readonly #owner: IntakeOwner;
  /** While a chunk is being parsed, and between chunks within a message. */
  #parser: MessageParser | undefined;
  /** Chunks that wait. */
  #unparsed: Buffer[] | undefined;
  #messageTimer: MessageTimer | undefined;
  #blocks: number = Block.noConsumer;
  #attention: Attention = "deliver";
  #peer: Peer = "there";
  #parsing = false;
  #streamPaused: boolean;

  constructor(owner: IntakeOwner) {
    this.#owner = owner;
    this.#streamPaused = owner.transport.isPaused(owner.stream);
  }

  /** Whether the peer can be expected to be heard: its silence says nothing while nothing is read. */
  get listens(): boolean {
    return !this.blocked;
  }

  /** Whether TCP is gone. */
  get gone(): boolean {
    return this.#peer === "gone";
  }

  /** Whether a frame is half received: no Pong can come before its end. */
  get withinFrame(): boolean {
    return this.#parser?.withinFrame === true;
  }

  /** Bytes of memory that wait here: to be parsed, and of a message that is half there. */
  get held(): number {
    return (this.#parser?.sink.held ?? 0) + this.unparsedBytes;
  }

  /** Takes bytes that were read before there was a connection. */
  unread(chunk: Buffer): void {
    if (chunk.length > 0) this.#unparsed = [chunk];
  }

  /** Has the stream paused now, and not once a little more has been read. To be called while something blocks. */
  holdStream(): void {
    if (this.#streamPaused) return;
    this.#streamPaused = true;
    this.#owner.transport.pause(this.#owner.stream);
  }

  /** The next turn has begun: there is a new share of work. */
  resumeParsing(): void {
    this.unblock(Block.share);
  }

  onData(chunk: Buffer, length: number): void {
    this.lastReceived = now();
    if (this.#attention === "ignore") return;
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
    this.#owner.onFin(this.#unparsed !== undefined || this.has(Block.inflating));
  }

  /** TCP is gone: what waits is parsed now, whether anything blocks it or not. */
  onSocketClose(): void {
    this.#peer = "gone";
    this.onGone();
    this.pump();
    this.#messageTimer?.stop();
  }

  /** What is made of what comes from now on; never more than before. */
  protected heed(attention: Attention): void {
    this.#attention = attention;
    if (attention === "ignore") {
      this.#unparsed = undefined;
      this.#parser?.stop();
    }
    this.pump();
  }

  protected get attention(): Attention {
    return this.#attention;
  }

  protected has(block: number): boolean {
    return (this.#blocks & block) !== 0;
  }

  /** From now on nothing is parsed, nor any more of the chunk that is being parsed. */
  protected block(reason: number): void {
    this.#blocks |= reason;
    this.#parser?.stop();
  }

  /** The same, but the chunk that is being parsed is parsed to its end. */
  protected blockBehindChunk(reason: number): void {
    this.#blocks |= reason;
  }

  protected unblock(reason: number): void {
    this.lift(reason);
    this.pump();
  }

  /** The same, where the parsing goes on by itself. */
  protected lift(reason: number): void {
    this.#blocks &= ~reason;
  }

  /** A message is complete. */
  protected onWhole(): void {
    this.#messageTimer?.onMessage();
  }

  /** The message in progress is given up, with its memory. */
  protected forgetMessage(): void {
    this.#parser = undefined;
  }

  /** Counts work, and lets others go first when this connection's share is used up. */
  protected spend(cost: number): void {
    if (!turn.spend(cost) || this.has(Block.share) || this.gone) return;
    this.block(Block.share);
    turn.resumeLater(this);
  }

  /** Runs what a chunk would have done, had it not taken its time. */
  protected asIfParsed(act: () => void): void {
    this.#parsing = true;
    this.#owner.output.cork(0);
    try {
      act();
    } catch (error) {
      this.onFailure(error);
    }
    this.#parsing = false;
    this.#owner.output.uncork();
    this.pump();
  }

  /** Parsers for the messages of this connection, which go to {@link sink}. */
  protected abstract get pool(): ParserPool;
  protected abstract get sink(): MessageSink;
  /** A chunk of so many bytes is about to be parsed. */
  protected abstract onChunk(length: number): void;
  /** TCP is gone, and what waits is about to be parsed. */
  protected abstract onGone(): void;

  private get unparsedBytes(): number {
    // Asked for behind each chunk, when nearly always there is nothing.
    if (this.#unparsed === undefined) return 0;
    return this.#unparsed.reduce((bytes, { length }) => bytes + length + CHUNK_COST, 0);
  }

  /** Whether nothing is parsed at the moment. */
  private get blocked(): boolean {
    if (this.#blocks === 0 || this.gone || this.#attention === "ignore") return false;
    return this.#attention === "deliver" || this.has(WORK);
  }

  /** Parses what had to wait, as far as nothing blocks it, and then reads on. */
  private pump(): void {
    if (this.#parsing) return;
    while (this.#unparsed !== undefined && !this.blocked && this.#attention !== "ignore") {
      const chunk = this.#unparsed.shift();
      if (this.#unparsed.length === 0) this.#unparsed = undefined;
      if (chunk !== undefined) this.parse(chunk, chunk.length);
    }
    this.#owner.onHeldChanged();
    if (this.#unparsed !== undefined || this.has(Block.inflating)) return;
    if (this.#peer === "ended") this.#owner.onFin(false);
    // A little is read before there is a consumer, too.
    if (this.#streamPaused && (!this.blocked || this.#blocks === Block.noConsumer)) {
      this.#streamPaused = false;
      this.#messageTimer?.onReadOn();
      this.#owner.transport.resume(this.#owner.stream);
    }
  }

  private parse(chunk: Buffer, length: number): void {
    const { output } = this.#owner;
    this.#parsing = true;
    output.cork(length);
    turn.beginChunk(this, length);
    this.onChunk(length);
    try {
      this.#parser ??= this.pool.take(this.sink);
      const end = this.#parser.push(chunk, 0, length);
      if (end < length && this.#attention !== "ignore") {
        this.#unparsed ??= [];
        this.#unparsed.unshift(rest(chunk, end, length));
      }
      if (this.#parser.idle) {
        this.pool.giveBack(this.#parser);
        this.#parser = undefined;
      }
    } catch (error) {
      this.onFailure(error);
      // It has lost its place, whatever the error was.
      this.#parser = undefined;
      this.heed("ignore");
    }
    this.#parsing = false;
    output.uncork();
    if (this.#attention === "ignore" || this.#parser === undefined) this.#messageTimer?.onIdle();
    else this.watchMessage();
  }

  private onFailure(error: unknown): void {
    if (error instanceof ProtocolError) this.#owner.onBroken(error);
    else this.#owner.onUserError(error);
  }

  private watchMessage(): void {
    const { messageTimeout } = this.#owner.group.settings;
    if (messageTimeout === Number.POSITIVE_INFINITY) return;
    this.#messageTimer ??= new MessageTimer(messageTimeout, {
      isHeld: () => this.blocked,
      onTimeout: () => {
        const detail = `limit ${messageTimeout} ms: the option messageTimeout`;
        this.#owner.onBroken(new ProtocolError("MESSAGE_TIMEOUT", detail));
      },
    });
    this.#messageTimer.onIncomplete();
  }
}

/** What of a chunk is to be kept beyond the next read. */
function rest(chunk: Buffer, start: number, end: number): Buffer {
  const part = chunk.subarray(start, end);
  return chunk === sharedChunk ? Buffer.from(part) : part;
}
