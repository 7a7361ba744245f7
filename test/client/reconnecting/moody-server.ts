/** A server of the package `ws` that can refuse, hang, reset, go away and come back. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { until } from "../../served.ts";

/** What becomes of the next request; the last one stays. */
export type Mood =
  | "accept"
  | "hang"
  | "reset"
  /** Hangs up instead of answering. */
  | "end"
  /** Refuses with this status and these fields. */
  | readonly [status: number, fields?: Readonly<Record<string, string>>];

export class MoodyServer {
  /** What becomes of the requests to come, in their order. */
  readonly moods: Mood[];
  /** Requests that have come. */
  readonly requests: IncomingMessage[] = [];
  /** The connections that there were, in their order. */
  readonly connections: WebSocket[] = [];
  readonly #wss = new WebSocketServer({
    noServer: true,
    handleProtocols: (all) => [...all][0] ?? false,
  });
  readonly #sockets = new Set<Duplex>();
  #http: Server | undefined;
  port = 0;

  private constructor(moods: Mood[]) {
    this.moods = moods;
  }

  static async start(...moods: Mood[]): Promise<MoodyServer> {
    const server = new MoodyServer(moods.length === 0 ? ["accept"] : moods);
    await server.start();
    onTestFinished(() => server.stop());
    return server;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/`;
  }

  /** Listens, on the port that it had before. */
  async start(): Promise<void> {
    this.#http = createServer();
    this.#http.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => {});
    });
    this.#http.on("upgrade", (request, socket, head) => this.#onUpgrade(request, socket, head));
    this.#http.listen(this.port, "127.0.0.1");
    await once(this.#http, "listening");
    this.port = (this.#http.address() as AddressInfo).port;
  }

  /** Goes away, and all connections with it. */
  async stop(): Promise<void> {
    const http = this.#http;
    this.#http = undefined;
    for (const socket of this.#sockets) socket.destroy();
    if (http?.listening) await new Promise((resolve) => http.close(resolve));
  }

  /** Sockets that are open. */
  get sockets(): number {
    return this.#sockets.size;
  }

  /** Waits until so many connections have been opened. */
  async opened(count: number): Promise<WebSocket> {
    await until(() => this.connections.length >= count);
    return this.connections[count - 1]!;
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.requests.push(request);
    // A socket that nobody reads does not hear that the client has gone, and one of HTTP stays half open.
    if (this.moods[0] !== "accept") socket.on("end", () => socket.end()).resume();
    const mood = this.moods.length > 1 ? this.moods.shift()! : this.moods[0]!;
    if (mood === "reset") (socket as Socket).resetAndDestroy();
    else if (mood === "end") socket.end();
    else if (mood === "accept") {
      this.#wss.handleUpgrade(request, socket, head, (ws) => this.connections.push(ws));
    } else if (mood !== "hang") {
      const [status, fields = {}] = mood;
      const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
      const text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\n${lines.join("")}`;
      socket.end(`${text}Content-Length: 0\r\n\r\n`);
    }
  }
}
