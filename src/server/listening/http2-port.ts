import type {
  Http2Server,
  IncomingHttpHeaders,
  ServerHttp2Session,
  ServerHttp2Stream,
} from "node:http2";
import type { Socket } from "node:net";
import type { ForwardedFacts } from "../../connection/request-info.ts";
import type { HeadLimits } from "../../handshake/head-reader.ts";
import { SESSION_WINDOW, sessionOptions } from "../../http2/session-options.ts";
import { Deadline } from "../../socket/deadline.ts";
import { socketOfSession } from "../../socket/http2/stream.ts";
import { destroyLater } from "../../socket/polite-end.ts";
import type { Http2Connect } from "../opening/http2/connects.ts";
import type { Http2Options } from "./listen-options.ts";

/** Who takes the streams of the sessions. */
export interface Http2PortOwner {
  readonly headLimits: HeadLimits;
  /** Milliseconds that a new session has for its first stream. */
  readonly handshakeTimeout: number;
  onConnect(connect: Http2Connect): void;
  onPlainStream(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    flags: number,
    rawHeaders: readonly string[],
  ): void;
}

/** Fields of a request of HTTP/2 that have a colon in front. */
const PSEUDO_FIELDS = 5;

/** What is known of an open session. */
interface OpenSession {
  readonly forwarded: ForwardedFacts | undefined;
  /** Runs while there is no stream. */
  readonly idle: Deadline;
  streams: number;
}

/** Takes the sockets of one port that speak HTTP/2, and makes sessions of them. */
export class Http2Port {
  readonly #owner: Http2PortOwner;
  readonly #idleTimeout: number;
  /** It never listens: it is given the sockets. */
  readonly #server: Http2Server;
  readonly #sessions = new Map<ServerHttp2Session, OpenSession>();
  #closed = false;
  /** What is known of the socket that is being given to {@link #server}. */
  #arriving: ForwardedFacts | undefined;

  private constructor(
    createServer: typeof import("node:http2").createServer,
    owner: Http2PortOwner,
    { maxConcurrentStreams, idleTimeout }: Required<Http2Options>,
  ) {
    this.#owner = owner;
    this.#idleTimeout = idleTimeout;
    const { maxBytes, maxFields } = owner.headLimits;
    const { settings, ...options } = sessionOptions(maxConcurrentStreams);
    this.#server = createServer({
      ...options,
      // One more than may be there, so that too many are told from just enough.
      maxHeaderListPairs: Math.min(maxFields + PSEUDO_FIELDS + 1, 2 ** 31 - 1),
      settings: {
        ...settings,
        maxConcurrentStreams,
        // Of each field 32 bytes are counted beside its own (RFC 9113 §6.5.2).
        maxHeaderListSize: Math.min(2 * maxBytes + 32 * maxFields, 2 ** 32 - 1),
      },
    });
    this.#server.on("session", (session) => this.#onSession(session));
    this.#server.on("stream", (stream, headers, flags, rawHeaders?: string[]) =>
      this.#onStream(stream, headers, flags, rawHeaders ?? []),
    );
  }

  /** Loads `node:http2`, which takes a while, and not everybody needs it. */
  static async open(owner: Http2PortOwner, options: Required<Http2Options>): Promise<Http2Port> {
    const { createServer } = await import("node:http2");
    return new Http2Port(createServer, owner, options);
  }

  /**
   * Takes a socket. What was read from it must have been put back.
   *
   * @param forwarded what a header of the PROXY protocol has said
   */
  accept(socket: Socket, forwarded: ForwardedFacts | undefined): void {
    // A session has no half-open state: its streams have.
    socket.allowHalfOpen = false;
    this.#arriving = forwarded;
    this.#server.emit("connection", socket);
    this.#arriving = undefined;
  }

  /** Takes no new streams any more, and says so (RFC 9113 §6.8). Those that are open go on. */
  close(): void {
    this.#closed = true;
    for (const session of this.#sessions.keys()) session.close();
  }

  #onSession(session: ServerHttp2Session): void {
    const socket = socketOfSession(session);
    const idle = new Deadline(() => {
      session.close();
      // A session waits for what was written to it before, and a peer may read nothing of that.
      destroyLater(socket);
    }, false);
    const open = { forwarded: this.#arriving, idle, streams: 0 };
    this.#sessions.set(session, open);
    session.setLocalWindowSize(SESSION_WINDOW);
    idle.start(this.#owner.handshakeTimeout);
    session.once("close", () => {
      idle.stop();
      this.#sessions.delete(session);
      destroyLater(socket);
    });
    if (this.#closed) session.close();
  }

  #onStream(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    flags: number,
    rawHeaders: string[],
  ): void {
    const open = this.#sessions.get(stream.session as ServerHttp2Session);
    if (open === undefined) return;
    open.streams++;
    open.idle.stop();
    stream.once("close", () => {
      if (--open.streams === 0) open.idle.start(this.#idleTimeout);
    });
    if (headers[":method"] !== "CONNECT") {
      this.#owner.onPlainStream(stream, headers, flags, rawHeaders);
      return;
    }
    const { forwarded } = open;
    this.#owner.onConnect({ stream, headers, rawHeaders, accepted: true, forwarded });
  }
}
