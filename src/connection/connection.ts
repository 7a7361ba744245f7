import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { messageDeflater } from "../compression/message-deflater.ts";
import {
  ArgumentError,
  ConnectionClosedError,
  type ProtocolError,
  WebSocketError,
} from "../errors.ts";
import type { DeflateAgreement } from "../extensions/permessage-deflate.ts";
import type { Fields } from "../handshake/fields.ts";
import { checkOptionNames } from "../options/checks.ts";
import { CloseCode } from "../protocol/close-code.ts";
import type { CloseInfo } from "../protocol/close-handshake.ts";
import { firstByte } from "../protocol/frame-writer.ts";
import { Opcode } from "../protocol/opcode.ts";
import { bindSocket, shareReads } from "../socket/events.ts";
import { type TlsDetails, tlsDetails } from "../socket/tls-details.ts";
import { Closing } from "./closing.ts";
import { checkClose, controlPayload } from "./control-payloads.ts";
import type { ConnectionSettings } from "./options.ts";
import { Pings } from "./pings.ts";
import type { Inbox } from "./receiving/inbox.ts";
import {
  type IncomingMessage,
  incomingMessages,
  wholeMessages,
} from "./receiving/incoming-message.ts";
import { Input } from "./receiving/receiver.ts";
import { type ForwardedFacts, RequestInfo } from "./request-info.ts";
import type { BroadcastMessage } from "./sending/broadcast.ts";
import type { Data } from "./sending/data.ts";
import { randomKey } from "./sending/random.ts";
import { Sender } from "./sending/sender.ts";
import { catchRejection, isThenable, toError } from "./user-code.ts";

/**
 * What happens on the connections of a route. One object serves all of them. A function of it
 * that throws, or whose promise rejects, closes its own connection with 1011 and is reported;
 * no other connection is touched.
 */
export interface ConnectionHandler<User = unknown> {
  /**
   * The opening handshake is done. Where it returns a promise, messages wait until that has resolved; when
   * it rejects, there are none.
   */
  open?(ws: Connection<User>): unknown;
  /**
   * A message has come: a string for text, a Buffer for binary, which may share its memory (at most
   * 16 KiB) with other messages: for reading and sending, not for transferring. Messages come one
   * after the other; a promise is not waited for.
   */
  message?(ws: Connection<User>, data: string | Buffer): unknown;
  /** All that waited to be sent is with the operating system, after `send` had held back. */
  drain?(ws: Connection<User>): unknown;
  /** The connection has ended; see {@link CloseInfo} for the code. The last call. */
  close?(ws: Connection<User>, code: number, reason: string): unknown;
}

const ENDED = "the connection has ended";

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
  readonly settings: ConnectionSettings;
  readonly owner: ConnectionOwner;
  /** Agreed subprotocol, `""` for none. */
  readonly protocol: string;
  /** Agreed extensions as in the header, `""` for none. */
  readonly extensions: string;
  /** Where compression was agreed upon, which the settings must allow. */
  readonly compression: DeflateAgreement | undefined;
  /** On the server, the request or the text of its head. */
  readonly request?: RequestInfo | string;
  /** On the server, what the parameters of the route matched. */
  readonly params?: RequestInfo["params"];
  /** On the server, what trusted proxies say, where there are any. */
  readonly forwarded?: ForwardedFacts | undefined;
  /** On the client: header fields of the server's response. */
  readonly response?: Fields;
}

/**
 * A WebSocket connection, on either side. Servers hand it to their handlers, `connect` resolves
 * with it.
 *
 * Messages wait until there is somebody to read them: a handler object, a call of {@link receive},
 * an iteration. Nothing is lost before that: when `maxQueuedMessages` or `maxQueuedBytes` wait,
 * nothing more is read, pings included, and the peer is held up by TCP.
 */
export class Connection<User = unknown> implements AsyncIterable<string | Buffer> {
  /** The subprotocol agreed upon, `""` for none (RFC 6455 §1.9). */
  readonly protocol: string;
  /** The extensions agreed upon, as in `Sec-WebSocket-Extensions`, `""` for none (§9.1). */
  readonly extensions: string;
  /** On a client, the header fields of the server's response. */
  readonly response: Fields | undefined;
  /**
   * For the application: whatever it wants to remember of this connection. On a server, what the upgrade
   * was given as `data`; undefined before anything is put there.
   */
  data!: User;

  readonly #socket: Socket | TLSSocket;
  readonly #settings: ConnectionSettings;
  readonly #owner: ConnectionOwner;
  /** The request, or the text of its head while nobody has asked for it. */
  #request: RequestInfo | string | undefined;
  readonly #params: RequestInfo["params"] | undefined;
  readonly #forwarded: ForwardedFacts | undefined;
  readonly #input: Input;
  readonly #sender: Sender;
  #handler: ConnectionHandler<User> | undefined;
  #closing: Closing | undefined;
  #pings: Pings | undefined;

  /** @internal */
  constructor(init: ConnectionInit) {
    const { socket, settings } = init;
    this.#socket = socket;
    this.#settings = settings;
    this.#owner = init.owner;
    this.protocol = init.protocol;
    this.extensions = init.extensions;
    this.#request = init.request;
    this.#params = init.params;
    this.#forwarded = init.forwarded;
    this.response = init.response;
    this.#input = new Input(this, init.compression?.receive);
    const nextKey = settings.role === "server" ? undefined : randomKey;
    const deflater = messageDeflater(settings.compression, init.compression?.send);
    this.#sender = new Sender(this, nextKey, deflater);
    settings.heartbeat?.add(this);
    // A client's too: that the peer has ended its side may be known before a long message of it is
    // inflated, and must not end this side.
    socket.allowHalfOpen = true;
    bindSocket(socket, this);
    if (settings.shareReads) shareReads(socket);
  }

  // ---------------------------------------------------------------- sending

  /**
   * Sends a message. What is sent in one tick leaves in one write where it fits.
   *
   * @param data strings go as text (a lone surrogate becomes U+FFFD); buffers and views as binary.
   * Bytes of 32 KiB and more are not copied: unless nothing is returned they must not change until the
   * promise has resolved
   * @returns nothing while the peer keeps up. When more than `highWaterMark` bytes wait, a promise
   * that resolves once all of them are with the operating system, and rejects if the connection
   * ends before. A promise too for what takes time: a Blob, what the thread pool compresses, and what
   * has to wait behind these. `await` is right in every case
   * @throws ConnectionClosedError once a Close frame has been sent
   * @throws ArgumentError for any other type
   */
  send(data: Data): Promise<void> | undefined {
    return this.#sender.send(data);
  }

  /**
   * Sends one message of unknown length, a frame per fragment (RFC 6455 §5.4). Messages sent
   * meanwhile wait for its end; pings and pongs do not.
   *
   * @param fragments all strings (a text message) or all binary, at least one
   * @returns a promise that resolves when the last fragment was sent. It rejects with what the
   * iterable throws; a message cannot be taken back, so the connection then closes with 1011
   * @throws ConnectionClosedError once a Close frame has been sent
   * @throws ArgumentError for what is no iterable
   */
  sendFragments(
    fragments: AsyncIterable<string | Uint8Array> | Iterable<string | Uint8Array>,
  ): Promise<void> {
    return this.#sender.sendFragments(fragments);
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
    this.checkOpen("ping");
    this.#pings ??= new Pings();
    const bytes =
      payload === undefined ? this.#pings.nextPayload() : controlPayload("ping", payload);
    const answered = this.#pings.wait(bytes);
    this.#control(Opcode.ping, bytes);
    return answered;
  }

  /**
   * Sends a Pong that nobody asked for (§5.5.3). Pings are answered without this.
   *
   * @param payload at most 125 bytes
   * @throws ConnectionClosedError, ArgumentError
   */
  pong(payload: string | Uint8Array = ""): void {
    this.checkOpen("pong");
    this.#control(Opcode.pong, controlPayload("pong", payload));
  }

  /** Bytes that were sent but are not with the operating system yet, frame headers included. */
  get bufferedAmount(): number {
    return this.#sender.buffered;
  }

  /** Messages dropped because of `whenSendBufferFull: "drop"`. */
  get dropped(): number {
    return this.#sender.dropped;
  }

  // -------------------------------------------------------------- receiving

  /**
   * Waits for the next message: a string for text, a Buffer for binary.
   *
   * @param options `signal` gives up the waiting; no message is lost by that
   * @throws ConnectionClosedError when the connection has ended and all its messages were taken
   */
  async receive(options?: { readonly signal?: AbortSignal }): Promise<string | Buffer> {
    if (options !== undefined) checkReceiveOptions(options);
    const item = await this.#consume("whole").take(options?.signal);
    return item as string | Buffer;
  }

  /**
   * Iterates over the messages. The iteration ends when the connection is closed with 1000, 1001
   * or without a code, and throws a ConnectionClosedError when it ends in any other way. A Close
   * from the peer is answered when the messages before it have been worked off, or half of
   * `closeTimeout` later.
   */
  [Symbol.asyncIterator](): AsyncGenerator<string | Buffer, void, void> {
    return wholeMessages(this.#consume("each"));
  }

  /**
   * The messages one at a time, each as a stream of its parts, for messages too large to hold.
   * `maxMessageSize` holds here too: raise it, the memory taken is bounded by `maxQueuedBytes`.
   */
  get messages(): AsyncGenerator<IncomingMessage, void, void> {
    return incomingMessages(this.#consume("parts"));
  }

  /** Stops reading: no message is delivered until {@link resume}; the peer is held up by TCP. */
  pause(): void {
    this.#input.pause();
  }

  /** Reads on after {@link pause}. */
  resume(): void {
    this.#input.resume();
  }

  // ---------------------------------------------------------------- closing

  /**
   * `"open"` until a Close frame was sent or this side has ended TCP, `"closed"` once TCP is gone
   * (RFC 6455 §7).
   */
  get state(): "open" | "closing" | "closed" {
    return this.#closing === undefined ? "open" : this.#closing.state;
  }

  /** Resolves with how the connection ended, once it has. Never rejects. */
  get closed(): Promise<CloseInfo> {
    return this.#end().closed;
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
    const end = this.#end();
    end.close(code, reason);
    return end.closed;
  }

  /** Ends the connection at once, without a closing handshake: 1006 on both sides. */
  terminate(): void {
    this.#end().terminate();
  }

  /** Closes with 1000 and waits for the end, so that `await using` works. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  // ------------------------------------------------------------ information

  /** On a server, the request that opened the connection. */
  get request(): RequestInfo | undefined {
    if (typeof this.#request === "string") {
      const origins = { stream: this.#socket, forwarded: this.#forwarded };
      this.#request = RequestInfo.fromText(this.#request, this.#params ?? {}, origins);
    }
    return this.#request;
  }

  /**
   * Address of the peer, or what a trusted proxy says of it; undefined on a Unix socket and, without a
   * proxy, once the connection has ended.
   */
  get remoteAddress(): string | undefined {
    return (this.#forwarded ?? this.#socket).remoteAddress;
  }

  /** Port of the peer; undefined like {@link remoteAddress}. */
  get remotePort(): number | undefined {
    return (this.#forwarded ?? this.#socket).remotePort;
  }

  /** Address of this side; undefined on a Unix socket and once the connection has ended. */
  get localAddress(): string | undefined {
    return (this.#forwarded ?? this.#socket).localAddress;
  }

  /** Port of this side; undefined like {@link localAddress}. */
  get localPort(): number | undefined {
    return (this.#forwarded ?? this.#socket).localPort;
  }

  /** What TLS has agreed upon; undefined on a plain connection and once the connection has ended. */
  get tls(): TlsDetails | undefined {
    return tlsDetails(this.#socket);
  }

  // ------------------------------------------------- asked by the parts of it

  /** @internal */
  get socket(): Socket | TLSSocket {
    return this.#socket;
  }

  /** @internal */
  get settings(): ConnectionSettings {
    return this.#settings;
  }

  // -------------------------------------------- called by the server and client

  /** @internal Goes to work, with the bytes that came behind the head. */
  start(handler: ConnectionHandler<User> | undefined, rest: Buffer): void {
    this.#input.unread(rest);
    if (handler === undefined) {
      // Who only sends must still hear the peer's pings and Close.
      setImmediate(() => this.#input.readForNobody());
      return;
    }
    this.#handler = handler;
    this.#sender.output.cork();
    const opening = this.#open(handler);
    this.#sender.output.uncork();
    if (opening === undefined) this.#input.readForHandler();
    else
      opening.then(
        () => this.#input.readForHandler(),
        (error) => this.onUserError(error),
      );
  }

  /** @internal Sends a message that others get too, unless this side is closing. */
  sendBroadcast(message: BroadcastMessage): void {
    // §5.1: what a client sends is masked, each frame with a key of its own.
    if (this.#settings.role === "client")
      throw new ArgumentError("a broadcast goes to connections of a server");
    if (this.state === "open" && !this.#closing?.called) this.#sender.sendBroadcast(message);
  }

  /** @internal The user's code that was to serve this connection has thrown. */
  onUserError(error: unknown): void {
    // That it could not send to a peer that has gone is no fault of the user's.
    if (error instanceof ConnectionClosedError && this.#closing?.begun) return;
    this.#owner.onUserError(this, error);
    // A Close that waits behind messages that take time goes on.
    if (!this.#closing?.called) this.#end().fail(CloseCode.internalError, "", toError(error));
  }

  // ------------------------------------------------- called by the socket's events

  /** @internal */
  onData(chunk: Buffer, length: number): void {
    this.#input.onData(chunk, length);
  }

  /** @internal */
  onDrain(): void {
    this.#sender.output.onDrain();
  }

  /** @internal */
  onEnd(): void {
    this.#input.onEnd();
  }

  /** @internal */
  onError(error: Error): void {
    this.#end().onError(error);
  }

  /** @internal TCP is gone. */
  onSocketClose(): void {
    this.#input.onSocketClose();
    const end = this.#end();
    const info = end.onGone();
    this.#settings.heartbeat?.remove(this);
    // Made when somebody is to be told: an error with its stack costs more than the rest of this.
    const ended = () => end.error(ENDED);
    this.#sender.end(ended);
    this.#pings?.end(ended());
    this.#input.end();
    const handler = this.#handler;
    if (handler?.close !== undefined) {
      this.#call(() => handler.close?.(this, info.code, info.reason));
    }
    end.announce(info);
    this.#owner.onClosed(this, info);
  }

  // -------------------------------------------------- called by the heartbeat

  /** @internal */
  get lastReceived(): number {
    return this.#input.lastReceived;
  }

  /** @internal */
  get held(): boolean {
    // While it is closing nobody is pinged: the end is up to `closeTimeout`.
    return this.#input.held || this.state !== "open" || this.#closing?.waiting === true;
  }

  /** @internal */
  sendHeartbeat(): void {
    this.#control(Opcode.ping, new Uint8Array());
  }

  /** @internal */
  onDead(): void {
    this.onError(
      new WebSocketError(
        "HEARTBEAT_TIMEOUT",
        "the peer was silent, and did not answer a Ping in time",
      ),
    );
    this.#socket.destroy();
  }

  // --------------------------------------------- called by the receiving half

  /** @internal */
  beforeChunk(): void {
    this.#sender.output.cork();
  }

  /** @internal */
  afterChunk(): void {
    this.#sender.output.uncork();
  }

  /** @internal */
  onMessage(data: string | Buffer): void {
    try {
      const result = this.#handler?.message?.(this, data);
      if (result !== undefined) this.#watch(result);
    } catch (error) {
      this.onUserError(error);
    }
  }

  /** @internal §5.5.2: a Ping is answered with its own payload. */
  onPing(payload: Buffer): void {
    if (this.#closing === undefined || this.state === "open") this.#sender.pong(payload);
  }

  /** @internal */
  onPong(payload: Buffer): void {
    this.#pings?.onPong(payload);
  }

  /** @internal */
  onClose(code: number, reason: string): void {
    this.#end().onReceived(code, reason);
  }

  /** @internal §7.1.7 */
  onBroken(error: ProtocolError): void {
    this.#end().onBroken(error);
  }

  /** @internal */
  onInputEnd(): void {
    this.#end().onInputEnd();
  }

  /** @internal */
  get endError(): ConnectionClosedError | undefined {
    return this.state === "closed" ? this.#end().error(ENDED) : undefined;
  }

  /** @internal */
  onDiscarded(): void {
    this.#closing?.onDiscarded();
  }

  /** @internal */
  onTake(): void {
    this.#closing?.onTake();
  }

  // ------------------------------------------------ called by the sending half

  /** @internal */
  checkOpen(what: string): void {
    if (this.#closing === undefined || this.state === "open") return;
    throw this.#closing.error(`cannot ${what}: the connection is ${this.state}`);
  }

  /** @internal */
  onSendFailure(code: number, reason: string, error: WebSocketError): void {
    this.#end().fail(code, reason, error);
  }

  /** @internal */
  onDrained(): void {
    const handler = this.#handler;
    if (handler?.drain !== undefined) this.#call(() => handler.drain?.(this));
  }

  /** @internal */
  checkAccepting(what: string): void {
    this.checkOpen(what);
    if (this.#closing?.called) throw this.#closing.error(`cannot ${what}: close() has been called`);
  }

  // ------------------------------------------------------------------ private

  /** Calls `open`. Returns the promise of it where it takes time: nothing is read before that. */
  #open(handler: ConnectionHandler<User>): Promise<unknown> | undefined {
    if (handler.open === undefined) return undefined;
    try {
      const result = handler.open(this);
      return isThenable(result) ? Promise.resolve(result) : undefined;
    } catch (error) {
      this.onUserError(error);
      return undefined;
    }
  }

  #control(opcode: Opcode, payload: Uint8Array): void {
    this.#sender.output.frame(firstByte(opcode), payload);
  }

  /** What there is to end this connection, made if need be. */
  #end(): Closing {
    this.#closing ??= new Closing(this, this.#input, this.#sender);
    return this.#closing;
  }

  /** The inbox, for somebody who wants to read from it: a message, each message, or their parts. */
  #consume(how: "whole" | "each" | "parts"): Inbox {
    if (this.#handler !== undefined) {
      throw new ArgumentError("this connection's messages go to the handler object of its route");
    }
    const inbox = this.#input.inbox();
    if (how !== "parts" && inbox.inParts) {
      throw new ArgumentError("this connection is read in parts, through `messages`");
    }
    if (how === "parts" && !inbox.inParts && inbox.exhausted) {
      throw new ArgumentError(
        "a whole message is waited for already, which `messages` would break",
      );
    }
    // Before anything is parsed, which goes by these two.
    if (how === "parts") inbox.inParts = true;
    if (how !== "whole") inbox.iterated = true;
    this.#input.readForInbox();
    return inbox;
  }

  /** Calls a function of the user's. */
  #call(callback: () => unknown): void {
    try {
      this.#watch(callback());
    } catch (error) {
      this.onUserError(error);
    }
  }

  #watch(result: unknown): void {
    if (result !== undefined) catchRejection(result, (error) => this.onUserError(error));
  }
}

function checkReceiveOptions(options: { readonly signal?: AbortSignal }): void {
  checkOptionNames("receive", options, ["signal"]);
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw new ArgumentError("signal is not an AbortSignal");
  }
}
