import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { staticFiles } from "./static-files.ts";

/** Milliseconds without traffic after which a connection of a plain request is closed. */
const IDLE_TIMEOUT = 60_000;

/**
 * The `node:http` server behind a WebSocket server: it is given the sockets of requests that are
 * no WebSocket requests, and never listens itself.
 *
 * @param root directory of static files, unless there is a `listener`
 * @param isRoute whether WebSocket requests are served at a path
 */
export function createPlainHttpServer(
  root: string | undefined,
  listener: RequestListener | undefined,
  isRoute: (path: string) => boolean,
): Server {
  const files = root === undefined ? undefined : staticFiles(root);
  const server = createServer((request, response) => {
    if (listener !== undefined) listener(request, response);
    else if (isRoute(new URL(request.url ?? "/", "http://localhost").pathname))
      asksForUpgrade(response);
    else if (files !== undefined) files(request, response);
    else notFound(response);
  });
  server.timeout = IDLE_TIMEOUT;
  // Its watch over requests that are slow to arrive begins when it listens, and it never does.
  server.emit("listening");
  return server;
}

/** Hands over a socket, with what was read from it put back. */
export function handOver(server: Server, socket: Socket): void {
  server.emit("connection", socket);
  socket.resume();
}

function asksForUpgrade(response: ServerResponse): void {
  // RFC 9110 §15.5.22
  response.writeHead(426, {
    "Content-Type": "text/plain; charset=utf-8",
    Connection: "Upgrade",
    Upgrade: "websocket",
  });
  response.end("this is a WebSocket endpoint: ask for it with a WebSocket client\n");
}

function notFound(response: ServerResponse): void {
  response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" });
  response.end("not found\n");
}
