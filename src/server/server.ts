import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { BufferBudget } from "../connection/buffer-budget.ts";
import { type Connection, endpointOf } from "../connection/connection.ts";
import { publishClosed, publishOpen } from "../connection/diagnostics.ts";
import { BroadcastMessage } from "../connection/sending/broadcast/message.ts";
import type { Data } from "../connection/sending/data.ts";
import { ArgumentError } from "../errors.ts";
import { checkOptionNames, checkTimeout } from "../options/checks.ts";
import type { HistoryOptions, TopicHistory } from "../topics/history.ts";
import type { PublishOptions } from "../topics/options.ts";
import { Topics } from "../topics/topics.ts";
import type { AnyHttp2Server } from "./attach-http2.ts";
import { Entrance } from "./entrance.ts";
import { ErrorReports } from "./error-reports.ts";
import type { ListenTarget } from "./listening/listen-options.ts";
import type { Listener } from "./listening/listener.ts";
import {
  checkRouteHandler,
  type RequestHandler,
  type Route,
  type RouteHandler,
} from "./opening/handlers.ts";
import { Router } from "./opening/router.ts";
import { type RouteOptions, type ServerOptions, serverSettings } from "./options.ts";
import { routeSettings } from "./route-settings.ts";
import {
  closeAll,
  type ShutdownOptions,
  type ShutdownPlan,
  type ShutdownReport,
  shutdownPlan,
} from "./shutdown.ts";

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
  readonly #router = new Router<Route>();
  readonly #entrance: Entrance;
  readonly #connections = new Set<Connection>();
  readonly #budget: BufferBudget;
  readonly #topics: Topics;
  #emptied: (() => void) | undefined;
  #drained: Promise<number> | undefined;
  #shutdown: Promise<ShutdownReport> | undefined;

  /** @throws ArgumentError for an unknown option or a value that an option does not take */
  constructor(options: ServerOptions = {}) {
    this.#options = options;
    const settings = serverSettings(options);
    // So that a mistake in an option of the routes shows here and not with the first route.
    routeSettings(options, {});
    this.#budget = new BufferBudget(settings.maxTotalBuffered);
    const errors = new ErrorReports(settings.onError);
    this.#topics = new Topics(settings.topics, {
      onError: (error) => errors.report(error, undefined),
      call: (userFunction) => errors.guard(userFunction),
    });
    this.#entrance = new Entrance(options, settings, this.#router, {
      errors,
      budget: this.#budget,
      onOpen: (connection) => {
        this.#connections.add(connection);
        publishOpen(connection);
      },
      connectionOwner: {
        onClosed: (face, info) => {
          const connection = face as Connection;
          this.#connections.delete(connection);
          if (this.#connections.size === 0) this.#emptied?.();
          publishClosed(connection, info);
        },
        onUserError: (face, error) => errors.report(error, face as Connection),
      },
    });
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
   * all connections of the route, the fastest form. `User` is the type of their `data`
   * @param options what is to differ from the server's options on this route
   * @throws ArgumentError
   */
  handle<User = unknown>(
    path: string,
    handler: RequestHandler<User> | RouteHandler<User>,
    options: RouteOptions = {},
  ): void {
    checkRouteHandler(handler);
    const settings = routeSettings(this.#options, options, this.#budget, this.#topics);
    // The data is what its upgrade puts there, which the compiler has seen.
    const route = { path, handler: handler as Route["handler"], settings };
    this.#router.add(path, route);
  }

  /**
   * Listens; may be called several times.
   *
   * @param target a port (0 for any free one), the path of a Unix socket, or the options of
   * `net.Server.listen`, with `tls` for TLS
   * @returns the port or path, once the server listens there; rejects with the system's error, such as
   * EADDRINUSE, or with the reason of a `signal` in the options
   */
  async listen(target: ListenTarget): Promise<Listener> {
    this.#checkAccepting();
    const listener = await this.#entrance.listen(target);
    if (!this.#entrance.accepting) {
      await listener.close();
      throw new ArgumentError("the server was shut down or drained before it listened");
    }
    return listener;
  }

  /**
   * Serves the routes on an `http`, `https` or `http2` server that belongs to somebody else, by its
   * `upgrade` event and, with HTTP/2, by CONNECT (RFC 8441). Requests for other paths are left to its other
   * listeners for that event, which
   * must answer them or destroy the socket; where there are none, or only those of other servers of
   * this kind, they go to `onUnknownUpgrade` or are answered with 404.
   *
   * @returns a function that takes the routes away again; open connections stay
   * @throws ArgumentError once the server has been shut down
   */
  attach(httpServer: HttpServer | AnyHttp2Server): () => void {
    this.#checkAccepting();
    return this.#entrance.attach(httpServer);
  }

  /**
   * Answers one request for a WebSocket, as a listener of one's own for the `upgrade` event of `node:http`
   * gets it, whatever is at its path: with the routes of this server, or by `onUnknownUpgrade`, or 404.
   *
   * @param request as `node:http` has read it
   * @param socket what to answer on, any `Duplex` that nobody else reads from
   * @param head what was read behind the request's head, mostly empty
   * @throws ArgumentError for what is no request or no stream
   */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!Array.isArray(request?.rawHeaders)) {
      throw new ArgumentError("handleUpgrade takes a request of node:http as its first argument");
    }
    if (typeof socket?.write !== "function" || typeof socket.on !== "function") {
      throw new ArgumentError("handleUpgrade takes a stream as its second argument");
    }
    if (!Buffer.isBuffer(head)) {
      throw new ArgumentError("handleUpgrade takes a Buffer as its third argument");
    }
    this.#entrance.receive(request, socket, head);
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
   * @throws ArgumentError for any other type of data, for no iterable, and for connections of a client
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
   * Publishes a message to all connections that are subscribed to a topic, as {@link broadcast} sends it: framed
   * once, and written once to each of them in a turn of the event loop.
   *
   * @param data a string or binary data; bytes of 32 KiB and more must not change until all have it
   * @param options as for `send`, and `except`: a connection that does not get it
   * @returns to how many connections of this process it was sent; a `broker` takes it to others
   * @throws WebSocketError `TOPIC_TOO_LONG`
   * @throws ArgumentError for what is no message or no name, and for unknown options
   */
  publish(topic: string, data: Exclude<Data, Blob>, options?: PublishOptions): number {
    return this.#topics.publishWith(topic, data, options);
  }

  /** The connections of this process that are subscribed to a topic, as they are at any time while there are any. */
  subscribers(topic: string): ReadonlySet<Connection> {
    return this.#topics.subscribers(topic);
  }

  /**
   * Reads what was published to a topic behind a position, for a client that was away. `docs/brokers.md` shows how.
   *
   * @returns rejects without a broker that has a history, or where its engine is away
   */
  history(topic: string, options: HistoryOptions = {}): Promise<TopicHistory> {
    return this.#topics.history(topic, options);
  }

  /** Keeps the process running as long as the server listens, which is the default. */
  ref(): this {
    this.#entrance.hold(true);
    return this;
  }

  /** Lets the process end although the server listens, unless something else keeps it running. */
  unref(): this {
    this.#entrance.hold(false);
    return this;
  }

  /**
   * Takes no new connections any more, and waits until those that are open have ended by themselves, or the
   * time is over. {@link shutdown} closes those that are left. Calling it again returns the same promise.
   *
   * @param options `timeout` in milliseconds, default 30,000; `Infinity` waits for all
   * @returns how many connections are left
   * @throws ArgumentError
   */
  drain(options: { readonly timeout?: number } = {}): Promise<number> {
    checkOptionNames("drain", options, ["timeout"]);
    const timeout = checkTimeout("timeout", options.timeout ?? 30_000);
    this.#drained ??= this.#drain(timeout);
    return this.#drained;
  }

  /**
   * Stops: takes no new connections, refuses handshakes under way with 503, closes every connection, waits
   * for them, and destroys what is left when the time is over. Calling it again returns the same promise.
   *
   * @throws ArgumentError
   */
  shutdown(options: ShutdownOptions = {}): Promise<ShutdownReport> {
    const plan = shutdownPlan(options);
    this.#shutdown ??= this.#shutDown(plan);
    return this.#shutdown;
  }

  /** Shuts down with the default timeout, so that `await using` works. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  #checkAccepting(): void {
    if (!this.#entrance.accepting)
      throw new ArgumentError("the server takes no new connections any more");
  }

  async #drain(timeout: number): Promise<number> {
    void this.#entrance.close();
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#emptied = resolve;
      if (this.#connections.size === 0) resolve();
      if (timeout !== Number.POSITIVE_INFINITY) timer = setTimeout(resolve, timeout);
    });
    clearTimeout(timer);
    return this.#connections.size;
  }

  async #shutDown(plan: ShutdownPlan): Promise<ShutdownReport> {
    const gone = this.#entrance.close();
    const handshakes = this.#entrance.refuseAll();
    let destroyed = 0;
    const destroyAll = () => {
      destroyed = this.#connections.size;
      for (const connection of this.#connections) connection.terminate();
      this.#entrance.destroySockets();
    };
    const time = plan.spread + plan.timeout;
    const timer = time === Number.POSITIVE_INFINITY ? undefined : setTimeout(destroyAll, time);
    const ends = await closeAll([...this.#connections], plan);
    await gone;
    clearTimeout(timer);
    await this.#topics.close();
    return { closed: ends.filter((end) => end.clean).length, destroyed, handshakes };
  }
}
