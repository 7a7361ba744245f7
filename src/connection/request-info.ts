import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Fields } from "../handshake/fields.ts";
import { parseRequestHead, type RequestHead } from "../handshake/request.ts";
import { pathOf } from "../handshake/target.ts";

/** What a server knows of the request that opened a connection. */
export class RequestInfo {
  /** Method of the request; "GET" for one that can be upgraded. */
  readonly method: string;
  /** Request target as it was received, for example `"/chat?room=1"`. */
  readonly target: string;
  /** Path of the target, without its query, percent-encoding as received. */
  readonly path: string;
  /** What the parameters of the route's path matched, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly #socket: Socket | TLSSocket;
  readonly #text: string;
  #headers: Fields | undefined;

  /** @internal */
  constructor(
    head: RequestHead,
    path: string,
    params: Readonly<Record<string, string>>,
    socket: Socket | TLSSocket,
  ) {
    this.method = head.method;
    this.target = head.target;
    this.path = path;
    this.params = params;
    this.#socket = socket;
    this.#text = head.text;
    this.#headers = head.fields;
  }

  /**
   * @internal The request whose head has this text.
   *
   * @param text as `RequestHead` has it
   */
  static fromText(
    text: string,
    params: Readonly<Record<string, string>>,
    socket: Socket | TLSSocket,
  ): RequestInfo {
    const head = parseAgain(text);
    return new RequestInfo(head, pathOf(head.target), params, socket);
  }

  /** Header fields as they were received. */
  get headers(): Fields {
    this.#headers ??= parseAgain(this.#text).fields;
    return this.#headers;
  }

  /** Whether the request came over TLS. */
  get secure(): boolean {
    return "encrypted" in this.#socket;
  }

  /** Address of the peer; undefined on a Unix socket and once the connection has ended. */
  get remoteAddress(): string | undefined {
    // Asked for when it is wanted: it takes a system call.
    return this.#socket.remoteAddress;
  }

  /** Parameters of the query. */
  get query(): URLSearchParams {
    const at = this.target.indexOf("?");
    return new URLSearchParams(at < 0 ? "" : this.target.slice(at));
  }

  /** The `Origin` field, undefined where there is none (RFC 6455 §10.2). */
  get origin(): string | undefined {
    return this.headers.get("origin");
  }

  /**
   * @internal Forgets the parsed fields, half a kilobyte and more, while the text that they can be
   * parsed from again is kept: most connections live for hours and never look at them.
   */
  compact(): void {
    if (this.#text !== "") this.#headers = undefined;
  }
}

/** The head with this text, which was within all limits when it came. */
function parseAgain(text: string): RequestHead {
  return parseRequestHead(Buffer.from(text, "latin1"), Number.POSITIVE_INFINITY);
}
