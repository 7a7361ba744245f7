import { isAscii } from "node:buffer";
import type { Socket } from "node:net";
import { discard } from "../../compression/long-buffers.ts";
import { MessageInflater } from "../../compression/message-inflater.ts";
import { ProtocolError } from "../../errors.ts";
import type { DeflateDirection } from "../../extensions/permessage-deflate.ts";
import { sharedChunk } from "../../protocol/mask-simd.ts";
import { decodeText } from "../../protocol/message-assembler.ts";
import { now } from "../heartbeat.ts";
import type { ConnectionSettings } from "../options.ts";
import { Inbox, PARTS_END } from "./inbox.ts";
import { MessageTimer } from "./message-timer.ts";
import type { MessageParser } from "./parser-pool.ts";

/** What the receiving half tells its connection. */
export interface InputOwner {
  readonly socket: Socket;
  readonly settings: ConnectionSettings;
  /** A whole message, for a handler object. */
  onMessage(data: string | Buffer): void;
  onPing(payload: Buffer): void;
  onPong(payload: Buffer): void;
  onClose(code: number, reason: string): void;
  /** A chunk is about to be parsed: what is sent until {@link afterChunk} leaves together. */
  beforeChunk(): void;
  afterChunk(): void;
  /** The peer broke the protocol, or a limit. */
  onBroken(error: ProtocolError): void;
  /** Something else was thrown while a chunk was parsed. */
  onUserError(error: unknown): void;
  /** The peer has ended its side of TCP, and all it sent before was parsed. */
  onInputEnd(): void;
  /** An asynchronous consumer has taken a message or waits for one. */
  onTake(): void;
  /** A message was dropped, see {@link Input.discard}. */
  onDiscarded(): void;
  /** Why no more messages come, once the connection has ended. */
  readonly endError: Error | undefined;
}

/** For whom messages are read. */
type Consumer = "nobody" | "handler" | "inbox";
/** What is made of what comes: messages may be dropped and counted, or everything unread. */
type Attention = "all" | "no messages" | "nothing";
/** Whether the peer still sends, has ended its side of TCP, or there is no TCP any more. */
type Peer = "there" | "ended" | "gone";

/**
 * The receiving half of a connection: chunks of the socket to messages for the consumer, at the
 * consumer's pace. While the consumer is held up nothing is parsed, one chunk at most waits here,
 * and the peer is held up by TCP.
 *
 * Its methods are `private`, and so are those of Output and Sender: a class with methods that are
 * `#private` marks each of its objects, which takes an idle connection 8 bytes.
 */
export class Input {
  /** When the last bytes came, by {@link now}. */
  lastReceived = now();

  readonly #owner: InputOwner;
  /** While a chunk is being parsed, and between chunks within a message. */
  #parser: MessageParser | undefined;
  /** Where compression was agreed upon. */
  readonly #inflater: MessageInflater | undefined;
  #consumer: Consumer = "nobody";
  #inbox: Inbox | undefined;
  /** Chunks that wait for the consumer. */
  #unparsed: Buffer[] | undefined;
  #parsing = false;
  #userPaused = false;
  #socketPaused: boolean;
  #attention: Attention = "all";
  #peer: Peer = "there";
  #messageTimer: MessageTimer | undefined;

  /** @param compression how the peer compresses, where that was agreed upon */
  constructor(owner: InputOwner, compression: DeflateDirection | undefined) {
    const { socket, settings } = owner;
    this.#socketPaused = socket.isPaused();
    this.#owner = owner;
    if (compression !== undefined && settings.compression !== undefined) {
      const { maxMessageSize } = settings;
      this.#inflater = new MessageInflater(settings.compression, compression, maxMessageSize);
    }
  }

  /** Whether nothing is read at the moment, so that silence says nothing about the peer. */
  get held(): boolean {
    if (this.#peer === "gone" || this.#attention !== "all") return false;
    if (this.#userPaused || this.inflating || this.#consumer === "nobody") return true;
    return this.#inbox?.full === true;
  }

  /** Whether the peer sends no more. */
  get ended(): boolean {
    return this.#peer !== "there";
  }

  /** Takes bytes that were read before there was a connection. */
  unread(chunk: Buffer): void {
    if (chunk.length > 0) this.#unparsed = [chunk];
  }

  /** From now on messages go to the owner's handler object. */
  readForHandler(): void {
    this.#consumer = "handler";
    this.pump();
  }

  /** From now on messages go to the inbox. */
  readForInbox(): void {
    this.#consumer = "inbox";
    this.pump();
  }

  /** Reads into the inbox, as far as that goes, although nobody takes from it as yet. */
  readForNobody(): void {
    if (this.#consumer === "nobody") this.readForInbox();
  }

  /** The inbox, made if need be. */
  inbox(): Inbox {
    if (this.#inbox === undefined) {
      const { maxQueuedMessages, maxQueuedBytes, endsQuietly } = this.#owner.settings;
      this.#inbox = new Inbox(maxQueuedMessages, maxQueuedBytes, () => {
        this.pump();
        this.#owner.onTake();
      });
      this.#inbox.endsQuietly = endsQuietly;
      this.end();
    }
    return this.#inbox;
  }

  /** Whether an asynchronous consumer is at work on what it has taken, or has yet to take some. */
  get busy(): boolean {
    return this.#consumer === "inbox" && this.#inbox?.exhausted === false;
  }

  /** Whether that consumer is an iteration, which will be back for more. */
  get iterated(): boolean {
    return this.#inbox?.iterated === true;
  }

  pause(): void {
    this.#userPaused = true;
    if (this.#parsing) this.#parser?.stop();
  }

  resume(): void {
    this.#userPaused = false;
    this.#inflater?.release();
    this.pump();
  }

  /** From now on messages are dropped and counted; control frames are handled as before. */
  discard(): void {
    if (this.#attention === "all") this.#attention = "no messages";
    if (this.inflating) {
      this.#inflater?.end();
      this.#owner.onDiscarded();
    }
    this.pump();
  }

  /** From now on everything is dropped unread. */
  stop(): void {
    this.#attention = "nothing";
    this.#unparsed = undefined;
    this.#inflater?.end();
    this.#parser?.stop();
    this.pump();
  }

  onData(chunk: Buffer, length: number): void {
    this.lastReceived = now();
    if (this.#attention === "nothing") return;
    if (this.#unparsed !== undefined || this.held) {
      this.#unparsed ??= [];
      this.#unparsed.push(rest(chunk, 0, length));
      this.holdSocket();
    } else {
      this.parse(chunk, length);
      // Whatever the chunk has changed: what was held may be free now, the rest of it included.
      if (this.#socketPaused || this.#unparsed !== undefined) this.pump();
    }
  }

  onEnd(): void {
    this.#peer = "ended";
    if (this.#unparsed === undefined && !this.inflating) this.#owner.onInputEnd();
  }

  /**
   * TCP is gone: what waits is parsed now, whether the consumer keeps up or not. A message that is
   * being inflated is dropped, and what is behind it.
   */
  onSocketClose(): void {
    if (this.#inflater?.busy) this.stop();
    this.#peer = "gone";
    this.#inflater?.release();
    this.pump();
    this.#messageTimer?.stop();
  }

  /** Once the connection has ended no more messages come; those in the inbox can still be taken. */
  end(): void {
    if (this.#inbox === undefined) return;
    const { endError } = this.#owner;
    if (endError !== undefined) this.#inbox.end(endError);
  }

  /** Parses what had to wait, as far as the consumer lets it, and then reads on. */
  pump(): void {
    if (this.#parsing) return;
    while (this.#unparsed !== undefined && !this.held && this.#attention !== "nothing") {
      const chunk = this.#unparsed.shift();
      if (this.#unparsed.length === 0) this.#unparsed = undefined;
      if (chunk !== undefined) this.parse(chunk, chunk.length);
    }
    if (this.#unparsed !== undefined || this.inflating) return;
    if (this.#peer === "ended") this.#owner.onInputEnd();
    if (this.#socketPaused && (!this.held || this.#attention === "nothing")) {
      this.#socketPaused = false;
      this.#messageTimer?.onReadOn();
      this.#owner.socket.resume();
    }
  }

  // -------------------------------------------- called by the message assembler

  onText(text: string): void {
    this.onMessage(text);
  }

  onBinary(data: Buffer): void {
    this.onMessage(data);
  }

  onCompressed(text: boolean, payload: Buffer, own: boolean): void {
    this.#messageTimer?.onMessage();
    if (this.#attention !== "all") {
      this.#owner.onDiscarded();
      return;
    }
    const data = this.#inflater!.inflate(payload);
    if (data !== undefined) {
      this.onInflated(text, text ? data : Buffer.from(data));
    } else if (this.#peer === "gone") {
      // Nobody waits for a long message any more, see onSocketClose.
      this.stop();
    } else {
      this.#parser?.stop();
      this.#inflater!.inflateLong(payload, !text, (result) => this.onInflatedLong(text, result));
      if (own) discard(payload);
    }
  }

  onBegin(text: boolean): boolean {
    if (!this.#inbox?.inParts || this.#attention !== "all") return false;
    this.#inbox.put({ text });
    return true;
  }

  onPart(part: string | Buffer): void {
    if (this.#attention === "all") this.put(part);
  }

  onEndOfParts(): void {
    this.#messageTimer?.onMessage();
    if (this.#attention !== "all") this.#owner.onDiscarded();
    else this.put(PARTS_END);
  }

  onPing(payload: Buffer): void {
    this.#owner.onPing(payload);
  }

  onPong(payload: Buffer): void {
    this.#owner.onPong(payload);
  }

  onClose(code: number, reason: string): void {
    this.#owner.onClose(code, reason);
  }

  // ------------------------------------------------------------------ private

  /** Whether a message is being inflated on the thread pool, or held since: those behind it wait. */
  private get inflating(): boolean {
    return this.#inflater?.busy === true || this.#inflater?.holds === true;
  }

  private onMessage(data: string | Buffer): void {
    this.#messageTimer?.onMessage();
    if (this.#attention !== "all") this.#owner.onDiscarded();
    else if (this.#consumer === "handler") this.#owner.onMessage(data);
    else this.put(data);
  }

  private onInflated(text: boolean, data: Buffer): void {
    // RFC 7692 §6.2: text is judged once it is inflated.
    if (text) this.onMessage(decodeText(data, 0, data.length, isAscii(data) ? 0 : 0x80));
    else this.onMessage(data);
    // Few bytes can hold many messages that inflate to much: they wait, or are dropped at the end.
    if (this.#peer === "gone" && this.#inbox?.full) this.stop();
  }

  private onInflatedLong(text: boolean, result: Buffer | ProtocolError): void {
    if (this.#userPaused && this.#attention === "all" && this.#peer !== "gone") {
      this.#inflater!.hold(() => this.onInflatedLong(text, result));
      return;
    }
    this.#parsing = true;
    this.#owner.beforeChunk();
    try {
      if (result instanceof ProtocolError) throw result;
      this.onInflated(text, result);
      if (text) discard(result);
    } catch (error) {
      this.onFailure(error);
    }
    this.#parsing = false;
    this.#owner.afterChunk();
    this.pump();
  }

  private onFailure(error: unknown): void {
    if (error instanceof ProtocolError) this.#owner.onBroken(error);
    else this.#owner.onUserError(error);
  }

  private put(item: string | Buffer | typeof PARTS_END): void {
    this.inbox().put(item);
    if (this.held) this.#parser?.stop();
  }

  private parse(chunk: Buffer, length: number): void {
    this.#parsing = true;
    this.#owner.beforeChunk();
    const { parsers, compressedParsers } = this.#owner.settings;
    const pool = this.#inflater === undefined ? parsers : compressedParsers;
    this.#parser ??= pool.take(this);
    try {
      const end = this.#parser.push(chunk, 0, length);
      if (end < length && this.#attention !== "nothing") {
        this.#unparsed ??= [];
        this.#unparsed.unshift(rest(chunk, end, length));
      }
      if (this.#parser.idle) {
        pool.giveBack(this.#parser);
        this.#parser = undefined;
      }
    } catch (error) {
      this.onFailure(error);
      // It has lost its place, whatever the error was.
      this.#parser = undefined;
      this.stop();
    }
    this.#parsing = false;
    this.#owner.afterChunk();
    if (this.#attention === "nothing" || this.#parser === undefined) this.#messageTimer?.onIdle();
    else this.watchMessage();
  }

  private watchMessage(): void {
    const { messageTimeout } = this.#owner.settings;
    if (messageTimeout === Number.POSITIVE_INFINITY) return;
    this.#messageTimer ??= new MessageTimer(messageTimeout, {
      isHeld: () => this.held,
      onTimeout: () =>
        this.#owner.onBroken(new ProtocolError("MESSAGE_TIMEOUT", `limit ${messageTimeout} ms`)),
    });
    this.#messageTimer.onIncomplete();
  }

  private holdSocket(): void {
    if (this.#socketPaused) return;
    this.#socketPaused = true;
    this.#owner.socket.pause();
  }
}

/** What of a chunk is to be kept beyond the next read. */
function rest(chunk: Buffer, start: number, end: number): Buffer {
  const part = chunk.subarray(start, end);
  return chunk === sharedChunk ? Buffer.from(part) : part;
}
