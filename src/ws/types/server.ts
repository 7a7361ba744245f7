import type { EventEmitter } from "node:events";
import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Server as HttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import type { EventEmitterStatics, WebSocketConstructor } from "./client.ts";
import type {
  CommonOptions,
  VerifyClientCallbackAsync,
  VerifyClientCallbackSync,
} from "./options.ts";
import type { Untyped } from "./websocket.ts";

/** Options of `new WebSocketServer(options)`: exactly one of `port`, `server` and `noServer`. */
export interface ServerOptions<
  Socket extends WebSocketConstructor = WebSocketConstructor,
  Request extends typeof IncomingMessage = typeof IncomingMessage,
> extends CommonOptions {
  /** Host name or address to listen on. Default: all addresses. */
  host?: string | undefined;
  /** Port to listen on, 0 for any free one. Default: none, `server` or `noServer` stands in its place. */
  port?: number | undefined;
  /** Most connections that wait to be accepted, a number. Default 511, as of `net.Server`. */
  backlog?: number | undefined;
  /** A server of `node:http` or `node:https`, whose upgrade requests are served. */
  server?: HttpServer<Request> | HttpsServer<Request> | undefined;
  /** Whether only `handleUpgrade` opens connections. Default false. */
  noServer?: boolean | undefined;
  /** Decides who may connect. */
  verifyClient?:
    | VerifyClientCallbackAsync<InstanceType<Request>>
    | VerifyClientCallbackSync<InstanceType<Request>>
    | undefined;
  /** Chooses a subprotocol; false for none. Default: the first that the client offers. */
  handleProtocols?: (protocols: Set<string>, request: InstanceType<Request>) => string | false;
  /** The only path that is served. Default: all. */
  path?: string | undefined;
  /** Whether `clients` has the open connections. Default true. */
  clientTracking?: boolean | undefined;
  /** A class that extends `WebSocket`, for the connections. */
  WebSocket?: Socket | undefined;
  /**
   * Most bytes that all connections together may have waiting, to be sent or to be taken. Beyond it those that
   * hold most are closed with 1013. Default: half of what V8's heap may have.
   */
  maxTotalBuffered?: number | undefined;
  /**
   * Whether requests are held to all of RFC 6455 §4.2.1 and RFC 9112, beyond what `ws` looks at: exactly one
   * Host, no body, no field twice that may be there once. Default true.
   */
  strictRequests?: boolean | undefined;
}

/** Where a server listens. */
export interface AddressInfo {
  /** IP address. */
  address: string;
  /** `"IPv4"` or `"IPv6"`. */
  family: string;
  /** Port number. */
  port: number;
}

/** What the listeners of each event get. */
export interface ServerEvents<Socket, Request> {
  /** A new connection, and the request that has opened it. */
  connection: [websocket: Socket, request: Request];
  /** What has failed, of the server below. */
  error: [error: Error];
  /** The lines of the answer's head, to be changed, and the request. */
  headers: [headers: string[], request: Request];
  /** Nothing: all has ended. */
  close: [];
  /** Nothing: the server below listens. */
  listening: [];
  /** Why a request is refused. Whoever listens has to answer on the socket. */
  wsClientError: [error: Error, socket: Duplex, request: Request];
}

type Name = keyof ServerEvents<unknown, unknown>;

/** A server in the shape of the npm package `ws`. */
export interface WebSocketServer<
  Socket extends WebSocketConstructor = WebSocketConstructor,
  Request extends typeof IncomingMessage = typeof IncomingMessage,
> extends EventEmitter {
  /** The options that it was made with, defaults filled in. */
  options: ServerOptions<Socket, Request>;
  /** The option `path`. */
  path: string;
  /** The open connections, unless `clientTracking` is false. */
  clients: Set<InstanceType<Socket>>;

  /** Where it listens: the path of a Unix socket, or null where it does not. @throws Error with `noServer` */
  address(): AddressInfo | string | null;
  /**
   * Accepts nothing more, and stops listening where it has made the server below itself. Open connections stay.
   *
   * @param callback called when all connections have ended; with an error if it was closed before
   */
  close(callback?: (error?: Error) => void): void;
  /**
   * Answers an upgrade request.
   *
   * @param upgradeHead what was read behind the request's head
   * @param callback gets the new connection
   * @throws Error if it was called with the same socket before
   */
  handleUpgrade(
    request: InstanceType<Request>,
    socket: Duplex,
    upgradeHead: Buffer,
    callback: (client: InstanceType<Socket>, request: InstanceType<Request>) => void,
  ): void;
  /** Whether a request is for this server: by default whether it has its path. To be overridden. */
  shouldHandle(request: InstanceType<Request>): boolean | Promise<boolean>;

  on<E extends Name>(event: E, listener: Listener<Socket, Request, E>): this;
  on(event: string | symbol, listener: AnyListener<Socket>): this;
  once<E extends Name>(event: E, listener: Listener<Socket, Request, E>): this;
  once(event: string | symbol, listener: AnyListener<Socket>): this;
  off<E extends Name>(event: E, listener: Listener<Socket, Request, E>): this;
  off(event: string | symbol, listener: AnyListener<Socket>): this;
  addListener<E extends Name>(event: E, listener: Listener<Socket, Request, E>): this;
  addListener(event: string | symbol, listener: AnyListener<Socket>): this;
  removeListener<E extends Name>(event: E, listener: Listener<Socket, Request, E>): this;
  removeListener(event: string | symbol, listener: AnyListener<Socket>): this;
}

type Listener<
  Socket extends WebSocketConstructor,
  Request extends typeof IncomingMessage,
  E extends Name,
> = (
  this: WebSocketServer<Socket>,
  ...args: ServerEvents<InstanceType<Socket>, InstanceType<Request>>[E]
) => void;

type AnyListener<Socket extends WebSocketConstructor> = (
  this: WebSocketServer<Socket>,
  ...args: Untyped[]
) => void;

/** Makes servers: what `class MyServer extends WebSocketServer` extends. */
export interface WebSocketServerConstructor extends EventEmitterStatics {
  /**
   * @param callback called when it listens, with the option `port`
   * @throws TypeError unless exactly one of `port`, `server` and `noServer` is given
   */
  new <
    Socket extends WebSocketConstructor = WebSocketConstructor,
    Request extends typeof IncomingMessage = typeof IncomingMessage,
  >(
    options?: ServerOptions<Socket, Request>,
    callback?: () => void,
  ): WebSocketServer<Socket, Request>;
  readonly prototype: WebSocketServer;
}
