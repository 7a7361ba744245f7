import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Fields } from "../handshake/fields.ts";
import type { RequestHead } from "../handshake/request.ts";

/** What a server knows of the request that opened a connection. */
export class RequestInfo {
  /** Header fields as they were received. */
  readonly headers: Fields;
  /** Method of the request; "GET" for one that can be upgraded. */
  readonly method: string;
  /** Request target as it was received, for example `"/chat?room=1"`. */
  readonly target: string;
  /** Path of the target, without its query, percent-encoding as received. */
  readonly path: string;
  /** What the parameters of the route's path matched, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** Whether the request came over TLS. */
  readonly secure: boolean;
  readonly #socket: Socket | TLSSocket;

  /** @internal */
  constructor(
    head: RequestHead,
    path: string,
    params: Readonly<Record<string, string>>,
    socket: Socket | TLSSocket,
  ) {
    this.headers = head.fields;
    this.method = head.method;
    this.target = head.target;
    this.path = path;
    this.params = params;
    this.#socket = socket;
    this.secure = "encrypted" in socket;
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
}
