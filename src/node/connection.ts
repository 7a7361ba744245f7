import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { ArgumentError, ConnectionClosedError, ProtocolError } from "../errors.ts";
import type { Fields } from "../handshake/fields.ts";
import { CloseCode, mayBeOnTheWire } from "../protocol/close-code.ts";
import { CloseHandshake, type CloseInfo, echoedCode } from "../protocol/close-handshake.ts";
import { MAX_CONTROL_PAYLOAD } from "../protocol/frame-header.ts";
import { FrameParser } from "../protocol/frame-parser.ts";
import { firstByte } from "../protocol/frame-writer.ts";
import { MessageAssembler } from "../protocol/message-assembler.ts";
import { Opcode } from "../protocol/opcode.ts";
import type { ConnectionSettings } from "./connection-options.ts";
import { type Data, toBytes } from "./data.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Inbox, PARTS_END } from "./inbox.ts";
import { type IncomingMessage, incomingMessages, wholeMessages } from "./incoming-message.ts";
import { MessageTimer } from "./message-timer.ts";
import { Output } from "./output.ts";
import { Pings } from "./pings.ts";
import { randomKey } from "./random.ts";
import type { RequestInfo } from "./request-info.ts";
import { SendQueue, sendInFragments } from "./send-queue.ts";
import { bindSocket } from "./socket-events.ts";
import { type TlsDetails, tlsDetails } from "./tls-details.ts";

/**
 * What happens on the connections of a route. One object serves all of them. A function of it
 * that throws, or whose promise rejects, closes its own connection with 1011 and is reported;
 * no other connection is touched.
 */
export interface ConnectionHandler {
  /** The opening handshake is done. */
  open?(ws: Connection): unknown;
  /**
   * A message has come: a string for text, a Buffer for binary, which may share its memory with
   * other messages and is for reading and sending only. Messages come one after the other; a
   * promise is not waited for.
   */
  message?(ws: Connection, data: string | Buffer): unknown;
  /** All that waited to be sent is with the operating system, after `send` had held back. */
  drain?(ws: Connection): unknown;
  /** The connection has ended; see {@link CloseInfo} for the code. The last call. */
  close?(ws: Connection, code: number, reason: string): unknown;
}

/** @internal Who made the connection, and is told of what the connection cannot handle itself. */
export interface ConnectionOwner {
  /** The connection has ended. */
  onClosed(connection: Connection, info: CloseInfo): void;
  /** The user's code has thrown. */
  onUserError(connection: Connection, error: unknown): void;
}

/** @internal What a handshake leads to. */
export interface ConnectionInit {
  readonly socket: Socket | TLSSocket;
  readonly role: "server" | "client";
  readonly settings: ConnectionSettings;
  readonly owner: ConnectionOwner;
  /** Agreed subprotocol, `""` for none. */
  readonly protocol: string;
  /** Agreed extensions as in the header, `""` for none. */
  readonly extensions: string;
  /** On the server. */
  readonly request?: RequestInfo;
  /** On the client: header fields of the server's response. */
  readonly response?: Fields;
}

/**
 * A WebSocket connection, on either side. Servers hand it to their handlers, `connect` resolves
 * with it.
 *
 * Reading begins when there is somebody to read for: a handler object, a call of
 * {@link receive}, an iteration. Nothing is lost before that, the peer is held up by TCP.
 */
export class Connection implements AsyncIterable<string | Buffer> {
  /** The subprotocol agreed upon, `""` for none (RFC 6455 §1.9). */
  readonly protocol: string;
  /** The extensions agreed upon, as in `Sec-WebSocket-Extensions`, `""` for none (§9.1). */
  readonly extensions: string;
  /** On a server, the request that opened the connection. */
  readonly request: RequestInfo | undefined;
  /** On a client, the header fields of the server's response. */
  readonly response: Fields | undefined;
  /** For the application: whatever it wants to remember of this connection. */
  data: unknown;
  /** Messages dropped because of `whenSendBufferFull: "drop"`. */
  dropped = 0;

  /** @internal When the last bytes came, by performance.now(). */
  lastReceived = performance.now();

  readonly #socket: Socket | TLSSocket;
  readonly #settings: ConnectionSettings;
  readonly #owner: ConnectionOwner;
  readonly #isServer: boolean;
  readonly #parser: FrameParser;
  readonly #output: Output;
  #handler: ConnectionHandler | undefined;
  #inbox: Inbox | undefined;
  /** Chunks not parsed yet because the consumer is held up or not there. */
  #unparsed: Buffer[] | undefined;
  #parsing = false;
  #userPaused = false;
  #socketPaused: boolean;
  /** Whether input is ignored: a Close has come, or the connection has failed (§7.1.7). */
  #deaf = false;
  /** Whether the peer has ended its side of TCP. */
  #inputEnded = false;
  #socketGone = false;
  #closing: CloseHandshake | undefined;
  #closeTimer: NodeJS.Timeout | undefined;
  #info: CloseInfo | undefined;
  #closed: Promise<CloseInfo> | undefined;
  #resolveClosed: ((info: CloseInfo) => void) | undefined;
  #messageTimer: MessageTimer | undefined;
  #heartbeat: Heartbeat | undefined;
  #pings: Pings | undefined;
  #queue: SendQueue | undefined;
  #owedPong: Buffer | undefined;

  /** @internal */
  constructor(init: ConnectionInit) {
    this.#socket = init.socket;
    this.#socketPaused = init.socket.isPaused();
    this.#settings = init.settings;
    this.#owner = init.owner;
    this.#isServer = init.role === "server";
    this.protocol = init.protocol;
    this.extensions = init.extensions;
    this.request = init.request;
    this.response = init.response;
    const assembler = new MessageAssembler(init.settings.maxMessageSize, this);
    this.#parser = new FrameParser(init.settings.rules, assembler);
    this.#output = new Output(init.socket, this.#isServer ? undefined : randomKey);
    if (init.settings.heartbeatInterval !== Number.POSITIVE_INFINITY) {
      const { heartbeatInterval, heartbeatTimeout } = init.settings;
      this.#heartbeat = new Heartbeat(this, heartbeatInterval, heartbeatTimeout);
    }
    bindSocket(init.socket, this);
  }

  // ---------------------------------------------------------------- sending

  /**
   * Sends a message. What is sent in one tick leaves in one write where it fits.
   *
   * @param data strings go as text (a lone surrogate becomes U+FFFD); buffers and views as binary.
   * Bytes of 16 KiB and more are not copied: unless nothing is returned they must not change
   * until the promise has resolved
   * @returns nothing while the peer keeps up; otherwise a promise that resolves when no more than
   * `highWaterMark` bytes wait, and rejects if the connection ends before. `await` is right in
   * either case
   * @throws ConnectionClosedError once a Close frame has been sent
   * @throws ArgumentError for any other type
   */
  send(data: Data): Promise<void> | undefined {
    if (this.#queue?.busy || data instanceof Blob) return this.#sendInTurn(data);
    return this.#sendNow(data);
  }

  /**
   * Sends one message of unknown length, a frame per fragment (RFC 6455 §5.4). Messages sent
   * meanwhile wait for its end; pings and pongs do not.
   *
   * @param fragments all strings (a text message) or all binary, at least one
   * @returns a promise that resolves when the last fragment was sent. It rejects with what the
   * iterable throws; a message cannot be taken back, so the connection then closes with 1011
   */
  sendFragments(
    fragments: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  ): Promise<void> {
    this.#checkOpen("send fragments");
    return this.#sendQueue.add(0, () =>
      sendInFragments(fragments, {
        text: (first, text) => {
          this.#checkOpen("send a fragment");
          this.#output.text(text, first);
          return this.#pressure();
        },
        binary: (first, bytes) => {
          this.#checkOpen("send a fragment");
          return this.#output.frame(first, bytes) ?? this.#pressure();
        },
        abandon: () => this.#startClose(CloseCode.internalError, ""),
      }),
    );
  }

  /**
   * Sends a Ping (§5.5.2).
   *
   * @param payload at most 125 bytes; without one each ping gets its own
   * @returns a promise of the milliseconds until the Pong came; it rejects if the connection ends
   * before, which need not be handled
   * @throws ConnectionClosedError, ArgumentError
   */
  ping(payload?: string | Uint8Array): Promise<number> {
    this.#checkOpen("ping");
    this.#pings ??= new Pings();
    const bytes =
      payload === undefined ? this.#pings.nextPayload() : controlPayload("ping", payload);
    const answered = this.#pings.wait(bytes);
    this.#output.frame(firstByte(Opcode.ping), bytes);
    return answered;
  }

  /**
   * Sends a Pong that nobody asked for (§5.5.3). Pings are answered without this.
   *
   * @param payload at most 125 bytes
   * @throws ConnectionClosedError, ArgumentError
   */
  pong(payload: string | Uint8Array = ""): void {
    this.#checkOpen("pong");
    this.#output.frame(firstByte(Opcode.pong), controlPayload("pong", payload));
  }

  /** Bytes that were sent but are not with the operating system yet, frame headers included. */
  get bufferedAmount(): number {
    return this.#output.buffered + (this.#queue?.bytes ?? 0);
  }

  // -------------------------------------------------------------- receiving

  /**
   * Waits for the next message: a string for text, a Buffer for binary.
   *
   * @param options `signal` gives up the waiting; no message is lost by that
   * @throws ConnectionClosedError when the connection has ended and all its messages were taken
   */
  async receive(options?: { readonly signal?: AbortSignal }): Promise<string | Buffer> {
    const item = await this.#consume("receive").take(options?.signal);
    return item as string | Buffer;
  }

  /**
   * Iterates over the messages. The iteration ends when the connection is closed with 1000, 1001
   * or without a code, and throws a ConnectionClosedError when it ends in any other way. A Close
   * from the peer is answered when the messages before it have been worked off, or half of
   * `closeTimeout` later.
   */
  [Symbol.asyncIterator](): AsyncGenerator<string | Buffer, void, void> {
    return wholeMessages(this.#consume("iterate over whole messages"));
  }

  /**
   * The messages one at a time, each as a stream of its parts, for messages too large to hold.
   * `maxMessageSize` holds here too: raise it, the memory taken is bounded by `maxQueuedBytes`.
   */
  get messages(): AsyncGenerator<IncomingMessage, void, void> {
    const inbox = this.#consume("");
    inbox.inParts = true;
    return incomingMessages(inbox);
  }

  /** Stops reading: no message is delivered until {@link resume}; the peer is held up by TCP. */
  pause(): void {
    this.#userPaused = true;
    if (this.#parsing) this.#parser.stop();
  }

  /** Reads on after {@link pause}. */
  resume(): void {
    this.#userPaused = false;
    this.#pump();
  }

  // ---------------------------------------------------------------- closing

  /** `"open"` until a Close frame was sent, `"closed"` once TCP is gone (RFC 6455 §7). */
  get state(): "open" | "closing" | "closed" {
    if (this.#info !== undefined) return "closed";
    return this.#closing?.sent ? "closing" : "open";
  }

  /** Resolves with how the connection ended, once it has. Never rejects. */
  get closed(): Promise<CloseInfo> {
    this.#closed ??=
      this.#info !== undefined
        ? Promise.resolve(this.#info)
        : new Promise((resolve) => {
            this.#resolveClosed = resolve;
          });
    return this.#closed;
  }

  /**
   * Begins the closing handshake (§7.1.2), after everything that was sent before. Messages that
   * still arrive are dropped and counted in {@link CloseInfo.discarded}. Closing twice is no
   * error; the first call decides.
   *
   * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999
   * @param reason at most 123 bytes in UTF-8
   * @returns how the connection ended, after `closeTimeout` at the latest
   * @throws ArgumentError
   */
  close(code: number = CloseCode.normal, reason = ""): Promise<CloseInfo> {
    checkClose(code, reason);
    if (this.#info === undefined) {
      this.#startCloseTimer(this.#settings.closeTimeout);
      if (this.#queue?.busy) {
        this.#queue.add(0, () => this.#startClose(code, reason)).catch(() => {});
      } else {
        this.#startClose(code, reason);
      }
    }
    return this.closed;
  }

  /** Ends the connection at once, without a closing handshake: 1006 on both sides. */
  terminate(): void {
    this.#deaf = true;
    this.#socket.destroy();
  }

  /** Closes with 1000 and waits for the end, so that `await using` works. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // ------------------------------------------------------------ information

  /** Address of the peer; undefined on a Unix socket and once the connection has ended. */
  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** Port of the peer; undefined like {@link remoteAddress}. */
  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }

  /** Address of this side; undefined on a Unix socket and once the connection has ended. */
  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  /** Port of this side; undefined like {@link localAddress}. */
  get localPort(): number | undefined {
    return this.#socket.localPort;
  }

  /** What TLS has agreed upon; undefined on a plain connection. */
  get tls(): TlsDetails | undefined {
    return tlsDetails(this.#socket);
  }

  // -------------------------------------------- called by the server and client

  /** @internal Starts reading for a handler object, with the bytes that came behind the head. */
  start(handler: ConnectionHandler | undefined, rest: Buffer): void {
    if (rest.length > 0) this.#unparsed = [rest];
    if (handler === undefined) {
      this.#holdSocket();
      return;
    }
    this.#handler = handler;
    this.#output.cork();
    this.#call(handler.open?.bind(handler, this));
    this.#output.uncork();
    this.#pump();
  }

  /** @internal Sends frames that are ready for the wire, unless this side is closing. */
  sendPrepared(frames: Buffer): void {
    if (this.state !== "open") return;
    if (this.#queue?.busy) {
      const send = () => this.sendPrepared(frames);
      this.#queue.add(frames.length, send).catch(() => {});
    } else if (this.#admits(frames.length)) {
      this.#output.prepared(frames);
    }
  }

  /** @internal The user's code that was to serve this connection has thrown. */
  onUserError(error: unknown): void {
    // That it could not send to a peer that has gone is no fault of the user's.
    if (error instanceof ConnectionClosedError && this.#closing !== undefined) return;
    this.#owner.onUserError(this, error);
    this.#fail(CloseCode.internalError, "", toError(error));
  }

  // ------------------------------------------------- called by the socket's events

  /** @internal */
  onData(chunk: Buffer): void {
    this.lastReceived = performance.now();
    if (this.#deaf) return;
    if (this.#unparsed !== undefined || this.held) {
      this.#unparsed ??= [];
      this.#unparsed.push(chunk);
      this.#holdSocket();
    } else {
      this.#parse(chunk);
    }
  }

  /** @internal */
  onDrain(): void {
    this.#output.onDrain();
  }

  /** @internal The peer has ended its side of TCP. */
  onEnd(): void {
    this.#inputEnded = true;
    if (this.#unparsed === undefined || this.#deaf) this.#endTcp();
  }

  /** @internal */
  onError(error: Error): void {
    this.#closing ??= new CloseHandshake();
    this.#closing.error ??= error;
  }

  /** @internal TCP is gone. */
  onSocketClose(): void {
    this.#socketGone = true;
    this.#pump();
    this.#closing ??= new CloseHandshake();
    const info = this.#closing.info;
    this.#info = info;
    clearTimeout(this.#closeTimer);
    this.#messageTimer?.stop();
    this.#heartbeat?.stop();
    const error = this.#closedError("the connection has ended");
    this.#output.end(error);
    this.#pings?.end(error);
    this.#inbox?.end(error);
    this.#call(this.#handler?.close?.bind(this.#handler, this, info.code, info.reason));
    this.#resolveClosed?.(info);
    this.#owner.onClosed(this, info);
  }

  // -------------------------------------------------- called by the heartbeat

  /** @internal Whether this side does not read at the moment. */
  get held(): boolean {
    if (this.#socketGone || this.#closing?.sent) return false;
    if (this.#userPaused) return true;
    return this.#handler === undefined && (this.#inbox === undefined || this.#inbox.full);
  }

  /** @internal */
  sendHeartbeat(): void {
    if (this.state === "open") this.#output.frame(firstByte(Opcode.ping), NOTHING);
  }

  /** @internal */
  onDead(): void {
    this.onError(new Error("the peer has not answered a ping in time"));
    this.#socket.destroy();
  }

  // ---------------------------------------------- called by the message assembler

  /** @internal */
  onText(text: string): void {
    this.#onMessage(text);
  }

  /** @internal */
  onBinary(data: Buffer): void {
    this.#onMessage(data);
  }

  /** @internal */
  onBegin(text: boolean): boolean {
    if (!this.#inbox?.inParts || this.#closing?.sent) return false;
    this.#inbox.put({ text });
    return true;
  }

  /** @internal */
  onPart(part: string | Buffer): void {
    this.#deliver(part);
  }

  /** @internal */
  onEndOfParts(): void {
    this.#messageTimer?.onMessage();
    this.#deliver(PARTS_END);
  }

  /** @internal §5.5.2: a Ping is answered with its own payload. */
  onPing(payload: Buffer): void {
    if (this.#closing?.sent) return;
    if (!this.#output.exceeds(this.#settings.highWaterMark)) {
      this.#output.frame(firstByte(Opcode.pong), payload);
      return;
    }
    // §5.5.3: to a peer that does not read, only the most recent Ping is answered.
    if (this.#owedPong === undefined) {
      this.#output.whenEmpty().then(
        () => this.#payPong(),
        () => {},
      );
    }
    this.#owedPong = Buffer.from(payload);
  }

  /** @internal */
  onPong(payload: Buffer): void {
    this.#pings?.onPong(payload);
  }

  /** @internal */
  onClose(code: number, reason: string): void {
    this.#closing ??= new CloseHandshake();
    this.#closing.onReceived(code, reason);
    this.#stopListening();
    const { closeTimeout } = this.#settings;
    if (this.#closing.sent) {
      this.#finishTcp();
    } else if (this.#inbox?.iterated && !this.#inbox.exhausted) {
      // An iteration is still at work on what came before the Close; its answers go first.
      this.#startCloseTimer(closeTimeout);
      setTimeout(() => this.#answerClose(), closeTimeout / 2).unref();
    } else {
      this.#answerClose();
    }
  }

  // ------------------------------------------------------------------ private

  get #sendQueue(): SendQueue {
    this.#queue ??= new SendQueue();
    return this.#queue;
  }

  #sendInTurn(data: Data): Promise<void> {
    this.#checkOpen("send");
    if (data instanceof Blob) {
      const bytes = data.arrayBuffer();
      return this.#sendQueue.add(data.size, async () => this.#sendNow(await bytes));
    }
    const size = typeof data === "string" ? data.length : data.byteLength;
    return this.#sendQueue.add(size, () => this.#sendNow(data));
  }

  #sendNow(data: Exclude<Data, Blob>): Promise<void> | undefined {
    if (this.#closing !== undefined || this.#info !== undefined) this.#checkOpen("send");
    if (typeof data === "string") {
      if (!this.#admits(data.length)) return this.#refusal();
      this.#output.text(data);
      return this.#pressure();
    }
    const bytes = toBytes(data);
    if (!this.#admits(bytes.length)) return this.#refusal();
    return this.#output.frame(BINARY, bytes) ?? this.#pressure();
  }

  /** Whether `size` more bytes may wait; if not, does what `whenSendBufferFull` says. */
  #admits(size: number): boolean {
    const { maxSendBuffer, whenSendBufferFull } = this.#settings;
    if (!this.#output.exceeds(maxSendBuffer - size) || this.bufferedAmount === 0) return true;
    if (whenSendBufferFull === "drop") this.dropped++;
    else this.#fail(CloseCode.tryAgainLater, "send buffer full", new Error("send buffer full"));
    return false;
  }

  /** What `send` returns for a message that was not admitted. */
  #refusal(): Promise<void> {
    if (this.state === "open") return this.#output.whenEmpty();
    const refused = Promise.reject(this.#closedError("the send buffer was full"));
    refused.catch(() => {});
    return refused;
  }

  #pressure(): Promise<void> | undefined {
    if (!this.#output.exceeds(this.#settings.highWaterMark)) return undefined;
    const empty = this.#output.whenEmpty();
    const handler = this.#handler;
    if (handler?.drain !== undefined && !this.#drainAwaited) {
      this.#drainAwaited = true;
      empty.then(
        () => {
          this.#drainAwaited = false;
          this.#call(() => handler.drain?.(this));
        },
        () => {},
      );
    }
    return empty;
  }

  #drainAwaited = false;

  #payPong(): void {
    const payload = this.#owedPong;
    this.#owedPong = undefined;
    if (payload !== undefined && this.state === "open") {
      this.#output.frame(firstByte(Opcode.pong), payload);
    }
  }

  #checkOpen(what: string): void {
    if (this.state === "open") return;
    throw this.#closedError(`cannot ${what}: the connection is ${this.state}`);
  }

  #closedError(message: string): ConnectionClosedError {
    const info = this.#info ?? this.#closing?.info;
    const code = info?.code ?? CloseCode.abnormal;
    const reason = info?.reason ?? "";
    const full = `${message} (close code ${code}${reason === "" ? "" : `, ${reason}`})`;
    const cause = info?.error;
    return new ConnectionClosedError(full, code, reason, cause === undefined ? {} : { cause });
  }

  /** The inbox, for somebody who wants to read from it. */
  #consume(how: string): Inbox {
    if (this.#handler !== undefined) {
      throw new ArgumentError("this connection's messages go to the handler object of its route");
    }
    if (how !== "" && this.#inbox?.inParts) {
      throw new ArgumentError(`cannot ${how}: this connection is read through \`messages\``);
    }
    if (this.#inbox === undefined) {
      this.#openInbox();
      this.#pump();
    }
    return this.#inbox!;
  }

  #openInbox(): void {
    const { maxQueuedMessages, maxQueuedBytes } = this.#settings;
    this.#inbox = new Inbox(maxQueuedMessages, maxQueuedBytes, () => this.#onTake());
    if (this.#info !== undefined) this.#inbox.end(this.#closedError("the connection has ended"));
  }

  #onTake(): void {
    this.#pump();
    if (this.#closing?.received && !this.#closing.sent && this.#inbox?.exhausted) {
      this.#answerClose();
    }
  }

  #parse(chunk: Buffer): void {
    this.#parsing = true;
    this.#output.cork();
    try {
      const end = this.#parser.push(chunk);
      if (end < chunk.length && !this.#deaf) {
        this.#unparsed ??= [];
        this.#unparsed.unshift(chunk.subarray(end));
      }
    } catch (error) {
      if (error instanceof ProtocolError) this.#fail(error.closeCode, error.code, error);
      else this.onUserError(error);
    }
    this.#parsing = false;
    this.#output.uncork();
    if (!this.#parser.idle && !this.#deaf) this.#watchMessage();
  }

  #watchMessage(): void {
    const { messageTimeout } = this.#settings;
    if (messageTimeout === Number.POSITIVE_INFINITY) return;
    this.#messageTimer ??= new MessageTimer(messageTimeout, {
      isPending: () => !this.#parser.idle && !this.#deaf && !this.held,
      onTimeout: () => {
        const error = new ProtocolError("MESSAGE_TIMEOUT", `limit ${messageTimeout} ms`);
        this.#fail(error.closeCode, error.code, error);
      },
    });
    this.#messageTimer.onIncomplete();
  }

  /** Parses what had to wait, as far as the consumer lets it, and then reads on. */
  #pump(): void {
    if (this.#parsing) return;
    while (this.#unparsed !== undefined && !this.held && !this.#deaf) {
      const chunk = this.#unparsed.shift();
      if (this.#unparsed.length === 0) this.#unparsed = undefined;
      if (chunk !== undefined) this.#parse(chunk);
    }
    if (this.#unparsed !== undefined && !this.#deaf) return;
    if (this.#inputEnded && !this.#socketGone) this.#endTcp();
    if (this.#socketPaused && (!this.held || this.#deaf)) {
      this.#socketPaused = false;
      this.#socket.resume();
    }
  }

  #holdSocket(): void {
    if (this.#socketPaused) return;
    this.#socketPaused = true;
    this.#socket.pause();
  }

  #onMessage(data: string | Buffer): void {
    this.#messageTimer?.onMessage();
    const handler = this.#handler;
    if (handler === undefined || this.#closing !== undefined) {
      this.#deliver(data);
      return;
    }
    try {
      const result = handler.message?.(this, data);
      if (result !== undefined) this.#watch(result);
    } catch (error) {
      this.onUserError(error);
    }
  }

  /** Puts into the inbox what came for a consumer that takes it when it wants. */
  #deliver(item: string | Buffer | typeof PARTS_END): void {
    if (this.#closing?.sent) {
      this.#closing.discarded++;
    } else if (this.#handler === undefined) {
      if (this.#inbox === undefined) this.#openInbox();
      this.#inbox!.put(item);
      if (this.held) this.#parser.stop();
    }
  }

  /** Calls a function of the user's. */
  #call(callback: (() => unknown) | undefined): void {
    if (callback === undefined) return;
    try {
      this.#watch(callback());
    } catch (error) {
      this.onUserError(error);
    }
  }

  #watch(result: unknown): void {
    if (result !== undefined) Promise.resolve(result).catch((error) => this.onUserError(error));
  }

  /** §7.1.7: fails the connection with a Close frame that says why. */
  #fail(code: number, reason: string, error: Error): void {
    if (this.#info !== undefined) return;
    this.#closing ??= new CloseHandshake();
    this.#closing.error ??= error;
    this.#startClose(code, reason);
    this.#stopListening();
    this.#endTcp();
  }

  #startClose(code: number | undefined, reason: string): void {
    if (this.#info !== undefined || this.#closing?.sent) return;
    this.#closing ??= new CloseHandshake();
    this.#output.frame(firstByte(Opcode.close), closePayload(code, reason));
    this.#closing.onSent();
    this.#startCloseTimer(this.#settings.closeTimeout);
    if (this.#closing.received) this.#finishTcp();
    // What the consumer had held up would keep the peer's Close from being seen.
    else this.#pump();
  }

  #answerClose(): void {
    if (this.#closing !== undefined) this.#startClose(echoedCode(this.#closing.info.code), "");
  }

  #stopListening(): void {
    this.#deaf = true;
    this.#unparsed = undefined;
    this.#parser.stop();
    this.#pump();
  }

  /** §7.1.1: both Close frames have passed; the server closes TCP first. */
  #finishTcp(): void {
    if (this.#isServer || this.#inputEnded) this.#endTcp();
  }

  #endTcp(): void {
    this.#output.flush();
    this.#startCloseTimer(this.#settings.closeTimeout);
    this.#socket.end();
  }

  /** The deadline of the closing handshake: set once, and no traffic extends it. */
  #startCloseTimer(milliseconds: number): void {
    if (this.#closeTimer !== undefined || milliseconds === Number.POSITIVE_INFINITY) return;
    this.#closeTimer = setTimeout(() => this.#socket.destroy(), milliseconds);
  }
}

const BINARY = firstByte(Opcode.binary);
const NOTHING = Buffer.alloc(0);

function controlPayload(what: string, payload: string | Uint8Array): Uint8Array {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : toBytes(payload);
  // §5.5
  if (bytes.length <= MAX_CONTROL_PAYLOAD) return bytes;
  throw new ArgumentError(
    `the payload of a ${what} has at most ${MAX_CONTROL_PAYLOAD} bytes; got ${bytes.length}`,
  );
}

function checkClose(code: number, reason: string): void {
  if (!Number.isInteger(code) || !mayBeOnTheWire(code)) {
    throw new ArgumentError(
      `a close code is 1000 to 1003, 1007 to 1014 or 3000 to 4999 (RFC 6455 §7.4); got ${code}`,
    );
  }
  // §5.5: two of the 125 bytes are the code.
  const length = Buffer.byteLength(reason);
  if (length > MAX_CONTROL_PAYLOAD - 2) {
    throw new ArgumentError(`a close reason has at most 123 bytes in UTF-8; got ${length}`);
  }
}

function closePayload(code: number | undefined, reason: string): Buffer {
  if (code === undefined) return NOTHING;
  const payload = Buffer.allocUnsafe(2 + Buffer.byteLength(reason));
  payload.writeUInt16BE(code, 0);
  payload.write(reason, 2);
  return payload;
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
