/**
 * The types of the public API, as those who use it meet them. `npm run typecheck` compiles this
 * against the sources, types.package.ts against the declarations in the package. It never runs.
 */
import type { IncomingMessage as HttpIncomingMessage } from "node:http";
import { type Duplex, PassThrough } from "node:stream";
import {
  ArgumentError,
  type Broker,
  type CloseCode,
  type CloseInfo,
  type Connection,
  ConnectionClosedError,
  type ConnectionHandler,
  connect,
  type Data,
  HandshakeError,
  type HandshakeFault,
  type HostRule,
  type Http2Options,
  type IncomingMessage,
  type Listener,
  type PastMessage,
  ProtocolError,
  type ProtocolFailure,
  type ReceivedAnswer,
  type ReconnectEnd,
  type ReconnectFailure,
  type Reconnecting,
  ReconnectingClient,
  type ReconnectState,
  type RefusedHandshake,
  type RequestInfo,
  type RouteHandler,
  reconnecting,
  type SendOptions,
  Server,
  type ServerOptions,
  type ShutdownReport,
  type TlsDetails,
  type TopicGap,
  type UpgradeRequest,
  WebSocketError,
} from "../../src/index.ts";

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if `A` and `B` are the same type. */
function same<A, B>(_: Equal<A, B>): void {}

export async function server(): Promise<void> {
  const options: ServerOptions = { root: "public", maxMessageSize: Number.POSITIVE_INFINITY };
  const one = new Server(options);
  one.handle("/ws", async (request) => {
    same<typeof request, UpgradeRequest>(true);
    same<typeof request.params, Readonly<Record<string, string>>>(true);
    const ws = request.upgrade();
    same<typeof ws, Connection>(true);
    for await (const message of ws) {
      same<typeof message, string | Buffer>(true);
      await ws.send(message);
    }
  });
  one.handle("/echo", {
    open(ws) {
      same<typeof ws, Connection>(true);
    },
    message(ws, data) {
      same<typeof data, string | Buffer>(true);
      ws.send(data);
    },
    drain() {},
    close(_, code, reason) {
      same<[typeof code, typeof reason], [number, string]>(true);
    },
  });
  const handler: ConnectionHandler = { message: (ws, data) => ws.send(data) };
  one.handle("/shared", handler, { origin: ["https://example.com"], maxFragments: 1 });
  one.handle("/raw", (request) => {
    same<typeof request.url, URL>(true);
    same<typeof request.cookies, Readonly<Record<string, string>>>(true);
    same<typeof request.raw, HttpIncomingMessage>(true);
    same<typeof request.tls, TlsDetails | undefined>(true);
    return request.reject(401);
  });
}

export async function topics(broker: Broker, ws: Connection): Promise<void> {
  const server = new Server({
    broker,
    maxTopics: 10,
    topicPolicy: (topic) => (topic.startsWith("price:") ? "latest" : "every"),
    onTopicGap: (gap) => same<typeof gap, TopicGap>(true),
  });
  await ws.subscribe("room:1");
  same<typeof ws.topics, string[]>(true);
  same<number, ReturnType<typeof ws.publish>>(true);
  server.publish("room:1", "to all", { except: ws, compress: false });
  for (const one of server.subscribers("room:1")) same<typeof one, Connection>(true);
  const { messages } = await server.history("room:1", { limit: 10 });
  same<typeof messages, readonly PastMessage[]>(true);
}

export async function overHttp2(server: Server, ws: Connection): Promise<void> {
  const http2: Http2Options = { maxConcurrentStreams: 100, idleTimeout: 60_000 };
  await server.listen({ port: 0, tls: { key: "pem", cert: "pem" }, http2 });
  same<typeof ws.http, "1.1" | "2">(true);
  await connect("wss://example.com/", { http: "auto" });
}

export async function listening(one: Server): Promise<void> {
  const address = await one.listen(8199);
  same<typeof address, Listener>(true);
  same<typeof address.url, string>(true);
  address.unref().setSecureContext({ key: "pem", cert: "pem" });
  await address.close();
  one.broadcast("to all");
  const left = await one.drain({ timeout: 1000 });
  same<typeof left, number>(true);
  const report = await one.shutdown({ timeout: 1000, code: 1012, reason: "restart", spread: 10 });
  same<typeof report, ShutdownReport>(true);

  new Server({
    hosts: ["localhost", "ip-address"] satisfies HostRule,
    trustProxy: { proxies: ["loopback"], fields: "forwarded" },
    maxConnectionsPerAddress: 10,
    maxConnectionRatePerAddress: 0.5,
    onRefused(refused) {
      same<typeof refused, RefusedHandshake>(true);
      same<typeof refused.faults, readonly HandshakeFault[]>(true);
    },
    onUnknownUpgrade(request, socket, head) {
      same<[typeof request, typeof socket, typeof head], [HttpIncomingMessage, Duplex, Buffer]>(
        true,
      );
      one.handleUpgrade(request, socket, head);
    },
  });
  // @ts-expect-error: an option that does not exist
  new Server({ maxMesageSize: 1 });
  // @ts-expect-error: undefined is no value of an option
  new Server({ root: undefined });
  // @ts-expect-error: the codes are numbers
  one.handle("/", { close: (_, code: string) => code });
}

interface User {
  readonly name: string;
}

export function data(server: Server): void {
  // The type of the data is what handle() is told,
  server.handle<User>("/told", {
    upgrade: async (request) => {
      same<typeof request, UpgradeRequest<User>>(true);
      return { data: { name: request.query.get("name") ?? "" }, maxMessageSize: 1 };
    },
    open(ws) {
      same<typeof ws, Connection<User>>(true);
      same<typeof ws.data, User>(true);
    },
    message: (ws) => ws.send(ws.data.name),
  });
  // or what upgrade() returns,
  server.handle("/returned", {
    upgrade: () => ({ data: 5 }),
    message(ws) {
      same<typeof ws.data, number>(true);
    },
  });
  // or what upgrade() is given.
  const room: ConnectionHandler<User> = { message: (ws) => ws.send(ws.data.name) };
  server.handle("/given", (request) => {
    const ws: Connection<User> = request.upgrade({
      data: { name: "ann" },
      handler: room,
      headers: { "X-A": ["1", "2"] },
    });
    same<typeof ws.data, User>(true);
    const plain = request.upgrade();
    same<typeof plain, Connection>(true);
  });
  server.handle<User>("/function", (request) => {
    const ws = request.upgrade();
    same<typeof ws.data, User>(true);
  });
  // A route that refuses some, in whatever way.
  const some: RouteHandler = { upgrade: (request) => request.reject(403) };
  server.handle("/some", some);
  server.handle<User>("/none", { upgrade: () => undefined });

  // @ts-expect-error: the data is of another type than the handler's
  server.handle("/wrong", (request) => request.upgrade({ data: 5, handler: room }));
  // @ts-expect-error: the data is of another type than the route's
  server.handle<User>("/wrong", { upgrade: () => ({ data: 5 }) });
  // @ts-expect-error: an option that does not exist
  server.handle("/wrong", (request) => request.upgrade({ maxPayload: 5 }));
}

export async function client(): Promise<void> {
  await using ws = await connect(new URL("wss://localhost/"), {
    handshakeTimeout: 1000,
    proxy: "env",
    tls: { ca: "pem" },
    signal: AbortSignal.timeout(1000),
    protocols: ["chat"],
  });
  same<typeof ws, Connection>(true);
  same<ReturnType<typeof ws.send>, Promise<void> | undefined>(true);
  same<Parameters<typeof ws.send>, [data: Data, options?: SendOptions | undefined]>(true);
  same<Awaited<ReturnType<typeof ws.receive>>, string | Buffer>(true);
  same<Awaited<typeof ws.closed>, CloseInfo>(true);
  same<typeof ws.state, "open" | "closing" | "closed">(true);
  same<typeof ws.request, RequestInfo | undefined>(true);
  same<typeof ws.remoteAddress, string | undefined>(true);
}

export async function sendAndReceive(ws: Connection): Promise<void> {
  await ws.send("text");
  await ws.send(new Uint8Array(1));
  await ws.send(new DataView(new ArrayBuffer(1)));
  await ws.send(new Blob(["blob"]));
  await ws.sendFragments(["a", "b"]);
  for await (const message of ws.messages) {
    same<typeof message, IncomingMessage>(true);
    for await (const part of message) same<typeof part, string | Buffer>(true);
  }
  const milliseconds = await ws.ping();
  same<typeof milliseconds, number>(true);
  const info = await ws.close(1000 satisfies (typeof CloseCode)["normal"], "bye");
  same<typeof info.initiator, "local" | "peer" | "none">(true);
  same<typeof info.error, Error | undefined>(true);

  const typed = await connect<{ name: string }>("ws://localhost", {
    data: { name: "me" },
    socket: new PassThrough(),
    handler: { open: (own) => same<typeof own, Connection<{ name: string }>>(true) },
  });
  same<typeof typed.data.name, string>(true);
  const place: Promise<Connection> = connect("wss://localhost", {
    createConnection: async ({ host, port, secure, signal }) => {
      same<[typeof host, typeof port, typeof secure], [string, number, boolean]>(true);
      same<typeof signal, AbortSignal>(true);
      return new PassThrough();
    },
    proxyHeaders: { "X-Route": "a" },
    headers: new Headers({ Host: "other" }),
    maxRedirects: 3,
    insecureRedirects: false,
    requireProtocol: false,
    maxRefusalBody: 1_000_000,
    localAddress: "127.0.0.1",
    localPort: 0,
  });
  await place;

  // @ts-expect-error: data is of the type that was named
  connect<{ name: string }>("ws://localhost", { data: { name: 7 } });
  // @ts-expect-error: numbers are not sent
  ws.send(1);
  // @ts-expect-error: connections are made by servers and connect() only
  ws.protocol = "other";
  // @ts-expect-error: an option that does not exist
  connect("ws://localhost", { timeout: 1 });
}

export async function comingBack(): Promise<void> {
  const feed = reconnecting("wss://localhost", {
    headers: async ({ number, delay, failure, lastId, signal }) => {
      same<[typeof number, typeof delay, typeof lastId], [number, number, unknown]>(true);
      same<typeof failure, ReconnectFailure | undefined>(true);
      same<typeof signal, AbortSignal>(true);
      return { "X-Number": String(number) };
    },
    jitter: "none",
    // Nothing returned leaves it to the rules.
    onFailure: ({ permanent }) => {
      same<typeof permanent, boolean>(true);
    },
    onGap: ({ ws, downFor }) => ws.send(`${downFor}`),
  });
  same<typeof feed, Reconnecting>(true);
  for await (const ws of feed) same<typeof ws, Connection>(true);
  same<typeof feed.state, ReconnectState>(true);
  for await (const ws of reconnecting<number>(() => "wss://localhost", { data: () => 7 })) {
    same<typeof ws.data, number>(true);
  }
  const client = new ReconnectingClient<number>(async () => new URL("wss://localhost"), {
    handler: { message: (ws) => same<typeof ws, Connection<number>>(true) },
    onFailure: async ({ status }) => (status === 401 ? "retry" : undefined),
    whenOutboxFull: "drop-oldest",
  });
  same<typeof client.connection, Connection<number> | undefined>(true);
  same<ReturnType<typeof client.send>, Promise<void> | undefined>(true);
  same<Awaited<typeof client.closed>, ReconnectEnd>(true);

  // @ts-expect-error: a stream leads to one server once
  reconnecting("wss://localhost", { socket: new PassThrough() });
  // @ts-expect-error: the body is what handles the messages
  reconnecting("wss://localhost", { handler: {} });
  // @ts-expect-error: what onFailure may say
  reconnecting("wss://localhost", { onFailure: () => "later" });
}

export function errors(error: unknown): void {
  if (error instanceof ProtocolError) {
    same<typeof error.code, ProtocolFailure>(true);
    same<typeof error.closeCode, number>(true);
  } else if (error instanceof HandshakeError) {
    same<typeof error.status, number>(true);
    same<typeof error.faults, readonly HandshakeFault[]>(true);
    same<typeof error.received, ReceivedAnswer | undefined>(true);
    same<ReturnType<ReceivedAnswer["headers"]["getAll"]>, string[]>(true);
  } else if (error instanceof ConnectionClosedError) {
    same<typeof error.reason, string>(true);
  } else if (error instanceof WebSocketError) {
    same<typeof error.code, string>(true);
  } else if (error instanceof ArgumentError) {
    same<typeof error.code, "INVALID_ARGUMENT">(true);
  }
}
