/**
 * All that the package `ws` exports, with barewire under it. A program that imports this instead runs as it is;
 * `docs/ws.md` says where it can tell the difference.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import { extension } from "./parts/extension.ts";
import { PerMessageDeflate } from "./parts/per-message-deflate.ts";
import { Receiver } from "./parts/receiver.ts";
import { Sender } from "./parts/sender.ts";
import { subprotocol } from "./parts/subprotocol.ts";
import { createWebSocketStream } from "./stream.ts";
import type * as client from "./types/client.ts";
import type * as server from "./types/server.ts";
import type * as socket from "./types/websocket.ts";
import { WebSocket as WebSocketClass } from "./websocket.ts";
import { WebSocketServer as WebSocketServerClass } from "./websocket-server.ts";

/** A WebSocket, of a client or of a server. */
const WebSocket = WebSocketClass as unknown as client.WebSocketConstructor;
type WebSocket = socket.WebSocket;

/** A server. */
const WebSocketServer = WebSocketServerClass as unknown as server.WebSocketServerConstructor;
type WebSocketServer<
  Socket extends client.WebSocketConstructor = client.WebSocketConstructor,
  Request extends typeof IncomingMessage = typeof IncomingMessage,
> = server.WebSocketServer<Socket, Request>;

Object.assign(WebSocketClass, {
  createWebSocketStream,
  extension,
  PerMessageDeflate,
  Receiver,
  Sender,
  Server: WebSocketServer,
  subprotocol,
  WebSocket,
  WebSocketServer,
});

export type { CertMeta, ClientOptions, FinishRequestCallback } from "./types/client.ts";
export type {
  PerMessageDeflateOptions,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync,
} from "./types/options.ts";
export type { AddressInfo, ServerOptions } from "./types/server.ts";
export type {
  CloseEvent,
  Data,
  ErrorEvent,
  Event,
  EventListenerOptions,
  MessageEvent,
  RawData,
  WebSocketEventMap,
} from "./types/websocket.ts";
export {
  createWebSocketStream,
  extension,
  PerMessageDeflate,
  Receiver,
  Sender,
  subprotocol,
  WebSocket,
  WebSocket as default,
  WebSocketServer,
  WebSocketServer as Server,
};
