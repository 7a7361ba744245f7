import { EventEmitter } from "node:events";
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { BufferBudget, defaultBudget } from "../connection/buffer-budget.ts";
import type { CloseInfo } from "../connection/close-info.ts";
import type { EndpointOwner } from "../connection/user-side.ts";
import { checkLimit } from "../options/checks.ts";
import { isBound } from "../socket/events.ts";
import { FaceGroup, throwLater } from "./endpoint.ts";
import { agreedCompression } from "./opening.ts";
import { PerMessageDeflate } from "./parts/per-message-deflate.ts";
import {
  acceptLines,
  chooseProtocol,
  type Extensions,
  headOf,
  negotiate,
  offeredProtocols,
} from "./server/acceptance.ts";
import { listen, listenFor } from "./server/http-below.ts";
import { bad, faultOf, type Refusal, refusalOf, refuse } from "./server/refusals.ts";
import { verify, whenDecided } from "./server/verify.ts";
import { defaultOptions, deflateOptions } from "./settings.ts";
import type { ServerOptions } from "./types/server.ts";
import { endWebSocket, faceEvents, openWebSocket, WebSocket } from "./websocket.ts";

/** Gets a connection that was opened. */
type OnOpen = (ws: WebSocket, request: IncomingMessage) => void;

const DEFAULTS = {
  ...defaultOptions,
  allowSynchronousEvents: true,
  autoPong: true,
  skipUTF8Validation: false,
  perMessageDeflate: false,
  handleProtocols: null,
  clientTracking: true,
  verifyClient: null,
  noServer: false,
  backlog: null,
  server: null,
  host: null,
  path: null,
  port: null,
  WebSocket,
};

/** A server in the shape of the package `ws`, as `types/server.ts` describes it. */
export class WebSocketServer extends EventEmitter {
  options: ServerOptions;
  /** Only with the option `clientTracking`. */
  declare clients: Set<WebSocket>;
  #state: "running" | "closing" | "closed" = "running";
  /** Whether what is below has stopped, so that only connections may be waited for. */
  #stopped = false;
  #server: HttpServer | null = null;
  #stopListening: () => void = () => {};
  #group: FaceGroup | undefined;
  readonly #owner: EndpointOwner = {
    // Whoever waits for something to be written is told first.
    onClosed: (face, info) => void setImmediate(() => this.#onEnd(face as WebSocket, info)),
    onUserError: (_, error) => throwLater(error),
  };

  constructor(options: ServerOptions = {}, callback?: () => void) {
    super();
    this.options = { ...(DEFAULTS as object), ...options };
    const { port, server, noServer, clientTracking } = this.options;
    const given = [port !== undefined && port !== null, server, noServer].filter(Boolean);
    if (given.length !== 1) {
      throw new TypeError(
        'One and only one of the "port", "server", or "noServer" options must be specified',
      );
    }
    if (clientTracking) this.clients = new Set();
    // So that a mistake in the options shows here and not with the first connection.
    this.#group = this.#makeGroup();
    if (noServer) return;
    this.#server = (server as HttpServer | undefined) ?? listen(this.options, callback);
    this.#stopListening = listenFor(this.#server, {
      listening: () => this.emit("listening"),
      error: (error: Error) => this.emit("error", error),
      upgrade: (request: IncomingMessage, stream: Duplex, head: Buffer) => {
        const onOpen: OnOpen = (...opened) => void this.emit("connection", ...opened);
        this.handleUpgrade(request, stream, head, onOpen);
      },
    });
  }

  get path(): string | null | undefined {
    return this.options.path;
  }

  address(): ReturnType<HttpServer["address"]> {
    if (this.options.noServer) {
      throw new Error('The server is operating in "noServer" mode');
    }
    return this.#server?.address() ?? null;
  }

  close(callback?: (error?: Error) => void): void {
    if (this.#state === "closed") {
      const error = new Error("The server is not running");
      if (callback !== undefined) this.once("close", () => callback(error));
      process.nextTick(() => this.emit("close"));
      return;
    }
    if (callback !== undefined) this.once("close", callback);
    if (this.#state === "closing") return;
    this.#state = "closing";
    this.#stopListening();
    const server = this.#server;
    this.#server = null;
    const onStopped = () => {
      this.#stopped = true;
      this.#closeIfEmpty();
    };
    if (server === null || this.options.server) onStopped();
    else server.close(onStopped);
  }

  shouldHandle({ url = "" }: IncomingMessage): boolean | Promise<boolean> {
    const { path } = this.options;
    if (!path) return true;
    const query = url.indexOf("?");
    return (query === -1 ? url : url.slice(0, query)) === path;
  }

  handleUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer, onOpen: OnOpen): void {
    stream.on("error", destroy);
    const refusal = refusalOf(request, this.#strict);
    if (refusal !== undefined) {
      this.#refuseClient(refusal, stream, request);
      return;
    }
    whenDecided(this.shouldHandle(request), stream, (handles) => {
      if (handles) this.#negotiate(request, stream, head, onOpen);
      else refuse(stream, bad(""));
    });
  }

  /**
   * Answers a request that was found to be right, and opens the connection. To be overridden, as in `ws`.
   *
   * @param extensions what has negotiated each extension, by its name
   * @param key the request's Sec-WebSocket-Key
   * @param protocols subprotocols that the client offers
   */
  completeUpgrade(
    extensions: Extensions,
    key: string,
    protocols: Set<string>,
    request: IncomingMessage,
    stream: Duplex,
    head: Buffer,
    onOpen: OnOpen,
  ): void {
    // The client may have left meanwhile.
    if (!stream.readable || !stream.writable) {
      stream.destroy();
      return;
    }
    if (isBound(stream)) {
      throw new Error(
        "server.handleUpgrade() was called more than once with the same socket, possibly due to a misconfiguration",
      );
    }
    if (this.#state !== "running") {
      refuse(stream, { status: 503, message: "" });
      return;
    }
    const ws = new (this.options.WebSocket as unknown as typeof WebSocket)(
      null,
      undefined,
      this.options as never,
    );
    const deflate = extensions[PerMessageDeflate.extensionName];
    const protocol = chooseProtocol(protocols, request, this.options);
    const lines = acceptLines(key, protocol, deflate);
    this.emit("headers", lines, request);
    stream.write(headOf(lines));
    stream.off("error", destroy);
    this.clients?.add(ws);
    this.#open(ws, stream, protocol, deflate, head);
    onOpen(ws, request);
  }

  // What programs use although `ws` does not document it: see docs/ws.md.

  get _server(): HttpServer | null {
    return this.#server;
  }

  #negotiate(request: IncomingMessage, stream: Duplex, head: Buffer, onOpen: OnOpen): void {
    let protocols: Set<string>;
    let extensions: Extensions;
    try {
      protocols = offeredProtocols(request);
    } catch {
      this.#refuseClient(bad("Invalid Sec-WebSocket-Protocol header"), stream, request);
      return;
    }
    try {
      extensions = negotiate(request, this.options);
    } catch {
      const message = "Invalid or unacceptable Sec-WebSocket-Extensions header";
      this.#refuseClient(bad(message), stream, request);
      return;
    }
    const fault = this.#strict ? faultOf(request) : undefined;
    if (fault !== undefined) {
      this.#refuseClient(fault, stream, request);
      return;
    }
    verify(this.options, request, stream, () => {
      const key = request.headers["sec-websocket-key"]!;
      this.completeUpgrade(extensions, key, protocols, request, stream, head, onOpen);
    });
  }

  #open(
    ws: WebSocket,
    stream: Duplex,
    protocol: string,
    deflate: PerMessageDeflate | undefined,
    rest: Buffer,
  ): void {
    // Streams of others have neither.
    (stream as Partial<Socket>).setTimeout?.(0);
    (stream as Partial<Socket>).setNoDelay?.();
    const compression = agreedCompression(deflate, deflateOptions(this.options, "server"));
    this.#group ??= this.#makeGroup();
    openWebSocket(ws, { stream, protocol, rest, group: this.#group, ...compression }, this.#owner);
  }

  get #strict(): boolean {
    return this.options.strictRequests !== false;
  }

  #makeGroup(): FaceGroup {
    const most = this.options.maxTotalBuffered ?? defaultBudget();
    const budget = new BufferBudget(checkLimit("maxTotalBuffered", most, 1, "bytes"));
    return new FaceGroup(this.options, "server", faceEvents, budget);
  }

  #onEnd(ws: WebSocket, info: CloseInfo): void {
    this.clients?.delete(ws);
    if (this.#state === "closing") this.#closeIfEmpty();
    endWebSocket(ws, info);
  }

  #refuseClient(refusal: Refusal, stream: Duplex, request: IncomingMessage): void {
    if (this.listenerCount("wsClientError") === 0) refuse(stream, refusal);
    else this.emit("wsClientError", new Error(refusal.message), stream, request);
  }

  #closeIfEmpty(): void {
    if (!this.#stopped || (this.clients?.size ?? 0) > 0) return;
    process.nextTick(() => this.#closed());
  }

  #closed(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.emit("close");
  }
}

/** Nobody hears of the errors of a stream that has not become a connection. */
function destroy(this: Duplex): void {
  this.destroy();
}
