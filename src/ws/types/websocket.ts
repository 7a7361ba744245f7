import type { EventEmitter } from "node:events";
import type { ClientRequest, IncomingMessage } from "node:http";

/** What programs for `ws` may take for anything, since its types do not say what it is. */
export type Untyped = ReturnType<JSON["parse"]>;

/** A received message: a Buffer, for text in UTF-8, unless `binaryType` says else for binary. */
export type RawData = Buffer | ArrayBuffer | Buffer[];

/** A received message as an event has it: text as a string. */
export type Data = string | Buffer | ArrayBuffer | Buffer[];

/** What can be sent: text, bytes, or what `Buffer.from` makes bytes of. A number is sent as text. */
export type BufferLike =
  | string
  | Buffer
  | DataView
  | number
  | ArrayBufferView
  | Uint8Array
  | ArrayBuffer
  | SharedArrayBuffer
  | Blob
  | readonly Untyped[]
  | readonly number[]
  | { valueOf(): ArrayBuffer }
  | { valueOf(): SharedArrayBuffer }
  | { valueOf(): Uint8Array }
  | { valueOf(): readonly number[] }
  | { valueOf(): string }
  | { [Symbol.toPrimitive](hint: string): string };

/** How a message is sent. */
export interface SendOptions {
  /** Has no effect: a client masks, a server does not (RFC 6455 §5.1). */
  mask?: boolean | undefined;
  /** Whether it is a binary message. Default: strings and numbers are text, all else is binary. */
  binary?: boolean | undefined;
  /** Whether it is compressed, where that was agreed upon. Default true. */
  compress?: boolean | undefined;
  /** Whether the message ends with this (RFC 6455 §5.4). Default true. */
  fin?: boolean | undefined;
}

/** An event as its listeners get it. */
export interface Event {
  /** Name of the event. */
  type: string;
  /** Whose event it is. */
  target: WebSocket;
}

/** The event of an error. */
export interface ErrorEvent extends Event {
  /** The error itself. */
  error: Untyped;
  /** Its message. */
  message: string;
}

/** The event of the end of a connection. */
export interface CloseEvent extends Event {
  /** Whether both sides have said so, with the closing handshake. */
  wasClean: boolean;
  /** Close code (RFC 6455 §7.4.1). */
  code: number;
  /** Close reason, `""` for none. */
  reason: string;
}

/** The event of a message. */
export interface MessageEvent extends Event {
  /** A string for text; for binary what `binaryType` says. */
  data: Data;
}

/** The events that `addEventListener` knows. */
export interface WebSocketEventMap {
  /** The connection is open. */
  open: Event;
  /** Something has failed; "close" follows. */
  error: ErrorEvent;
  /** The connection has ended. The last event. */
  close: CloseEvent;
  /** A message has come. */
  message: MessageEvent;
}

/** Options of `addEventListener`. */
export interface EventListenerOptions {
  /** Whether the listener is called once at most. Default false. */
  once?: boolean | undefined;
}

/** A listener for an event: a function, or an object with one. */
export type EventListener<E> = ((event: E) => void) | { handleEvent(event: E): void };

/** What the listeners of each event get. */
export interface WebSocketEvents {
  /** The close code, and the reason in UTF-8. */
  close: [code: number, reason: Buffer];
  /** What has failed. */
  error: [error: Error];
  /** Client: the head of the server's answer, before it is judged. */
  upgrade: [request: IncomingMessage];
  /** A message. */
  message: [data: RawData, isBinary: boolean];
  /** Nothing. */
  open: [];
  /** Payload of a Ping. */
  ping: [data: Buffer];
  /** Payload of a Pong. */
  pong: [data: Buffer];
  /** Client: where a redirect leads, and the request that will be sent there. */
  redirect: [url: string, request: ClientRequest];
  /** Client: an answer that opens no connection. Whoever listens has to end it. */
  "unexpected-response": [request: ClientRequest, response: IncomingMessage];
}

type Name = keyof WebSocketEvents;
type Listener<E extends Name> = (this: WebSocket, ...args: WebSocketEvents[E]) => void;
type AnyListener = (this: WebSocket, ...args: Untyped[]) => void;

/** The four ready states by name, as the class and its objects have them. */
export interface ReadyStates {
  /** The number of the state in which the connection is not open yet. */
  readonly CONNECTING: 0;
  /** The number of the state in which the connection is open. */
  readonly OPEN: 1;
  /** The number of the state in which one side has begun to close the connection. */
  readonly CLOSING: 2;
  /** The number of the state in which the connection has ended. */
  readonly CLOSED: 3;
}

/** A WebSocket in the shape of the npm package `ws`. */
export interface WebSocket extends EventEmitter, ReadyStates {
  /** As what binary messages come. `"blob"` is taken too. */
  get binaryType(): "nodebuffer" | "arraybuffer" | "fragments";
  set binaryType(type: "nodebuffer" | "arraybuffer" | "fragments" | "blob");
  /**
   * Bytes that were sent and are not with the system yet, frame headers included. To ask for it writes what
   * was gathered in this turn of the event loop.
   */
  readonly bufferedAmount: number;
  /** Names of the extensions in use, `""` for none. */
  readonly extensions: string;
  /** Whether `pause()` was called, and not `resume()`. */
  readonly isPaused: boolean;
  /** The subprotocol agreed upon, `""` for none. */
  readonly protocol: string;
  /** The number of the present state. */
  readonly readyState:
    | ReadyStates["CONNECTING"]
    | ReadyStates["OPEN"]
    | ReadyStates["CLOSING"]
    | ReadyStates["CLOSED"];
  /** Where a client is connected to. A server's has none. */
  readonly url: string;
  /** A listener for "open". */
  onopen: ((event: Event) => void) | null;
  /** A listener for "error". */
  onerror: ((event: ErrorEvent) => void) | null;
  /** A listener for "close". */
  onclose: ((event: CloseEvent) => void) | null;
  /** A listener for "message". */
  onmessage: ((event: MessageEvent) => void) | null;

  /**
   * Begins the closing handshake (RFC 6455 §7.1.2), after everything that was sent before. Messages that still
   * arrive are emitted.
   *
   * @param code 1000 to 1003, 1007 to 1014 or 3000 to 4999; without one the Close frame is empty
   * @param data the reason, at most 123 bytes in UTF-8
   * @throws TypeError, RangeError for a code or a reason that no Close frame can have
   */
  close(code?: number, data?: string | Buffer): void;
  /**
   * Sends a Ping (§5.5.2).
   *
   * @param data at most 125 bytes
   * @throws Error while connecting; RangeError for more bytes
   */
  ping(data?: Untyped, mask?: boolean, callback?: (error: Error) => void): void;
  /** Sends a Pong that nobody asked for (§5.5.3); otherwise as `ping`. */
  pong(data?: Untyped, mask?: boolean, callback?: (error: Error) => void): void;
  /**
   * Sends a message.
   *
   * @param callback called once it is with the system, or with the reason why it never will be
   * @throws Error while connecting; TypeError for what is no message
   */
  send(data: BufferLike, callback?: (error?: Error) => void): void;
  send(data: BufferLike, options: SendOptions, callback?: (error?: Error) => void): void;
  /** Ends the connection at once, without a closing handshake: 1006 on both sides. */
  terminate(): void;
  /** Stops reading: nothing is emitted until `resume()`, and the peer is held up by TCP. */
  pause(): void;
  /** Reads on. */
  resume(): void;

  /** Adds a listener; the same one is added once only. */
  addEventListener<K extends keyof WebSocketEventMap>(
    type: K,
    listener: EventListener<WebSocketEventMap[K]>,
    options?: EventListenerOptions,
  ): void;
  /** Takes a listener away that `addEventListener` has added. */
  removeEventListener<K extends keyof WebSocketEventMap>(
    type: K,
    listener: EventListener<WebSocketEventMap[K]>,
  ): void;

  on<E extends Name>(event: E, listener: Listener<E>): this;
  on(event: string | symbol, listener: AnyListener): this;
  once<E extends Name>(event: E, listener: Listener<E>): this;
  once(event: string | symbol, listener: AnyListener): this;
  off<E extends Name>(event: E, listener: Listener<E>): this;
  off(event: string | symbol, listener: AnyListener): this;
  addListener<E extends Name>(event: E, listener: Listener<E>): this;
  addListener(event: string | symbol, listener: AnyListener): this;
  removeListener<E extends Name>(event: E, listener: Listener<E>): this;
  removeListener(event: string | symbol, listener: AnyListener): this;
}
