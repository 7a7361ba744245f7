import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  ServerResponse,
} from "node:http";
import type { Socket } from "node:net";
import { catchRejection } from "../../connection/user-code.ts";
import type { HeadLimits } from "../../handshake/head-reader.ts";
import { surviveErrors } from "../../socket/survive-errors.ts";
import { isNodeBetween } from "../../socket/system-handle.ts";
import { staticFiles } from "./static-files.ts";
import { endWithConnection } from "./waiting-answers.ts";

/**
 * Milliseconds without traffic after which a connection of a plain request is closed, unless it is a
 * {@link PlainHttpSettings.listener} that answers: it may be silent as long as it likes.
 */
export const IDLE_TIMEOUT = 60_000;

/** What the `node:http` server behind a WebSocket server needs of it. */
export interface PlainHttpSettings {
  readonly headLimits: HeadLimits;
  /** Directory of static files, unless there is a {@link listener}. */
  readonly root: string | undefined;
  readonly listener: RequestListener | undefined;
  /** Whether the host that a request asks for is one of the server's; what it throws is reported. */
  isOurHost(request: IncomingMessage): boolean;
  /** Whether WebSocket requests are served at a request target. */
  isRoute(target: string): boolean;
  /**
   * Whether a request that asks for an upgrade asks for a WebSocket; the others are served without one
   * by versions of Node that let a server choose (24.9 and later).
   */
  isUpgrade(request: IncomingMessage): boolean;
  /** Is told what the {@link listener} throws. */
  onError(error: unknown): void;
}

/**
 * The `node:http` server behind a WebSocket server: it is given the sockets of requests that are
 * no WebSocket requests, and never listens itself.
 */
export function createPlainHttpServer(settings: PlainHttpSettings): Server {
  const { listener, headLimits } = settings;
  const serve = plainListener(settings);
  const options = {
    // It counts names and values only: no head that was read here is too large for it.
    maxHeaderSize: Math.min(headLimits.maxBytes, Number.MAX_SAFE_INTEGER),
    shouldUpgradeCallback: (request: IncomingMessage) => settings.isUpgrade(request),
  } as ServerOptions;
  const server = createServer(options, (request, response) => {
    endWithConnection(request.socket, response);
    if (mayLackFields(server, request)) tooManyFields(response);
    else serve(request, response);
  });
  server.maxHeadersCount = maxHeadersCount(headLimits.maxFields);
  server.timeout = listener === undefined ? IDLE_TIMEOUT : 0;
  // Its watch over requests that are slow to arrive begins when it listens, and it never does.
  server.emit("listening");
  return server;
}

/** What answers plain requests, of HTTP/1.1 and of HTTP/2, where they are as `node:http` has them. */
export function plainListener(settings: PlainHttpSettings): RequestListener {
  const { root, listener } = settings;
  const files = root === undefined ? undefined : staticFiles(root);
  return (request, response) => {
    if (!isOurHost(settings, request)) misdirected(response);
    else if (listener !== undefined) serveBy(listener, request, response, settings.onError);
    else if (settings.isRoute(request.url ?? "")) asksForUpgrade(request, response);
    else if (files !== undefined) files(request, response);
    else notFound(response);
  };
}

/**
 * How many fields it is to keep, 0 for all: one more than may be there, so that {@link mayLackFields}
 * finds those that have too many.
 */
function maxHeadersCount(maxFields: number): number {
  // It shifts the number by a bit, which is made for 32 of them.
  return maxFields < 2 ** 30 - 1 ? maxFields + 1 : 0;
}

/** Hands over a socket, with what was read from it put back. */
export function handOver(server: Server, socket: Socket): void {
  server.emit("connection", socket);
  socket.resume();
}

/**
 * Whether an earlier request on the connection is still to be answered; then `next` is called once there
 * may be another answer (RFC 9112 §9.3.2: in the order of the requests), or `giveUp` if that was the last.
 */
export function waitsForAnswer(socket: Socket, next: () => void, giveUp: () => void): boolean {
  // Node's note of the response that it writes, of which there is no public one.
  const response = (socket as { readonly _httpMessage?: ServerResponse | null })._httpMessage;
  if (!response) return false;
  // For an upgrade node:http takes its listeners from the socket, while the response needs them.
  surviveErrors(socket);
  const onDrain = () => response.emit("drain");
  socket.on("drain", onDrain);
  response.once("close", () => {
    socket.off("drain", onDrain);
    // Of an end that has come meanwhile nobody would be told any more.
    if (socket.readableEnded) socket.end();
    else if (socket.writable) return next();
    giveUp();
  });
  return true;
}

/** Names and values that Node keeps of a request's fields unless the server says how many fields it takes. */
const NODE_KEEPS = 2000;

/**
 * Whether `node:http` may have left out fields of a request, which it does without a word. Without them
 * nobody can tell where its body ends and the next request begins.
 *
 * @param server undefined for one that is not known
 */
export function mayLackFields(
  server: Server | undefined,
  { rawHeaders }: IncomingMessage,
): boolean {
  const maxHeadersCount = server?.maxHeadersCount;
  if (maxHeadersCount === 0) return false;
  return rawHeaders.length >= (maxHeadersCount ? 2 * maxHeadersCount : NODE_KEEPS);
}

/**
 * Serves a request that asks to upgrade to something else than a WebSocket, such as `h2c`, as if
 * it had not asked, which RFC 9110 §7.8 allows: `node:http` itself would leave it unanswered.
 *
 * @param rest what was read behind the request's head
 */
export function serveWithoutUpgrade(server: Server, request: IncomingMessage, rest: Buffer): void {
  if (bodyIsRead(request)) {
    serveWithBody(server, request);
    return;
  }
  const { method, url, httpVersion, rawHeaders, socket } = request;
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.toLowerCase() !== "upgrade") head += `${name}: ${rawHeaders[i + 1]}\r\n`;
  }
  socket.unshift(Buffer.concat([Buffer.from(`${head}\r\n`, "latin1"), rest]));
  server.emit("encrypted" in socket ? "secureConnection" : "connection", socket);
  socket.resume();
}

/** Since 26 Node reads the body of a request that asks for an upgrade. */
const NODE_READS_BODIES = isNodeBetween(26, Number.POSITIVE_INFINITY);

/** Whether `node:http` reads, or has read, the body of a request that asks for an upgrade. */
function bodyIsRead(request: IncomingMessage): boolean {
  if (!request.complete || request.readableLength > 0) return true;
  // An empty one in chunks has left nothing but its field, which would make the next reader wait.
  return NODE_READS_BODIES && request.headers["transfer-encoding"] !== undefined;
}

/**
 * Serves a request whose body `node:http` reads in spite of the upgrade: the bytes cannot be put back,
 * so its connection ends with the answer.
 */
function serveWithBody(server: Server, request: IncomingMessage): void {
  const { socket } = request;
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  socket.on("error", () => socket.destroy());
  response.assignSocket(socket);
  response.once("finish", () => {
    response.detachSocket(socket);
    socket.destroySoon();
  });
  server.emit("request", request, response);
}

/** Calls the user's listener; what it throws ends its own request and nothing else. */
function serveBy(
  listener: RequestListener,
  request: IncomingMessage,
  response: ServerResponse,
  onError: (error: unknown) => void,
): void {
  const fail = (error: unknown) => {
    onError(error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    // Those that the listener has set, such as Content-Length, are of another answer.
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    response.writeHead(500, isHttp2(request) ? {} : { Connection: "close" }).end();
  };
  try {
    // Declared to return nothing, but an async function fits as well.
    const result: unknown = listener(request, response);
    catchRejection(result, fail);
  } catch (error) {
    fail(error);
  }
}

function isOurHost(settings: PlainHttpSettings, request: IncomingMessage): boolean {
  try {
    return settings.isOurHost(request);
  } catch (error) {
    settings.onError(error);
    return false;
  }
}

function isHttp2(request: IncomingMessage): boolean {
  return request.httpVersionMajor === 2;
}

function misdirected(response: ServerResponse): void {
  // RFC 9110 §15.5.20
  response.writeHead(421, { "Content-Type": "text/plain; charset=utf-8" });
  response.end("this server does not answer for that host\n");
}

function tooManyFields(response: ServerResponse): void {
  response.writeHead(431, { Connection: "close" }).end();
}

function asksForUpgrade(request: IncomingMessage, response: ServerResponse): void {
  const type = { "Content-Type": "text/plain; charset=utf-8" };
  // RFC 9113 §8.6: HTTP/2 has no upgrade, but CONNECT (RFC 8441 §4). RFC 9110 §15.5.6, §15.5.22
  if (isHttp2(request)) response.writeHead(405, { ...type, Allow: "CONNECT" });
  else response.writeHead(426, { ...type, Connection: "Upgrade", Upgrade: "websocket" });
  response.end("this is a WebSocket endpoint: ask for it with a WebSocket client\n");
}

function notFound(response: ServerResponse): void {
  response.writeHead(404, { "Content-Type": "text/plain; charset=utf-8" });
  response.end("not found\n");
}
