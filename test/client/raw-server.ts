/** Servers of raw bytes for the tests of the client, and a client that stops at the open socket. */

import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { connect } from "../../src/client/connect.ts";
import { type OpenedClient, openClient } from "../../src/client/handshake.ts";
import type { ConnectOptions } from "../../src/client/options.ts";
import { planClient } from "../../src/client/plan.ts";
import { HandshakeError } from "../../src/errors.ts";
import { acceptKey } from "../../src/handshake/accept-key.ts";

/** Keeps what a test has opened, and closes it. */
export class Opened {
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  /** Starts to listen on a free port of 127.0.0.1, or on a file; returns the port. */
  async listen(server: Server, path?: string): Promise<number> {
    this.#servers.push(server);
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => {});
    });
    await new Promise<void>((resolve) =>
      path === undefined ? server.listen(0, "127.0.0.1", resolve) : server.listen(path, resolve),
    );
    return path === undefined ? (server.address() as AddressInfo).port : 0;
  }

  /** A TCP server that gives each connection to `serve`. */
  tcp(serve: (socket: Socket) => void): Promise<number> {
    return this.listen(createServer(serve));
  }

  /** A TLS server that gives each connection to `serve` once TLS is done. */
  tls(options: TlsOptions, serve: (socket: Socket) => void): Promise<number> {
    const server = createTlsServer(options, (socket) => {
      socket.on("error", () => {});
      serve(socket);
    });
    server.on("tlsClientError", () => {});
    return this.listen(server);
  }

  /** Connections that the servers have at the moment. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Waits until all connections of the servers are gone. */
  async drained(): Promise<void> {
    while (this.#sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(
      this.#servers
        .splice(0)
        .map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    );
  }
}

/** Calls `answer` with the head of the request, as text, and sends what it returns. */
export function answering(
  answer: (head: string) => string | Buffer | undefined,
): (socket: Socket) => void {
  return (socket) => {
    let head = "";
    socket.on("error", () => {});
    socket.on("data", function onData(chunk: Buffer) {
      head += chunk.toString("latin1");
      if (!head.endsWith("\r\n\r\n")) return;
      socket.off("data", onData);
      const bytes = answer(head);
      if (bytes !== undefined) socket.write(bytes);
    });
  };
}

/** The value of a field in a head; undefined where it is not there. */
export function field(head: string, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)\r$`, "im").exec(head)?.[1];
}

/** The response that opens the connection asked for in `head`, with `more` lines in it. */
export function accepting(head: string, ...more: string[]): string {
  const accept = acceptKey(field(head, "Sec-WebSocket-Key") ?? "");
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...more,
    "\r\n",
  ].join("\r\n");
}

/** `connect()` up to the opened stream. The caller destroys it. */
export function open(
  url: string | URL,
  options: ConnectOptions = {},
  env: Record<string, string> = {},
): Promise<OpenedClient> {
  return openClient(planClient(url, options, env), (opened) => {
    opened.stream.on("error", () => {});
    return opened;
  });
}

/** Connects, and gives the error that comes of it. */
export async function failure(...args: Parameters<typeof connect>): Promise<HandshakeError> {
  const error = await connect(...args).then(
    (ws) => {
      ws.terminate();
      return new Error("it connected");
    },
    (reason: unknown) => reason,
  );
  if (!(error instanceof HandshakeError)) throw error;
  return error;
}

/** Writes bytes in pieces of these lengths, each in a turn of the event loop, and then the rest. */
export async function sendInPieces(
  socket: Socket,
  bytes: Buffer,
  lengths: number[],
): Promise<void> {
  let position = 0;
  for (const length of lengths) {
    socket.write(bytes.subarray(position, position + length));
    position += length;
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.write(bytes.subarray(position));
}
