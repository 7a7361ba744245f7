import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { BufferBudget } from "../connection/buffer-budget.ts";
import type { CloseInfo } from "../connection/close-info.ts";
import { type Connection, type ConnectionHandler, endpointOf } from "../connection/connection.ts";
import { publishClosed, publishError, publishOpen } from "../connection/diagnostics.ts";
import type { EndpointOwner } from "../connection/endpoint.ts";
import type { RequestInfo } from "../connection/request-info.ts";
import { BroadcastMessage } from "../connection/sending/broadcast-message.ts";
import type { Data } from "../connection/sending/data.ts";
import { catchRejection, isThenable } from "../connection/user-code.ts";
import { ArgumentError, HandshakeError } from "../errors.ts";
import { badRequest } from "../handshake/fault.ts";
import {
  checkUpgradeRequest,
  isUpgradeAttempt,
  type RequestHead,
  requestHeadFrom,
} from "../handshake/request.ts";
import { pathOf } from "../handshake/target.ts";
import { checkOptionNames, checkTimeout } from "../options/checks.ts";
import { CloseCode } from "../protocol/close-code.ts";
import { surviveErrors } from "../socket/survive-errors.ts";
import { AcceptedSocket, type Acceptor } from "./accepted-socket.ts";
import { attachTo } from "./attach.ts";
import { Handshakes } from "./handshakes.ts";
import { type ListenAddress, Listeners } from "./listeners.ts";
import {
  type ListenTarget,
  type RouteOptions,
  type RouteSettings,
  routeSettings,
  type ServerOptions,
  type ServerSettings,
  serverSettings,
} from "./options.ts";
import {
  createPlainHttpServer,
  handOver,
  mayLackFields,
  serveWithoutUpgrade,
  waitsForAnswer,
} from "./plain-http.ts";
import { Router } from "./router.ts";
import { UpgradeRequest } from "./upgrade-request.ts";

/**
 * Serves one path: it looks at the request and upgrades it (or does not). When it returns a
 * promise, the connection is closed with 1000 as soon as that resolves, and with 1011 if it
 * rejects; a HandshakeError thrown before the upgrade is the answer to the request.
 */
export type RequestHandler = (request: UpgradeRequest) => unknown;

/** What a shutdown did. */
export interface ShutdownReport {
  /** Connections that ended with a clean closing handshake. */
  readonly closed: number;
  /** Connections that did not, and were destroyed when the time was over. */
  readonly destroyed: number;
  /** Sockets that had not finished their opening handshake, and were destroyed. */
  readonly handshakes: number;
}

interface Route {
  readonly handler: RequestHandler | ConnectionHandler;
  readonly settings: RouteSettings;
}

/**
 * A WebSocket server: any number of paths, on any number of TCP, TLS and Unix sockets of its own
 * ({@link listen}), and on the HTTP servers of others ({@link attach}).
 *
 * ```ts
 * const server = new Server({ root: "public" });
 * server.handle("/echo", { message: (ws, data) => ws.send(data) });
 * await server.listen(8199);
 * ```
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #settings: ServerSettings;
  readonly #router = new Router<Route>();
  readonly #http: HttpServer;
  readonly #listeners: Listeners;
  readonly #attached = new Set<() => void>();
  readonly #handshakes = new Handshakes<AcceptedSocket>();
  readonly #connections = new Set<Connection>();
  readonly #acceptor: Acceptor;
  readonly #owner: EndpointOwner;
  readonly #budget: BufferBudget;
  #shutdown: Promise<ShutdownReport> | undefined;

  /** @throws ArgumentError for an unknown option or a value that an option does not take */
  constructor(options: ServerOptions = {}) {
    this.#options = options;
    this.#settings = serverSettings(options);
    // So that a mistake in an option of the routes shows here and not with the first route.
    routeSettings(options, {});
    this.#http = createPlainHttpServer({
      headLimits: this.#settings.headLimits,
      root: options.root,
      listener: options.listener,
      isRoute: (target) => this.#router.find(pathOf(target)) !== undefined,
      isUpgrade: (request) => isUpgradeAttempt(headOf(request)),
      onError: (error) => this.#report(error, undefined),
    });
    this.#http.on("upgrade", (...upgrade) => this.#onUpgrade(this.#http, ...upgrade));
    this.#acceptor = {
      headLimits: this.#settings.headLimits,
      onUpgradeAttempt: (...attempt) => this.#onUpgradeAttempt(...attempt),
      onPlainRequest: (socket) => handOver(this.#http, socket),
      onHandshakeEnd: (handshake) => this.#handshakes.delete(handshake),
    };
    this.#listeners = new Listeners(this.#settings, {
      onSocket: (socket, timeLeft) => this.#accept(socket, timeLeft),
      onUserError: (error) => this.#report(error, undefined),
    });
    this.#owner = {
      onClosed: (face, info) => this.#onClosed(face as Connection, info),
      onUserError: (face, error) => this.#report(error, face as Connection),
    };
    this.#budget = new BufferBudget(this.#settings.maxTotalBuffered);
  }

  /** The open connections, those that are closing included. */
  get connections(): ReadonlySet<Connection> {
    return this.#connections;
  }

  /**
   * Serves WebSocket requests at a path.
   *
   * @param path for example `"/chat"`; a segment like `:room` matches any one segment and is
   * found in `request.params`, a last segment `*` matches the rest
   * @param handler a function, called for each request, which upgrades it; or an object shared by
   * all connections of the route, the fastest form
   * @param options what is to differ from the server's options on this route
   * @throws ArgumentError
   */
  handle(
    path: string,
    handler: RequestHandler | ConnectionHandler,
    options: RouteOptions = {},
  ): void {
    if (typeof handler !== "function" && (typeof handler !== "object" || handler === null)) {
      throw new ArgumentError("a handler is a function or an object with message, open, close …");
    }
    const settings = routeSettings(this.#options, options, this.#budget);
    this.#router.add(path, { handler, settings });
  }

  /**
   * Listens; may be called several times.
   *
   * @param target a port (0 for any free one), the path of a Unix socket, or the options of
   * `net.Server.listen` with `tls` for TLS
   * @returns where it listens, once it does; rejects with the system's error, such as EADDRINUSE, or
   * with the reason of a `signal` in the options
   */
  async listen(target: ListenTarget): Promise<ListenAddress> {
    this.#checkRunning();
    const { listener, address } = await this.#listeners.open(target);
    if (this.#shutdown !== undefined) {
      listener.close();
      throw new ArgumentError("the server was shut down before it listened");
    }
    return address;
  }

  /**
   * Serves the routes on an `http` or `https` server that belongs to somebody else, by its
   * `upgrade` event. Requests for other paths are left to its other listeners for that event, which
   * must answer them or destroy the socket; where there are none, or only those of other servers of
   * this kind, they are answered with 404.
   *
   * @returns a function that takes the routes away again; open connections stay
   * @throws ArgumentError once the server has been shut down
   */
  attach(httpServer: HttpServer): () => void {
    this.#checkRunning();
    const stop = attachTo(httpServer, {
      isOurs: (request) => this.#isOurs(request),
      onUpgrade: (...upgrade) => this.#onUpgrade(httpServer, ...upgrade),
    });
    const detach = () => {
      stop();
      this.#attached.delete(detach);
    };
    this.#attached.add(detach);
    return detach;
  }

  /**
   * Sends a message to many connections; it is framed once for all of them. Connections that are
   * closing are passed over, as are those whose send buffer is full, which `whenSendBufferFull`
   * decides about.
   *
   * Where compression was agreed upon, the message is compressed once for each distinct set of
   * parameters (options and size of the window). That goes for connections with context takeover
   * too: what they are sent does not refer to their earlier messages, so it may be longer than by
   * `send`, but their later messages can refer to it.
   *
   * @param data a string or binary data; bytes of 32 KiB and more must not change until all have it
   * @param to whom; all connections of this server by default
   * @throws {ArgumentError} for anything else
   */
  broadcast(data: Exclude<Data, Blob>, to: Iterable<Connection> = this.#connections): void {
    if (typeof to?.[Symbol.iterator] !== "function") {
      throw new ArgumentError(
        "broadcast takes an iterable of connections; for one there is its send()",
      );
    }
    const message = new BroadcastMessage(data, to);
    for (const connection of to) endpointOf(connection).sendBroadcast(message);
  }

  /**
   * Stops: accepts nothing more, closes every connection with 1001, waits for them, and destroys
   * what is left when the time is over. Calling it again returns the same promise.
   *
   * @param options `timeout` in milliseconds, default 5,000; `Infinity` waits for all
   * @throws ArgumentError
   */
  shutdown(options: { readonly timeout?: number } = {}): Promise<ShutdownReport> {
    checkOptionNames("shutdown", options, ["timeout"]);
    const timeout = checkTimeout("timeout", options.timeout ?? 5000);
    this.#shutdown ??= this.#shutDown(timeout);
    return this.#shutdown;
  }

  /** Shuts down with the default timeout, so that `await using` works. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  #checkRunning(): void {
    if (this.#shutdown !== undefined) throw new ArgumentError("the server has been shut down");
  }

  #accept(socket: Socket | TLSSocket, timeout: number): AcceptedSocket {
    const handshake = new AcceptedSocket(socket, this.#acceptor, timeout);
    this.#handshakes.add(handshake);
    return handshake;
  }

  #isOurs(request: IncomingMessage): boolean {
    return (
      isUpgradeAttempt(headOf(request)) &&
      this.#router.find(pathOf(request.url ?? "")) !== undefined
    );
  }

  /**
   * An upgrade request on a connection that `node:http` has read. It is answered on the request's own
   * socket: while a body is on its way, Node 26 gives a stream of another kind with the event.
   */
  #onUpgrade(httpServer: HttpServer, request: IncomingMessage, stream: Duplex, rest: Buffer): void {
    const { socket } = request;
    // It is passed the errors of the socket.
    if (stream !== socket) surviveErrors(stream);
    const next = () => this.#onUpgrade(httpServer, request, stream, rest);
    if (waitsForAnswer(socket, next)) return;
    const head = headOf(request);
    const whole = !mayLackFields(httpServer, request);
    if (whole && !isUpgradeAttempt(head)) {
      serveWithoutUpgrade(httpServer, request, rest);
      return;
    }
    // node:http takes any stream for a connection, not sockets only.
    socket.setTimeout?.(0);
    socket.setNoDelay?.(true);
    const handshake = this.#accept(socket, this.#settings.handshakeTimeout);
    // Before it is served: a handler that takes its time has it paused again.
    socket.resume();
    if (whole) handshake.serve(head, rest);
    else handshake.refuse(431, "too many header fields\n");
  }

  #onUpgradeAttempt(
    head: RequestHead,
    rest: Buffer,
    socket: Socket | TLSSocket,
    handshake: AcceptedSocket,
  ): UpgradeRequest | undefined {
    const path = pathOf(head.target);
    const match = this.#router.find(path);
    if (this.#shutdown !== undefined) {
      handshake.refuse(503, "the server is shutting down\n");
    } else if (match === undefined) {
      const faults = checkUpgradeRequest(head);
      const bad = faults.length > 0 ? badRequest(faults) : undefined;
      handshake.refuse(bad?.status ?? 404, bad?.body ?? "there is no WebSocket at this path\n");
    } else {
      const request = new UpgradeRequest({
        head,
        path,
        params: match.params,
        socket,
        rest,
        route: match.target.settings,
        owner: this.#owner,
        onAnswered: (connection) => {
          handshake.end();
          if (connection !== undefined) this.#onOpen(connection, socket);
        },
      });
      this.#serve(request, match.target.handler, handshake);
      return request;
    }
    return undefined;
  }

  #serve(request: UpgradeRequest, handler: Route["handler"], handshake: AcceptedSocket): void {
    try {
      if (typeof handler === "object") request.open(handler);
      else this.#awaitHandler(request, handshake, handler(request));
    } catch (error) {
      this.#onHandlerError(request, handshake, error);
    }
  }

  #awaitHandler(request: UpgradeRequest, handshake: AcceptedSocket, result: unknown): void {
    if (!isThenable(result)) {
      this.#onHandlerReturn(request, handshake);
      return;
    }
    Promise.resolve(result).then(
      () => {
        this.#onHandlerReturn(request, handshake);
        request.connection?.close(CloseCode.normal);
      },
      (error) => this.#onHandlerError(request, handshake, error),
    );
  }

  #onHandlerReturn(request: UpgradeRequest, handshake: AcceptedSocket): void {
    if (request.answered) return;
    this.#report(new Error("the handler neither upgraded nor rejected the request"), request);
    handshake.refuse(500, "");
  }

  #onHandlerError(request: UpgradeRequest, handshake: AcceptedSocket, error: unknown): void {
    if (request.connection !== undefined) {
      endpointOf(request.connection).onUserError(error);
    } else if (!request.answered && !answers(request, error)) {
      this.#report(error, request);
      handshake.refuse(500, "");
    }
  }

  #onOpen(connection: Connection, socket: Socket): void {
    this.#listeners.release(socket);
    this.#connections.add(connection);
    publishOpen(connection);
  }

  #onClosed(connection: Connection, info: CloseInfo): void {
    this.#connections.delete(connection);
    publishClosed(connection, info);
  }

  #report(error: unknown, subject: Connection | RequestInfo | undefined): void {
    publishError(error, subject);
    // The reporter itself is the user's code: it must not take the process down.
    const onFailure = (second: unknown) => publishError(second, subject);
    try {
      // Declared to return nothing, but an async function fits as well.
      const result: unknown = this.#settings.onError(error, subject);
      catchRejection(result, onFailure);
    } catch (second) {
      onFailure(second);
    }
  }

  async #shutDown(timeout: number): Promise<ShutdownReport> {
    for (const detach of [...this.#attached]) detach();
    const stopped = this.#listeners.stop();
    const handshakes = this.#handshakes.size;
    for (const handshake of this.#handshakes) {
      handshake.refuse(503, "the server is shutting down\n");
    }
    this.#http.closeIdleConnections();
    // The others become idle with the answer that is under way, and would be waited for.
    this.#http.keepAliveTimeout = 1;
    const connections = [...this.#connections];
    let destroyed = 0;
    const destroyAll = () => {
      destroyed = this.#connections.size;
      for (const connection of this.#connections) connection.terminate();
      // And plain HTTP, TLS handshakes and answers that nobody takes.
      this.#listeners.destroySockets();
    };
    const timer =
      timeout === Number.POSITIVE_INFINITY ? undefined : setTimeout(destroyAll, timeout);
    const ends = await Promise.all(
      connections.map((connection) => connection.close(CloseCode.goingAway)),
    );
    await stopped;
    clearTimeout(timer);
    this.#http.close();
    return { closed: ends.filter((end) => end.clean).length, destroyed, handshakes };
  }
}

/** Answers a request with the error that has left its handler, if it is one to answer with. */
function answers(request: UpgradeRequest, error: unknown): boolean {
  if (!(error instanceof HandshakeError) || error.status < 200) return false;
  // The error of a client of the handler's own: what another server has answered, its cookies among it,
  // is not for this peer.
  if (error.received !== undefined) return false;
  try {
    request.reject(error.status, error);
    return true;
  } catch {
    // It has headers that belong to a handshake.
    return false;
  }
}

function headOf(request: IncomingMessage): RequestHead {
  const { method = "", url = "", httpVersion, rawHeaders } = request;
  return requestHeadFrom(method, url, httpVersion, rawHeaders);
}
