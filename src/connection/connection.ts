import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ReadableStream, WritableStream } from "node:stream/web";
import type { MessageCodec } from "../compression/codec.ts";
import { ArgumentError } from "../errors.ts";
import { Fields } from "../handshake/fields.ts";
import { checkOptionNames } from "../options/checks.ts";
import { CloseCode } from "../protocol/close-code.ts";
import { PHASE_RULES } from "../protocol/closing.ts";
import { transportFor } from "../socket/choose-transport.ts";
import { isHttp2Stream, socketBelow } from "../socket/http2/stream.ts";
import { peerFacts } from "../socket/peer-facts.ts";
import { type TlsDetails, tlsDetails } from "../socket/tls-details.ts";
import type { CloseInfo } from "./close-info.ts";
import { checkClose, controlPayload } from "./control/payloads.ts";
import { Endpoint } from "./endpoint.ts";
import type { ConnectionGroup, Memberships } from "./group.ts";
import type { Inbox } from "./receiving/inbox.ts";
import { type IncomingMessage, incomingMessages } from "./receiving/incoming-message.ts";
import { MessageIterator } from "./receiving/message-iterator.ts";
import { takeItem } from "./receiving/take-item.ts";
import type { ForwardedFacts, RequestInfo } from "./request-info.ts";
import type { Data, SendOptions } from "./sending/data.ts";
import { ConnectionDuplex, type ConnectionDuplexOptions } from "./streams/duplex.ts";
import { readableOf, writableOf } from "./streams/web-streams.ts";
import type { EndpointOwner } from "./user-side.ts";

// AsyncIterableIterator has had only one parameter before TypeScript 5.6.
type MessageIteration = AsyncIterator<string | Buffer, undefined, void> &
  AsyncIterable<string | Buffer> &
  AsyncDisposable;

/**
 * What happens on the connections of a route. One object serves all of them. A function of it
 * that throws, or whose promise rejects, closes its own connection with 1011 and is reported;
 * no other connection is touched.
 */
export interface ConnectionHandler<User = unknown> {
  /** The opening handshake is done. No message is delivered before a promise that it returns is settled. */
  open?(ws: Connection<User>): unknown;
  /**
   * A message has come: a string for text, a Buffer for binary, which may share its memory (at most
   * 16 KiB) with other messages: for reading and sending, not for transferring. The options `text` and
   * `binary` change that. Messages come one after the other; a promise is not waited for.
   *
   * @param binary whether it is a binary message
   */
  message?(ws: Connection<User>, data: string | Buffer, binary: boolean): unknown;
  /** A Ping has come, and was answered (RFC 6455 §5.5.2). */
  ping?(ws: Connection<User>, payload: Buffer): unknown;
  /** A Pong has come, asked for or not (§5.5.3). */
  pong?(ws: Connection<User>, payload: Buffer): unknown;
  /** All that waited to be sent is with the operating system, after `send` had held back. */
  drain?(ws: Connection<User>): unknown;
  /** The connection has ended; see {@link CloseInfo} for the code. The last call. */
  close?(ws: Connection<User>, code: number, reason: string): unknown;
}

/** What is known of how a connection was opened. */
export interface OpeningFacts {
  /** Agreed subprotocol, `""` for none. */
  readonly protocol: string;
  /** Agreed extensions as in the header, `""` for none. */
  readonly extensions: string;
  /** What opened it: on the server the request or the text of its head, on the client the fields of the response. */
  readonly opening: RequestInfo | string | Fields;
  /** On the server, what the parameters of the route matched. */
  readonly params?: RequestInfo["params"];
  /** On the server, what trusted proxies say, where there are any. */
  readonly forwarded?: ForwardedFacts | undefined;
  /** Whether somebody is told of the end, and may ask for the addresses then. */
  readonly tellsEnd?: boolean;
}

/** @internal What a handshake leads to. */
export interface ConnectionInit extends OpeningFacts {
  readonly stream: Duplex;
  readonly group: ConnectionGroup;
  readonly owner: EndpointOwner;
  /** Where compression was agreed upon. */
  readonly codec: MessageCodec | undefined;
}

/** The web streams of those connections that were asked for them: others are not to have a field for it. */
const readables = new WeakMap<Connection, ReadableStream<string | Buffer>>();
const writables = new WeakMap<Connection, WritableStream<Data>>();

/** @internal A connection, and the end of it that its maker sets to work. */
export let openConnection: (init: ConnectionInit) => {
  readonly connection: Connection;
  readonly endpoint: Endpoint;
};

/** @internal Another view of what an object of another kind is the face of. Its messages go on to that object. */
export let connectionOver: (endpoint: Endpoint, facts: OpeningFacts) => Connection;

/**
 * The system does not know the addresses any more when TCP is gone. They are not kept for every connection: that
 * takes 3 µs and 280 bytes. (No method, as `#methods` mark each object.)
 */
let keepAddresses: (connection: Connection) => void;

/** @internal What is behind a connection. */
export let endpointOf: (connection: Connection) => Endpoint;

/**
 * A WebSocket connection, on either side. Servers hand it to their handlers, `connect` resolves
 * with it. `User` is the type of {@link data}.
 *
 * Messages wait until there is somebody to read them: a handler object, a call of {@link receive},
 * an iteration. Nothing is lost before that: when `maxQueuedMessages` or `maxQueuedBytes` wait,
 * nothing more is read, pings included, and the peer is held up by TCP.
 */
// Longer than other files: two thirds are the documentation of what is public, which belongs in one place.
export class Connection<User = unknown> implements AsyncIterable<string | Buffer> {
  /** The subprotocol agreed upon, `""` for none (RFC 6455 §1.9). */
  readonly protocol: string;
  /** The extensions agreed upon, as in `Sec-WebSocket-Extensions`, `""` for none (§9.1). */
  readonly extensions: string;
  /** For the application: whatever it wants to remember of this connection. */
  data!: User;

  readonly #endpoint: Endpoint;
  /** On the server the text of the head stands for the request while nobody has asked for that. */
  #opening: RequestInfo | string | Fields;
  readonly #params: RequestInfo["params"] | undefined;
  /** What proxies say, or what the system has said of an end that somebody is told of. */
  #forwarded: ForwardedFacts | undefined;

  private constructor(facts: OpeningFacts, endpointFor: (face: Connection) => Endpoint) {
    this.protocol = facts.protocol;
    this.extensions = facts.extensions;
    this.#opening = facts.opening;
    this.#params = facts.params;
    this.#forwarded = facts.forwarded;
    this.#endpoint = endpointFor(this);
    if (facts.tellsEnd === true) keepAddresses(this);
  }

  static {
    openConnection = (init) => {
      const { stream, group, owner, codec } = init;
      const transport = transportFor(stream, group.settings);
      const inner = { stream, transport, group, owner, codec };
      const connection = new Connection(init, (face) => new Endpoint(inner, face));
      return { connection, endpoint: connection.#endpoint };
    };
    connectionOver = (endpoint, facts) => new Connection(facts, () => endpoint);
    endpointOf = (connection) => connection.#endpoint;
    keepAddresses = (connection) => {
      if (connection.#forwarded !== undefined || connection.#endpoint.gone) return;
      connection.#forwarded = { ...peerFacts(connection.#endpoint.stream), host: undefined };
    };
  }

  // ---------------------------------------------------------------- sending

  /**
   * Sends a message. What is sent in one turn of the event loop leaves in one write where it fits.
   *
   * @param data strings go as text (a lone surrogate becomes U+FFFD); buffers and views as binary.
   * Bytes of 32 KiB and more are not copied: unless nothing is returned they must not change until the
   * promise has resolved
   * @param options what is to be different for this message
   * @returns nothing while the peer keeps up. When more than `highWaterMark` bytes wait, a promise
   * that resolves once all of them are with the operating system, and rejects if the connection
   * ends before. A promise too for what takes time: a Blob, what the thread pool compresses, and what
   * has to wait behind these. `await` is right in every case
   * @throws ConnectionClosedError once a Close frame has been sent
   * @throws ArgumentError for any other type, and for unknown options
   */
  send(data: Data, options?: SendOptions): Promise<void> | undefined {
    return this.#endpoint.sender.send(data, options);
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
    return this.#endpoint.sender.sendFragments(fragments);
  }

  /**
   * Sends a Ping (§5.5.2).
   *
   * @param payload at most 125 bytes; without one each ping gets its own
   * @returns a promise of the milliseconds until the Pong came; it rejects if the connection ends
   * before, which need not be handled
   * @throws ConnectionClosedError, ArgumentError
   * @throws WebSocketError `TOO_MANY_PINGS` while 1,024 wait for their Pong
   */
  ping(payload?: string | Uint8Array): Promise<number> {
    return this.#endpoint.ping(payload === undefined ? undefined : controlPayload("ping", payload));
  }

  /**
   * Sends a Pong that nobody asked for (§5.5.3). Pings are answered without this.
   *
   * @param payload at most 125 bytes
   * @throws ConnectionClosedError, ArgumentError
   */
  pong(payload: string | Uint8Array = ""): void {
    this.#endpoint.pong(controlPayload("pong", payload));
  }

  /**
   * Has `listener` called with the payload of each Ping from now on, which is answered without it (§5.5.2).
   * For connections without a handler object, which has `ping`.
   *
   * @returns takes the listener away again
   */
  onPing(listener: (payload: Buffer) => unknown): () => void {
    return this.#endpoint.listen("ping", listener);
  }

  /** The same for each Pong, asked for or not (§5.5.3). */
  onPong(listener: (payload: Buffer) => unknown): () => void {
    return this.#endpoint.listen("pong", listener);
  }

  /**
   * Bytes that were sent but are not with the operating system yet, frame headers included; where the
   * memory that holds them is larger, bytes of that.
   */
  get bufferedAmount(): number {
    return this.#endpoint.sender.buffered;
  }

  /** Messages dropped because of `whenSendBufferFull: "drop"`. */
  get dropped(): number {
    return this.#endpoint.sender.dropped;
  }

  // ----------------------------------------------------------------- topics

  /**
   * Subscribes this connection of a server to a topic: it is sent what is published there, until
   * {@link unsubscribe} or its end. Subscribing twice is no error.
   *
   * @param topic any text of at most `maxTopicLength` bytes; two topics have nothing to do with each other
   * @returns nothing without a `broker`, else a promise of the moment from which on messages that other
   * processes publish come too. It rejects where the broker fails, which need not be handled
   * @throws ConnectionClosedError once a Close frame has been sent
   * @throws WebSocketError `TOO_MANY_TOPICS` beyond `maxTopics`, `TOPIC_TOO_LONG`
   * @throws ArgumentError for what is no name, and on a client
   */
  subscribe(topic: string): Promise<void> | undefined {
    this.#endpoint.checkOpen("subscribe");
    return membershipsOf(this.#endpoint).subscribe(this, topic);
  }

  /**
   * Ends a subscription.
   *
   * @returns whether there was one
   * @throws ArgumentError on a client
   */
  unsubscribe(topic: string): boolean {
    return membershipsOf(this.#endpoint).unsubscribe(this, topic);
  }

  /** The topics that this connection is subscribed to, a new list each time; empty on a client. */
  get topics(): string[] {
    return this.#endpoint.group.memberships?.topicsOf(this) ?? [];
  }

  /**
   * Publishes a message to all subscribers of a topic but this connection, which need not be one of them;
   * see `Server.publish`.
   *
   * @returns to how many connections of this process it was sent
   * @throws ConnectionClosedError once this connection has been closed
   * @throws WebSocketError `TOPIC_TOO_LONG`
   * @throws ArgumentError for what is no message, unknown options, and on a client
   */
  publish(topic: string, data: Exclude<Data, Blob>, options?: SendOptions): number {
    this.#endpoint.checkOpen("publish");
    return membershipsOf(this.#endpoint).publish(topic, data, options, this);
  }

  // -------------------------------------------------------------- receiving

  /**
   * Waits for the next message: a string for text, a Buffer for binary, unless the options `text` and
   * `binary` say else.
   *
   * @param options `signal` gives up the waiting; no message is lost by that
   * @returns rejects with a ConnectionClosedError when the connection has ended and all its messages were
   * taken, with an ArgumentError where its messages go elsewhere
   */
  receive(options?: { readonly signal?: AbortSignal }): Promise<string | Buffer> {
    try {
      if (options !== undefined) checkReceiveOptions(options);
      const item = takeItem(consume(this, "whole"), options?.signal);
      return item as Promise<string | Buffer>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Iterates over the messages. The iteration ends when the connection is closed with 1000, 1001
   * or without a code, and throws a ConnectionClosedError when it ends in any other way. A Close
   * from the peer is answered when the messages before it have been worked off, or half of
   * `closeTimeout` later.
   */
  [Symbol.asyncIterator](): MessageIteration {
    const iterator: unknown = new MessageIterator(consume(this, "each"));
    return iterator as MessageIteration;
  }

  /**
   * The messages one at a time, each as a stream of its parts, for messages too large to hold.
   * `maxMessageSize` holds here too: raise it, the memory taken is bounded by `maxQueuedBytes`.
   */
  get messages(): AsyncGenerator<IncomingMessage, void, void> {
    return incomingMessages(consume(this, "parts"));
  }

  /**
   * The messages as a web stream, in the place of {@link receive} and iterations, with back-pressure. It ends
   * and fails as an iteration does; to cancel it closes the connection with 1000.
   */
  get readable(): ReadableStream<string | Buffer> {
    let stream = readables.get(this);
    if (stream === undefined) {
      stream = readableOf(this, consume(this, "each")) as ReadableStream<string | Buffer>;
      readables.set(this, stream);
    }
    return stream;
  }

  /**
   * A web stream whose chunks are sent as messages, with back-pressure. To close it closes the connection with 1000,
   * to abort it {@link terminate terminates} it.
   */
  get writable(): WritableStream<Data> {
    let stream = writables.get(this);
    if (stream === undefined) {
      stream = writableOf(this);
      writables.set(this, stream);
    }
    return stream;
  }

  /**
   * The connection as a stream of `node:stream`, in the place of {@link receive} and iterations, with back-pressure
   * both ways: for whatever takes one. Each chunk that is written is a message, binary unless the chunk is a
   * string (`decodeStrings: false`); what comes is bytes, or messages with `readableObjectMode`.
   *
   * To end it closes the connection with 1000, since a WebSocket has no half-open state; to destroy it
   * {@link terminate terminates} it. When the peer closes the stream ends, or fails with a
   * ConnectionClosedError where an iteration would throw one.
   *
   * @throws ArgumentError where the messages go elsewhere
   */
  toDuplex(options: ConnectionDuplexOptions = {}): Duplex {
    return new ConnectionDuplex(this, consume(this, "each"), options);
  }

  /** Stops reading: no message is delivered until {@link resume}; the peer is held up by TCP. */
  pause(): void {
    this.#endpoint.receiver.pause();
  }

  /** Reads on after {@link pause}. */
  resume(): void {
    this.#endpoint.receiver.resume();
  }

  // ---------------------------------------------------------------- closing

  /**
   * `"open"` until a Close frame was sent or this side has ended TCP, `"closed"` once TCP is gone
   * (RFC 6455 §7).
   */
  get state(): "open" | "closing" | "closed" {
    return PHASE_RULES[this.#endpoint.phase].state;
  }

  /** Resolves with how the connection ended, once it has. Never rejects. */
  get closed(): Promise<CloseInfo> {
    keepAddresses(this);
    return this.#endpoint.closing.closed;
  }

  /**
   * Begins the closing handshake (§7.1.2), after everything that was sent before. Messages that
   * still arrive are dropped and counted in {@link CloseInfo.discarded}. Closing twice is no
   * error; the first call decides.
   *
   * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999; without one the Close frame is empty, which the peer
   * sees as 1005
   * @param reason at most 123 bytes in UTF-8, with a code only
   * @returns how the connection ended, after `closeTimeout` at the latest
   * @throws ArgumentError
   */
  close(code?: number, reason = ""): Promise<CloseInfo> {
    checkClose(code, reason);
    keepAddresses(this);
    const { closing } = this.#endpoint;
    closing.close({ code: code ?? CloseCode.noStatus, reason });
    return closing.closed;
  }

  /** Ends the connection at once, without a closing handshake: 1006 on both sides. */
  terminate(): void {
    this.#endpoint.closing.terminate();
  }

  /** Closes with 1000 and waits for the end, so that `await using` works. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close(CloseCode.normal);
  }

  // ------------------------------------------------------------ information

  /** On a server, the request that opened the connection. */
  get request(): RequestInfo | undefined {
    if (typeof this.#opening === "string") {
      const { group, stream } = this.#endpoint;
      const origins = { stream, forwarded: this.#forwarded };
      this.#opening = group.requestFrom!(this.#opening, this.#params ?? {}, origins);
    }
    return this.#opening instanceof Fields ? undefined : this.#opening;
  }

  /** On a client, the header fields of the server's response. */
  get response(): Fields | undefined {
    return this.#opening instanceof Fields ? this.#opening : undefined;
  }

  /**
   * Address of the peer, or what a trusted proxy says of it; undefined on a Unix socket. It stays known when
   * the connection has ended where its handler object has `close`, where its messages are received or iterated
   * over, or `closed` was asked for; else it is undefined then.
   */
  get remoteAddress(): string | undefined {
    return (this.#forwarded ?? socketOf(this.#endpoint)).remoteAddress;
  }

  /** Port of the peer; undefined like {@link remoteAddress}. */
  get remotePort(): number | undefined {
    return (this.#forwarded ?? socketOf(this.#endpoint)).remotePort;
  }

  /** Address of this side; undefined like {@link remoteAddress}. */
  get localAddress(): string | undefined {
    return (this.#forwarded ?? socketOf(this.#endpoint)).localAddress;
  }

  /** Port of this side; undefined like {@link localAddress}. */
  get localPort(): number | undefined {
    return (this.#forwarded ?? socketOf(this.#endpoint)).localPort;
  }

  /** The version of HTTP that it was opened by: over `"2"` it is one of many streams of a TCP connection (RFC 8441). */
  get http(): "1.1" | "2" {
    return isHttp2Stream(this.#endpoint.stream) ? "2" : "1.1";
  }

  /** What TLS has agreed upon; undefined on a plain connection and once the connection has ended. */
  get tls(): TlsDetails | undefined {
    return tlsDetails(socketOf(this.#endpoint));
  }

  /**
   * Has the connection hold the process, as it does from the beginning, after {@link unref}. Over HTTP/2 that is
   * the client's to say: a server's session holds the process as long as it is open.
   */
  ref(): void {
    const { transport, stream } = this.#endpoint;
    transport.ref(stream);
  }

  /** Lets the process end although the connection is open, where nothing else holds it; see {@link ref}. */
  unref(): void {
    const { transport, stream } = this.#endpoint;
    transport.unref(stream);
  }
}

/** The stream as a socket, or the one below it, of whose properties others have none. */
function socketOf({ stream }: Endpoint): Socket {
  return socketBelow(stream) as Socket;
}

/** @throws ArgumentError for a connection that no server has opened */
function membershipsOf({ group }: Endpoint): Memberships {
  if (group.memberships !== undefined) return group.memberships;
  throw new ArgumentError("topics belong to a server: a client's connection cannot be in one");
}

/** The inbox, for somebody who wants to read from it: a message, each message, or their parts. */
function consume(connection: Connection, how: "whole" | "each" | "parts"): Inbox {
  const { handler, receiver } = endpointOf(connection);
  if (handler !== undefined) {
    throw new ArgumentError("this connection's messages go to the handler object of its route");
  }
  const inbox = receiver.inbox();
  if (how !== "parts" && inbox.inParts) {
    throw new ArgumentError("this connection is read in parts, through `messages`");
  }
  if (how === "parts" && !inbox.inParts && inbox.awaited) {
    throw new ArgumentError("a whole message is waited for already, which `messages` would break");
  }
  // Who reads to the end may want to say whose it was.
  keepAddresses(connection);
  // Before anything is parsed, which goes by these two.
  if (how === "parts") inbox.inParts = true;
  if (how !== "whole") inbox.iterated = true;
  receiver.readForInbox();
  return inbox;
}

function checkReceiveOptions(options: { readonly signal?: AbortSignal }): void {
  checkOptionNames("receive", options, ["signal"]);
  if (options.signal !== undefined && !(options.signal instanceof AbortSignal)) {
    throw new ArgumentError("signal is not an AbortSignal");
  }
}
