import type {
  Http2SecureServer,
  Http2Server,
  Http2ServerRequest,
  IncomingHttpHeaders,
  ServerHttp2Stream,
} from "node:http2";

/** A server of `node:http2`, with TLS or without. */
export type AnyHttp2Server = Http2Server | Http2SecureServer;

/** What is done with CONNECTs of somebody's server of HTTP/2. */
export interface Http2Attachment {
  /** Whether the request is for a route of this server. */
  isOurs(headers: IncomingHttpHeaders): boolean;
  /** Answers a request that is ours or nobody's. */
  onConnect(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    rawHeaders: readonly string[],
  ): void;
}

/** Listeners of all servers that are attached to somebody's server, to tell them from others. */
const attached = new WeakSet<object>();

/** Streams that one of those servers has answered or will answer: the others must not. */
const taken = new WeakSet<ServerHttp2Stream>();

/** Whether a server is one of HTTP/2: there is no class to ask for. */
export function isHttp2Server(server: object): server is AnyHttp2Server {
  return typeof (server as Partial<AnyHttp2Server>).updateSettings === "function";
}

/**
 * Listens for extended CONNECTs of somebody's server of HTTP/2 (RFC 8441), and has it announce that they can be
 * had, in sessions from now on. Those that are not ours are left to its other listeners; where all listeners are
 * attached like this, the last answers what none has taken.
 *
 * @returns a function that ends it
 */
export function attachToHttp2(server: AnyHttp2Server, attachment: Http2Attachment): () => void {
  const takes = (event: string, listener: object, headers: IncomingHttpHeaders) =>
    headers[":method"] === "CONNECT" &&
    (attachment.isOurs(headers) || isLastResort(server, event, listener));
  const onStream = (
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    _: number,
    rawHeaders: readonly string[] = [],
  ): void => {
    if (taken.has(stream) || !takes("stream", onStream, headers)) return;
    taken.add(stream);
    attachment.onConnect(stream, headers, rawHeaders);
  };
  // Where there is a listener for "request" node:http2 makes a request of this too, and answers with 405 where
  // nobody listens for "connect".
  const onConnect = (request: Http2ServerRequest): void => {
    const { stream, headers, rawHeaders } = request;
    // It hands on the errors of its stream, which would end the process.
    request.on("error", () => {});
    if (taken.has(stream) || !takes("connect", onConnect, headers)) return;
    taken.add(stream);
    attachment.onConnect(stream, headers, rawHeaders);
  };
  server.updateSettings({ enableConnectProtocol: true });
  for (const listener of [onStream, onConnect]) attached.add(listener);
  server.prependListener("stream", onStream);
  server.on("connect", onConnect);
  return () => {
    server.off("stream", onStream);
    server.off("connect", onConnect);
  };
}

function isLastResort(server: AnyHttp2Server, event: string, listener: object): boolean {
  const all = server.listeners(event);
  return all.at(-1) === listener && all.every((each) => attached.has(each));
}
