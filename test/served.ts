/** Servers for the tests of one, and what they need around it. */

import { once } from "node:events";
import type { Server as HttpServer } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import {
  type Connection,
  type ConnectionHandler,
  type Listener,
  type ListenTarget,
  type RequestHandler,
  type RouteHandler,
  Server,
  type ServerOptions,
} from "../src/index.ts";
import { RawPeer } from "./raw-peer.ts";

/** A running server, which is gone when the test has finished. */
export interface Served {
  readonly server: Server;
  readonly address: Listener;
  /** What `onError` was told. */
  readonly errors: unknown[];
  /** A TCP connection, nothing sent yet. */
  connect(): Promise<RawPeer>;
  /** An open WebSocket. */
  open(path?: string, headers?: Record<string, string | undefined>): Promise<RawPeer>;
}

/** Serves `handler` at `/`. */
export async function serve(
  handler: RequestHandler | RouteHandler | undefined,
  options: ServerOptions = {},
  target: ListenTarget = { port: 0, host: "127.0.0.1" },
): Promise<Served> {
  const errors: unknown[] = [];
  const server = new Server({ onError: (error) => errors.push(error), ...options });
  if (handler !== undefined) server.handle("/", handler);
  const address = await server.listen(target);
  const peers: RawPeer[] = [];
  onTestFinished(async () => {
    for (const peer of peers) peer.destroy();
    await server.shutdown({ timeout: 1000 });
  });
  const connect = async () => {
    const { port, address: host } = address;
    const peer = await RawPeer.connect(port === 0 ? { path: host } : { port, host });
    peers.push(peer);
    return peer;
  };
  const open = async (path?: string, headers?: Record<string, string | undefined>) => {
    const peer = await connect();
    await peer.upgrade(path, headers);
    return peer;
  };
  return { server, address, errors, connect, open };
}

/** Serves `handler` at `/ws` of somebody's HTTP server, which is closed when the test has finished. */
export async function serveAttached(
  http: HttpServer,
  handler: ConnectionHandler = {},
  options: ServerOptions = {},
) {
  const server = new Server(options);
  server.handle("/ws", handler);
  const detach = server.attach(http);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  onTestFinished(async () => {
    await server.shutdown({ timeout: 500 });
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  });
  const connect = async () => {
    const peer = await RawPeer.connect({ port, host: "127.0.0.1" });
    onTestFinished(() => peer.destroy());
    return peer;
  };
  return { server, detach, connect, port };
}

/** Both ends of an open WebSocket. */
export interface Pair extends Served {
  /** The server's side. */
  readonly ws: Connection;
  /** The client's side. */
  readonly peer: RawPeer;
}

/** Opens a WebSocket: for `handler`, or for the test to read from `ws` where there is none. */
export async function openPair(
  options: ServerOptions = {},
  handler?: ConnectionHandler,
): Promise<Pair> {
  const opened = deferred<Connection>();
  const served = await serve(
    handler === undefined
      ? (request) => opened.resolve(request.upgrade())
      : {
          ...handler,
          open(ws) {
            opened.resolve(ws);
            return handler.open?.(ws);
          },
        },
    options,
  );
  const peer = await served.open();
  return { ...served, ws: await opened.promise, peer };
}

export interface Deferred<T> {
  readonly promise: Promise<T>;
  resolve(value: T): void;
  reject(error: unknown): void;
}

/** A promise to be settled from outside. */
export function deferred<T = void>(): Deferred<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}

/** Resolves once `condition` holds; looks again after every turn of the event loop. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** Errors from now on that nobody has caught, each of which would end the process. */
export function uncaughtErrors(): unknown[] {
  const errors: unknown[] = [];
  const note = (error: unknown) => void errors.push(error);
  for (const event of ["uncaughtException", "unhandledRejection"]) {
    process.on(event, note);
    onTestFinished(() => void process.off(event, note));
  }
  return errors;
}

/** Resolves when a socket is closed; events.once would listen for its error too. */
export function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.on("close", () => resolve()));
}

/**
 * Sends `request`, an upgrade, to an HTTP server that has a listener of others for that too, and resets
 * TCP once they have been told of it.
 *
 * @returns when the server's side of the socket is closed
 */
export async function resetUpgrade(
  http: HttpServer,
  connect: () => Promise<RawPeer>,
  ...request: readonly string[]
): Promise<void> {
  http.on("upgrade", () => {});
  const accepting = once(http, "connection");
  const peer = await connect();
  const [socket] = (await accepting) as [Socket];
  const asked = once(http, "upgrade");
  peer.write(...request);
  await asked;
  const closed = closing(socket);
  peer.reset();
  await closed;
}

/** A socket that was accepted, and who connected to it. */
export async function acceptedPair(): Promise<{ accepted: Socket; peer: RawPeer }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepting = once(server, "connection");
  const { port } = server.address() as { port: number };
  const peer = await RawPeer.connect({ port, host: "127.0.0.1" });
  const [accepted] = (await accepting) as [Socket];
  onTestFinished(() => {
    peer.destroy();
    accepted.destroy();
    server.close();
  });
  return { accepted, peer };
}
