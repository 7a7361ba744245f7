/** Servers and clients in the shape of `ws`, for tests: they end with the test. */

import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { onTestFinished } from "vitest";
import {
  type ClientOptions,
  type ServerOptions,
  WebSocket,
  WebSocketServer,
} from "../../src/ws/ws.ts";
import { RawPeer } from "../raw-peer.ts";

export const HOST = "127.0.0.1";

/** A server on a free port. */
export async function serve(options: ServerOptions = {}): Promise<WebSocketServer> {
  const server = new WebSocketServer({
    ...(options.server === undefined && options.noServer !== true && { port: 0, host: HOST }),
    ...options,
  });
  onTestFinished(() => stop(server));
  if (options.server === undefined && options.noServer !== true) await once(server, "listening");
  return server;
}

function stop(server: WebSocketServer): void {
  for (const ws of server.clients ?? []) ws.terminate();
  server.close();
}

export function portOf(server: WebSocketServer): number {
  return (server.address() as { port: number }).port;
}

/** A client, on its way. */
export function dial(server: WebSocketServer, options: ClientOptions = {}, path = "/"): WebSocket {
  const ws = new WebSocket(`ws://${HOST}:${portOf(server)}${path}`, options);
  onTestFinished(() => {
    ws.on("error", () => {}).terminate();
  });
  return ws;
}

/** Both ends of a connection. */
export async function couple(
  options: ServerOptions = {},
  clientOptions: ClientOptions = {},
): Promise<{
  server: WebSocketServer;
  here: WebSocket;
  there: WebSocket;
  request: IncomingMessage;
}> {
  const server = await serve(options);
  const accepted = once(server, "connection");
  const there = dial(server, clientOptions);
  await once(there, "open");
  const [here, request] = (await accepted) as [WebSocket, IncomingMessage];
  return { server, here, there, request };
}

/** A peer of raw bytes that is connected, and the server's end of it. */
export async function coupleRaw(
  options: ServerOptions = {},
): Promise<{ server: WebSocketServer; here: WebSocket; peer: RawPeer }> {
  const server = await serve(options);
  const accepted = once(server, "connection");
  const peer = await raw(server);
  await peer.upgrade();
  const [here] = (await accepted) as [WebSocket];
  return { server, here, peer };
}

/** A peer of raw bytes. */
export async function raw(server: WebSocketServer): Promise<RawPeer> {
  const peer = await RawPeer.connect({ port: portOf(server), host: HOST });
  onTestFinished(() => peer.destroy());
  return peer;
}

/** The next message: a string for text. */
export async function nextMessage(ws: WebSocket): Promise<unknown> {
  const [data, isBinary] = await once(ws, "message");
  return isBinary ? data : String(data);
}

/** Code and reason of the end, whether there is an error before it or not. */
export function ended(ws: WebSocket): Promise<[code: number, reason: string]> {
  return new Promise((resolve) => {
    ws.once("close", (code, reason) => resolve([code, String(reason)]));
  });
}
