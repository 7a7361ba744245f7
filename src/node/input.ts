import { isAscii } from "node:buffer";
import type { Socket } from "node:net";
import { ProtocolError } from "../errors.ts";
import type { DeflateDirection } from "../extensions/permessage-deflate.ts";
import { sharedChunk } from "../protocol/mask-simd.ts";
import { decodeText } from "../protocol/message-assembler.ts";
import { litter } from "../protocol/message-memory.ts";
import type { ConnectionSettings } from "./connection-options.ts";
import { Inbox, PARTS_END } from "./inbox.ts";
import { discard } from "./long-buffers.ts";
import { MessageInflater } from "./message-inflater.ts";
import { MessageTimer } from "./message-timer.ts";
import type { MessageParser } from "./parser-pool.ts";
import { isNodeBetween } from "./system-handle.ts";

// Other runtimes call themselves a version of Node too, and have other collectors.
const { bun, deno } = process.versions;
if (bun === undefined && deno === undefined && isNodeBetween(24, Infinity)) litter();

/** What the receiving half tells its connection. */
export interface InputOwner {
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
}

/** For whom messages are read. */
type Consumer = "nobody" | "handler" | "inbox";

/**
 * The receiving half of a connection: chunks of the socket to messages for the consumer, at the
 * consumer's pace. While the consumer is held up nothing is parsed, one chunk at most waits here,
 * and the peer is held up by TCP.
 */
export class Input {
  /** When the last bytes came, by performance.now(). */
  lastReceived = performance.now();
  /** Messages that were dropped, see {@link discard}. */
  discarded = 0;
  /** Whether the peer has ended its side of TCP. */
  ended = false;

  readonly #socket: Socket;
  readonly #settings: ConnectionSettings;
  readonly #owner: InputOwner;
  /** While a chunk is being parsed, and between chunks within a message. */
  #parser: MessageParser | undefined;
  /** Where compression was agreed upon. */
  readonly #inflater: MessageInflater | undefined;
  /** A message is being inflated on the thread pool: those behind it wait. */
  #inflating = false;
  #consumer: Consumer = "nobody";
  #inbox: Inbox | undefined;
  /** Chunks that wait for the consumer. */
  #unparsed: Buffer[] | undefined;
  #parsing = false;
  #userPaused = false;
  #socketPaused: boolean;
  #discarding = false;
  #deaf = false;
  #socketGone = false;
  #messageTimer: MessageTimer | undefined;
  /** Once the connection has ended. */
  #makeEndError: (() => Error) | undefined;

  /** @param compression how the peer compresses, where that was agreed upon */
  constructor(
    socket: Socket,
    settings: ConnectionSettings,
    owner: InputOwner,
    compression: DeflateDirection | undefined,
  ) {
    this.#socket = socket;
    this.#socketPaused = socket.isPaused();
    this.#settings = settings;
    this.#owner = owner;
    if (compression !== undefined && settings.compression !== undefined) {
      const { maxMessageSize } = settings;
      this.#inflater = new MessageInflater(settings.compression, compression, maxMessageSize);
    }
  }

  /** Whether nothing is read at the moment, so that silence says nothing about the peer. */
  get held(): boolean {
    if (this.#socketGone || this.#discarding) return false;
    if (this.#userPaused || this.#inflating || this.#consumer === "nobody") return true;
    return this.#inbox?.full === true;
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
      const { maxQueuedMessages, maxQueuedBytes } = this.#settings;
      this.#inbox = new Inbox(maxQueuedMessages, maxQueuedBytes, () => {
        this.pump();
        this.#owner.onTake();
      });
      if (this.#makeEndError !== undefined) this.#inbox.end(this.#makeEndError());
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
    this.pump();
  }

  /** From now on messages are dropped and counted; control frames are handled as before. */
  discard(): void {
    this.#discarding = true;
    this.pump();
  }

  /** From now on everything is dropped unread. */
  stop(): void {
    this.#deaf = true;
    this.#unparsed = undefined;
    this.#inflating = false;
    this.#inflater?.end();
    this.#parser?.stop();
    this.pump();
  }

  onData(chunk: Buffer, length: number): void {
    this.lastReceived = performance.now();
    if (this.#deaf) return;
    if (this.#unparsed !== undefined || this.held) {
      this.#unparsed ??= [];
      this.#unparsed.push(rest(chunk, 0, length));
      this.#holdSocket();
    } else {
      this.#parse(chunk, length);
      // Whatever the chunk has changed: what was held may be free now, the rest of it included.
      if (this.#socketPaused || this.#unparsed !== undefined) this.pump();
    }
  }

  onEnd(): void {
    this.ended = true;
    if (this.#unparsed === undefined && !this.#inflating) this.#owner.onInputEnd();
  }

  /**
   * TCP is gone: what waits is parsed now, whether the consumer keeps up or not. A message that is
   * being inflated is dropped, and what is behind it.
   */
  onSocketClose(): void {
    if (this.#inflating) this.stop();
    this.#socketGone = true;
    this.pump();
    this.#messageTimer?.stop();
  }

  /** No more messages will come: those in the inbox can still be taken. */
  end(makeError: () => Error): void {
    this.#makeEndError = makeError;
    this.#inbox?.end(makeError());
  }

  /** Parses what had to wait, as far as the consumer lets it, and then reads on. */
  pump(): void {
    if (this.#parsing) return;
    while (this.#unparsed !== undefined && !this.held && !this.#deaf) {
      const chunk = this.#unparsed.shift();
      if (this.#unparsed.length === 0) this.#unparsed = undefined;
      if (chunk !== undefined) this.#parse(chunk, chunk.length);
    }
    if (this.#unparsed !== undefined || this.#inflating) return;
    if (this.ended && !this.#socketGone) this.#owner.onInputEnd();
    if (this.#socketPaused && (!this.held || this.#deaf)) {
      this.#socketPaused = false;
      this.#messageTimer?.onReadOn();
      this.#socket.resume();
    }
  }

  // -------------------------------------------- called by the message assembler

  onText(text: string): void {
    this.#onMessage(text);
  }

  onBinary(data: Buffer): void {
    this.#onMessage(data);
  }

  onCompressed(text: boolean, payload: Buffer, own: boolean): void {
    this.#messageTimer?.onMessage();
    if (this.#discarding) {
      this.discarded++;
      return;
    }
    const data = this.#inflater!.inflate(payload);
    if (data !== undefined) {
      this.#onInflated(text, text ? data : Buffer.from(data));
    } else if (this.#socketGone) {
      // Nobody waits for a long message any more, see onSocketClose.
      this.stop();
    } else {
      this.#inflating = true;
      this.#parser?.stop();
      this.#inflater!.inflateLong(payload, (result) => this.#onInflatedLong(text, result));
      if (own) discard(payload);
    }
  }

  onBegin(text: boolean): boolean {
    if (!this.#inbox?.inParts || this.#discarding) return false;
    this.#inbox.put({ text });
    return true;
  }

  onPart(part: string | Buffer): void {
    if (!this.#discarding) this.#put(part);
  }

  onEndOfParts(): void {
    this.#messageTimer?.onMessage();
    if (this.#discarding) this.discarded++;
    else this.#put(PARTS_END);
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

  #onMessage(data: string | Buffer): void {
    this.#messageTimer?.onMessage();
    if (this.#discarding) this.discarded++;
    else if (this.#consumer === "handler") this.#owner.onMessage(data);
    else this.#put(data);
  }

  #onInflated(text: boolean, data: Buffer): void {
    // RFC 7692 §6.2: text is judged once it is inflated.
    if (text) this.#onMessage(decodeText(data, 0, data.length, isAscii(data) ? 0 : 0x80));
    else this.#onMessage(data);
    // Few bytes can hold many messages that inflate to much: they wait, or are dropped at the end.
    if (this.#socketGone && this.#inbox?.full) this.stop();
  }

  #onInflatedLong(text: boolean, result: Buffer | ProtocolError): void {
    this.#inflating = false;
    this.#parsing = true;
    this.#owner.beforeChunk();
    try {
      if (result instanceof ProtocolError) throw result;
      // A short one does not keep the pool that it was put into.
      const shared = !text && result.length * 4 < result.buffer.byteLength;
      this.#onInflated(text, shared ? Buffer.from(result) : result);
      if (text) discard(result);
    } catch (error) {
      this.#onFailure(error);
    }
    this.#parsing = false;
    this.#owner.afterChunk();
    this.pump();
  }

  #onFailure(error: unknown): void {
    if (error instanceof ProtocolError) this.#owner.onBroken(error);
    else this.#owner.onUserError(error);
  }

  #put(item: string | Buffer | typeof PARTS_END): void {
    this.inbox().put(item);
    if (this.held) this.#parser?.stop();
  }

  #parse(chunk: Buffer, length: number): void {
    this.#parsing = true;
    this.#owner.beforeChunk();
    const { parsers, compressedParsers } = this.#settings;
    const pool = this.#inflater === undefined ? parsers : compressedParsers;
    this.#parser ??= pool.take(this);
    try {
      const end = this.#parser.push(chunk, 0, length);
      if (end < length && !this.#deaf) {
        this.#unparsed ??= [];
        this.#unparsed.unshift(rest(chunk, end, length));
      }
      if (this.#parser.idle) {
        pool.giveBack(this.#parser);
        this.#parser = undefined;
      }
    } catch (error) {
      this.#onFailure(error);
      // It has lost its place, whatever the error was.
      this.#parser = undefined;
      this.stop();
    }
    this.#parsing = false;
    this.#owner.afterChunk();
    if (this.#deaf || this.#parser === undefined) this.#messageTimer?.onIdle();
    else this.#watchMessage();
  }

  #watchMessage(): void {
    const { messageTimeout } = this.#settings;
    if (messageTimeout === Number.POSITIVE_INFINITY) return;
    this.#messageTimer ??= new MessageTimer(messageTimeout, {
      isHeld: () => this.held,
      onTimeout: () =>
        this.#owner.onBroken(new ProtocolError("MESSAGE_TIMEOUT", `limit ${messageTimeout} ms`)),
    });
    this.#messageTimer.onIncomplete();
  }

  #holdSocket(): void {
    if (this.#socketPaused) return;
    this.#socketPaused = true;
    this.#socket.pause();
  }
}

/** What of a chunk is to be kept beyond the next read. */
function rest(chunk: Buffer, start: number, end: number): Buffer {
  const part = chunk.subarray(start, end);
  return chunk === sharedChunk ? Buffer.from(part) : part;
}
