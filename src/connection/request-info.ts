import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { parseCookies } from "../handshake/cookies.ts";
import type { Fields } from "../handshake/fields.ts";
import { parseRequestHead, type RequestHead } from "../handshake/request.ts";
import { pathOf, resourceName } from "../handshake/target.ts";
import { socketBelow } from "../socket/http2/stream.ts";
import { isEncrypted, type PeerFacts } from "../socket/peer-facts.ts";
import { type TlsDetails, tlsDetails } from "../socket/tls-details.ts";
import { rawRequest } from "./raw-request.ts";

/** What trusted proxies say of a request, where there are any. */
export interface ForwardedFacts extends PeerFacts {
  /** The host that was asked for; undefined where it is the one of the Host field. */
  readonly host: string | undefined;
}

/** Where a request has come from. */
export interface RequestOrigins {
  readonly stream: Duplex;
  /** Undefined where the stream and the head say all. */
  readonly forwarded?: ForwardedFacts | undefined;
  /** As `node:http` has read it, where it has. */
  readonly raw?: IncomingMessage | undefined;
}

/** What a server knows of the request that opened a connection. */
export class RequestInfo {
  /** Method of the request: "GET" for one that can be upgraded, "CONNECT" over HTTP/2 (RFC 8441 §4). */
  readonly method: string;
  /** Request target as it was received, for example `"/chat?room=1"`. */
  readonly target: string;
  /** What the parameters of the route's path matched, percent-decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly #stream: Duplex;
  readonly #forwarded: ForwardedFacts | undefined;
  readonly #text: string;
  #headers: Fields | undefined;
  #raw: IncomingMessage | undefined;

  /** @internal */
  constructor(
    head: RequestHead,
    params: Readonly<Record<string, string>>,
    { stream, forwarded, raw }: RequestOrigins,
  ) {
    this.method = head.method;
    this.target = head.target;
    this.params = params;
    this.#stream = stream;
    this.#forwarded = forwarded;
    this.#text = head.text;
    this.#headers = head.fields;
    this.#raw = raw;
  }

  /**
   * @internal The request whose head has this text.
   *
   * @param text as `RequestHead` has it
   */
  static fromText(
    text: string,
    params: Readonly<Record<string, string>>,
    origins: RequestOrigins,
  ): RequestInfo {
    return new RequestInfo(parseAgain(text), params, origins);
  }

  /** Path of the target, without its query, percent-encoding as received. */
  get path(): string {
    return pathOf(this.target);
  }

  /**
   * The address that was asked for, as the client sees it: `ws:` or `wss:`, its host, path and query. The
   * host is `invalid` where the Host field has something that no URL can have.
   */
  get url(): URL {
    const scheme = this.secure ? "wss" : "ws";
    const resource = resourceName(this.target);
    const address = `${scheme}://${this.host}${resource}`;
    return new URL(URL.canParse(address) ? address : `${scheme}://invalid${resource}`);
  }

  /** Header fields as they were received. */
  get headers(): Fields {
    this.#headers ??= parseAgain(this.#text).fields;
    return this.#headers;
  }

  /**
   * Cookies by name, percent-decoded where that is possible (RFC 6265 §5.4). The object has no prototype.
   * It is made anew each time.
   */
  get cookies(): Readonly<Record<string, string>> {
    return parseCookies(this.headers);
  }

  /** Host and port that were asked for, as in the Host field or as a trusted proxy says; `""` for none. */
  get host(): string {
    return this.#forwarded?.host ?? this.headers.get("host") ?? "";
  }

  /** Whether the client speaks TLS. Behind a trusted proxy that does not say so, false. */
  get secure(): boolean {
    const forwarded = this.#forwarded;
    return forwarded === undefined ? isEncrypted(this.#stream) : forwarded.secure === true;
  }

  /**
   * Address of the client: of the peer, or what a trusted proxy says. Undefined on a Unix socket, and once
   * the connection has ended where nobody asked before.
   */
  get remoteAddress(): string | undefined {
    return (this.#forwarded ?? (socketBelow(this.#stream) as Partial<Socket>)).remoteAddress;
  }

  /** Port of the client; undefined like {@link remoteAddress}, and where a proxy does not say. */
  get remotePort(): number | undefined {
    return (this.#forwarded ?? (socketBelow(this.#stream) as Partial<Socket>)).remotePort;
  }

  /**
   * What TLS has agreed upon with the peer, with its certificate where one was asked for
   * (`requestCert`); undefined on a plain connection and once it has ended.
   */
  get tls(): TlsDetails | undefined {
    return tlsDetails(this.#stream);
  }

  /**
   * The request as `node:http` has it, for what is made for that: sessions, passport and other middleware.
   * Always the same object, made when it is asked for where this library has read the head itself. Its
   * body is empty and has ended.
   */
  get raw(): IncomingMessage {
    this.#raw ??= rawRequest(parseAgain(this.#text), this.#stream);
    return this.#raw;
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
