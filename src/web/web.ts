/**
 * WebSocket as the WHATWG's standard has it, for programs and libraries that are written for browsers. `docs/web.md`
 * says what differs.
 *
 * @module
 */

import type { Connection } from "../connection/connection.ts";
import { ArgumentError } from "../errors.ts";
import { CloseEvent, ErrorEvent } from "./idl/events.ts";
import type * as socket from "./types.ts";
import { endpointOfSocket, WebSocket as WebSocketClass } from "./websocket.ts";
import { WebSocketError } from "./websocket-error.ts";
import { endpointOfStream, WebSocketStream } from "./websocket-stream.ts";

/** A WebSocket. */
const WebSocket = WebSocketClass as unknown as socket.WebSocketConstructor;
type WebSocket = socket.WebSocket;

/**
 * The connection of a socket as the rest of the library has it: for Pings and Pongs, `terminate()`, `pause()`, the
 * header fields of the response, addresses, TLS, `ref()` and `unref()`, compression and fragments of what is sent.
 * What it sends is not counted in `bufferedAmount`, and messages go to the socket. The same object each time.
 *
 * @returns undefined before the event `open`
 * @throws ArgumentError for what is no socket of this module
 */
export function connectionOf(of: WebSocket | WebSocketStream): Connection | undefined {
  if (of instanceof WebSocketClass) return endpointOfSocket(of)?.connection;
  if (of instanceof WebSocketStream) return endpointOfStream(of)?.connection;
  throw new ArgumentError("expected a WebSocket or a WebSocketStream of barewire/web");
}

/**
 * Makes these classes the global ones: WebSocket, WebSocketStream and WebSocketError in the place of whatever is
 * there, CloseEvent and ErrorEvent where there is none.
 *
 * @returns puts back what was there
 */
export function install(): () => void {
  const undo = [
    set("WebSocket", WebSocket),
    set("WebSocketStream", WebSocketStream),
    set("WebSocketError", WebSocketError),
  ];
  if (!("CloseEvent" in globalThis)) undo.push(set("CloseEvent", CloseEvent));
  if (!("ErrorEvent" in globalThis)) undo.push(set("ErrorEvent", ErrorEvent));
  return () => {
    for (const putBack of undo) putBack();
  };
}

function set(name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(globalThis, name);
    else Object.defineProperty(globalThis, name, before);
  };
}

export type { CloseEventInit, ErrorEventInit, EventValues } from "./idl/events.ts";
export type { WebSocketOptions } from "./opening/options.ts";
export type {
  BinaryType,
  ListenerOptions,
  MessageEvent,
  ReadyStates,
  SocketEvents,
  WebSocketConstructor,
  WebSocketEventMap,
  WebSocketOpenInfo,
  WebSocketStreamOptions,
} from "./types.ts";
export type { WebSocketCloseInfo } from "./websocket-error.ts";
export { CloseEvent, ErrorEvent, WebSocket, WebSocketError, WebSocketStream };
