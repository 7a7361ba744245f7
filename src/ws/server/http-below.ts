import type { EventEmitter } from "node:events";
import http, { type Server as HttpServer, STATUS_CODES } from "node:http";
import type { ServerOptions } from "../types/server.ts";

/** The server of `node:http` for the option `port`: any request that asks for no upgrade is answered with 426. */
export function listen(options: ServerOptions, callback: (() => void) | undefined): HttpServer {
  const body = STATUS_CODES[426]!;
  const server = http.createServer((_, response) => {
    // RFC 9110 §15.5.22: it is said what to upgrade to.
    response.writeHead(426, {
      Upgrade: "websocket",
      Connection: "Upgrade, close",
      "Content-Length": body.length,
      "Content-Type": "text/plain",
    });
    response.end(body);
  });
  const { port, host, backlog } = options;
  server.listen(port, host ?? undefined, backlog ?? undefined, callback);
  return server;
}

/** Listens for events. @returns a function that undoes it */
export function listenFor(
  emitter: EventEmitter,
  listeners: Readonly<Record<string, (...args: never[]) => void>>,
): () => void {
  for (const [event, listener] of Object.entries(listeners)) {
    emitter.on(event, listener as (...args: unknown[]) => void);
  }
  return () => {
    for (const [event, listener] of Object.entries(listeners)) {
      emitter.off(event, listener as (...args: unknown[]) => void);
    }
  };
}
