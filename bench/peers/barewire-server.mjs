// What all forms of barewire share: the built library, and the server with the options of a run.
import { dirname, join } from "node:path";
import { HOST, MAX_MESSAGE, options, readTls, ready } from "./control.mjs";

const { Server } = await import(options.library);

/** Streams of one session of HTTP/2. */
const MAX_STREAMS = 10_000;

/** The broker, where there are several processes with a Redis between them. */
async function broker() {
  const { library, redis } = options;
  if (redis === undefined) return {};
  const module = join(dirname(library), "broker", "redis.cjs");
  const [{ redisBroker }, { createClient }] = await Promise.all([import(module), import("redis")]);
  return { broker: redisBroker({ client: createClient({ url: redis }) }) };
}

/** Listens, with the route that `add` makes. `subscribe` is what control.mjs says of it. */
export async function serve(add, subscribe) {
  const tls = readTls();
  const { deflate } = options;
  const server = new Server({
    ...(await broker()),
    compression: deflate === "defaults" || (deflate !== undefined && { threshold: 0, ...deflate }),
    maxMessageSize: MAX_MESSAGE,
    // A reply over the hard cap would close the connection.
    maxSendBuffer: 4 * MAX_MESSAGE,
  });
  add(server);
  const { port } = await server.listen({
    port: 0,
    host: HOST,
    ...(tls === undefined ? {} : { tls }),
    ...(options.http2 ? { http2: { maxConcurrentStreams: MAX_STREAMS } } : {}),
  });
  ready(port, { subscribe: () => subscribe(server) });
}
