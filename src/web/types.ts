/** The shape of WebSockets, as users see it. */

import type { ReadableStream, WritableStream } from "node:stream/web";
import type { CloseEvent, ErrorEvent } from "./idl/events.ts";
import type { WebSocketOptions } from "./opening/options.ts";

/** As what binary messages are received. */
export type BinaryType = "blob" | "arraybuffer";

/** A message that has come. */
export interface MessageEvent extends Event {
  /** A string for text; for binary messages what `binaryType` says. */
  readonly data: string | Blob | ArrayBuffer;
  /** Scheme, host and port of the server. */
  readonly origin: string;
  /** `""`: that is of server-sent events. */
  readonly lastEventId: string;
  /** Null: that is of messages between windows. */
  readonly source: unknown;
  /** None: that is of messages between windows. */
  readonly ports: readonly unknown[];
}

/** The events of a WebSocket by their types. */
export interface WebSocketEventMap {
  /** The connection is there. */
  open: Event;
  /** A message has come. */
  message: MessageEvent;
  /** The connection was not made, or has failed. A `close` follows. */
  error: ErrorEvent;
  /** The connection has ended. */
  close: CloseEvent;
}

/** Who listens to an event, and how. */
export interface ListenerOptions {
  /** Called for the next event only. Default false. */
  readonly once?: boolean;
  /** Takes the listener away when it is aborted. */
  readonly signal?: AbortSignal;
  /** Of no effect: a socket has no parents. Default false. */
  readonly capture?: boolean;
  /** Of no effect: these events cannot be prevented. Default false. */
  readonly passive?: boolean;
}

/** What is common to WebSockets that have one connection and those that come back. */
export interface SocketEvents<Socket> extends EventTarget {
  /** Called when the connection is there. Null for nothing. */
  onopen: ((this: Socket, event: Event) => unknown) | null;
  /** Called for each message. Null for nothing. */
  onmessage: ((this: Socket, event: MessageEvent) => unknown) | null;
  /** Called when the connection was not made, or has failed. Null for nothing. */
  onerror: ((this: Socket, event: ErrorEvent) => unknown) | null;
  /** Called when the connection has ended. Null for nothing. */
  onclose: ((this: Socket, event: CloseEvent) => unknown) | null;
  /** Adds a listener, as `EventTarget` has it. */
  addEventListener<Type extends keyof WebSocketEventMap>(
    type: Type,
    listener: (this: Socket, event: WebSocketEventMap[Type]) => unknown,
    options?: boolean | ListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: ((event: Event) => void) | { handleEvent(event: Event): void },
    options?: boolean | ListenerOptions,
  ): void;
  /** Takes a listener away. */
  removeEventListener<Type extends keyof WebSocketEventMap>(
    type: Type,
    listener: (this: Socket, event: WebSocketEventMap[Type]) => unknown,
    options?: boolean | { readonly capture?: boolean },
  ): void;
  removeEventListener(
    type: string,
    listener: ((event: Event) => void) | { handleEvent(event: Event): void },
    options?: boolean | { readonly capture?: boolean },
  ): void;
}

/** The states of {@link WebSocket.readyState} by their names. */
export interface ReadyStates {
  /** The state 0: the connection is being made. */
  readonly CONNECTING: 0;
  /** The state 1: there is a connection. */
  readonly OPEN: 1;
  /** The state 2: the connection is being closed. */
  readonly CLOSING: 2;
  /** The state 3: there is no connection any more. */
  readonly CLOSED: 3;
}

/** A WebSocket, as the WHATWG's standard has it. */
export interface WebSocket extends SocketEvents<WebSocket>, ReadyStates {
  /** The URL that it was opened with, resolved. */
  readonly url: string;
  /** Number of the state: `CONNECTING`, `OPEN`, `CLOSING` or `CLOSED`. */
  readonly readyState: number;
  /**
   * Bytes of messages that were given to `send()` and are not with the operating system yet, without framing. Does
   * not shrink while code is running, and not when the connection ends.
   */
  readonly bufferedAmount: number;
  /** The extensions agreed upon, `""` for none. */
  readonly extensions: string;
  /** The subprotocol agreed upon, `""` for none. */
  readonly protocol: string;
  /** As what binary messages are received. Default `"blob"`. */
  binaryType: BinaryType;
  /**
   * Begins the closing handshake (RFC 6455 §7.1.2), after everything that was sent before; gives up a connection
   * that is being made. Closing twice is no error; the first call decides.
   *
   * @param code 1000 or 3000 to 4999; without one the Close frame is empty, which the peer sees as 1005
   * @param reason at most 123 bytes in UTF-8
   * @throws DOMException `InvalidAccessError` for another code, `SyntaxError` for a longer reason
   */
  close(code?: number, reason?: string): void;
  /**
   * Sends a message. Where the connection is closing or closed nothing is sent, and `bufferedAmount` grows.
   *
   * @param data a string goes as text, a buffer, a view of one or a Blob as binary. Bytes may change as soon as
   * this returns
   * @throws DOMException `InvalidStateError` while the connection is being made
   * @throws TypeError for memory that is shared or can be resized
   */
  send(data: string | ArrayBuffer | ArrayBufferView | Blob): void;
}

/** The class of {@link WebSocket}s. */
export interface WebSocketConstructor extends ReadyStates {
  /** What they have in common. */
  readonly prototype: WebSocket;
  /**
   * Opens a WebSocket. Whether that succeeds the events `open`, or `error` and `close`, say.
   *
   * @param url in the scheme `ws:`, `wss:`, `http:` or `https:`, without a fragment
   * @param protocols subprotocols to offer, best first. A server that chooses none of them is refused
   * @param options how it is opened, which the standard has not
   * @throws DOMException `SyntaxError` for a URL or a subprotocol that is wrong
   * @throws ArgumentError (a TypeError) for an option that is wrong
   */
  new (
    url: string | URL,
    protocols?: string | Iterable<string>,
    options?: WebSocketOptions,
  ): WebSocket;
}

/** How a WebSocketStream is opened. */
export interface WebSocketStreamOptions extends WebSocketOptions {
  /** Subprotocols to offer, best first. A server that chooses none of them is refused. Default: none. */
  readonly protocols?: Iterable<string>;
}

/** What a WebSocketStream consists of once it is open. */
export interface WebSocketOpenInfo {
  /** The messages: strings for text, Uint8Arrays for binary ones. Who reads slowly holds up the server. */
  readonly readable: ReadableStream<string | Uint8Array>;
  /** What is written is sent: strings as text, buffers and views of them as binary messages. */
  readonly writable: WritableStream<string | ArrayBuffer | ArrayBufferView>;
  /** The extensions agreed upon, `""` for none. */
  readonly extensions: string;
  /** The subprotocol agreed upon, `""` for none. */
  readonly protocol: string;
}
