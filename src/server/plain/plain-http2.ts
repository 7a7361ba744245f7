import type { RequestListener } from "node:http";
import type { Http2Server, IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { IDLE_TIMEOUT, type PlainHttpSettings, plainListener } from "./plain-http.ts";

/** `CANCEL` of RFC 9113 §7. */
const CANCEL = 0x8;

/** Answers plain requests of HTTP/2, which `node:http2` makes look like those of `node:http`. */
export class PlainHttp2 {
  /** It never listens, and has no sessions: it is given streams. */
  readonly #server: Http2Server;
  /** Milliseconds without traffic on a stream, see {@link IDLE_TIMEOUT}; 0 for any. */
  readonly #timeout: number;

  private constructor(server: Http2Server, timeout: number) {
    this.#server = server;
    this.#timeout = timeout;
  }

  /** Loads `node:http2`. */
  static async open(settings: PlainHttpSettings): Promise<PlainHttp2> {
    const { createServer } = await import("node:http2");
    const listener = plainListener(settings);
    const server = createServer((request, response) => {
      // They have what a listener of node:http needs, as the documentation of node:http2 promises.
      const pair: unknown = [request, response];
      listener(...(pair as Parameters<RequestListener>));
    });
    return new PlainHttp2(server, settings.listener === undefined ? IDLE_TIMEOUT : 0);
  }

  /** Serves a request, as the event `stream` of a session has it. */
  serve(
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    flags: number,
    rawHeaders: readonly string[],
  ): void {
    if (this.#timeout > 0) stream.setTimeout(this.#timeout, () => stream.close(CANCEL));
    this.#server.emit("stream", stream, headers, flags, rawHeaders);
  }
}
