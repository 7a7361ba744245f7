import type { Connection, ConnectionHandler } from "../../connection/connection.ts";
import { CONNECTION_OPTION_NAMES, type ConnectionOptions } from "../../connection/options.ts";
import { RequestInfo, type RequestOrigins } from "../../connection/request-info.ts";
import { HandshakeError } from "../../errors.ts";
import type { HeaderValues } from "../../handshake/header-lines.ts";
import { offeredProtocols, type RequestHead } from "../../handshake/request.ts";

/**
 * What {@link UpgradeRequest.upgrade} takes, and what `upgrade` of a {@link RouteHandler} returns: also any
 * option of a connection, in place of the route's.
 */
export interface UpgradeOptions<User = unknown> extends ConnectionOptions {
  /** The subprotocol, one of {@link UpgradeRequest.protocols}; none by default. */
  readonly protocol?: string;
  /** Header fields of the 101 response, for example `Set-Cookie`. */
  readonly headers?: HeaderValues;
  /** What the messages go to, in place of reading them by `receive` or an iteration. */
  readonly handler?: ConnectionHandler<User>;
  /** For `connection.data`, before anything else happens on the connection. */
  readonly data?: User;
}

/** The names of {@link UpgradeOptions}. */
export const UPGRADE_OPTIONS: readonly string[] = [
  "protocol",
  "headers",
  "handler",
  "data",
  ...CONNECTION_OPTION_NAMES,
];

/** What {@link UpgradeRequest.reject} takes. */
export interface RejectOptions {
  /** Header fields of the response. */
  readonly headers?: HeaderValues;
  /** Body of the response; a string is sent in UTF-8, as `text/plain` unless `headers` say else. */
  readonly body?: string | Uint8Array;
}

/** @internal What answers a request. */
export interface RequestAnswers {
  /** @throws ArgumentError */
  accept(options: UpgradeOptions): Connection;
  /** @throws ArgumentError */
  reject(status: number, options: RejectOptions): void;
}

/**
 * A request to open a WebSocket (RFC 6455 §4.2), as a handler gets it: well-formed, and allowed by `hosts`
 * and `origin`. It is answered by {@link upgrade}, by {@link reject}, or by throwing a HandshakeError.
 */
export class UpgradeRequest<User = unknown> extends RequestInfo {
  /** What the handshake needs; it ends with it. */
  #answers: RequestAnswers | undefined;
  #connection: Connection | undefined;
  #abort: AbortController | undefined;
  #givenUp = false;

  /** @internal */
  constructor(
    head: RequestHead,
    params: Readonly<Record<string, string>>,
    origins: RequestOrigins,
    answers: RequestAnswers,
  ) {
    super(head, params, origins);
    this.#answers = answers;
  }

  /** Subprotocols that the client offers, in its order of preference. */
  get protocols(): string[] {
    return offeredProtocols(this.headers);
  }

  /**
   * Aborted when the peer leaves, the handshake's deadline passes or the server is shut down before there
   * is an answer.
   */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#givenUp) this.#abort.abort();
    return this.#abort.signal;
  }

  /**
   * Accepts the request and opens the connection.
   *
   * @throws HandshakeError `ALREADY_ANSWERED`, also when the peer has left or the deadline has passed
   * @throws ArgumentError for a subprotocol that the client has not offered, for headers that cannot
   * be sent, and for an unknown option; the request can still be answered then
   */
  upgrade<Own = User>(options: UpgradeOptions<Own> = {}): Connection<Own> {
    return this.#unanswered().accept(options as UpgradeOptions) as Connection<Own>;
  }

  /**
   * Refuses the request.
   *
   * @param status HTTP status, 200 to 599
   * @throws HandshakeError `ALREADY_ANSWERED`
   * @throws ArgumentError for a status or headers that cannot be sent
   */
  reject(status: number, options: RejectOptions = {}): void {
    this.#unanswered().reject(status, options);
  }

  /** @internal The connection, once there is one. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** @internal Whether the request was accepted, refused or given up. */
  get answered(): boolean {
    return this.#answers === undefined;
  }

  /** @internal There is an answer, or nobody any more to answer to. */
  settle(connection: Connection | undefined, givenUp: boolean): void {
    this.#answers = undefined;
    this.#connection = connection;
    this.#givenUp = givenUp;
    this.compact();
    if (givenUp) this.#abort?.abort();
  }

  #unanswered(): RequestAnswers {
    if (this.#answers !== undefined) return this.#answers;
    throw new HandshakeError(
      "ALREADY_ANSWERED",
      "the request has been answered already, or the peer has left, or the deadline has passed",
      { status: 0 },
    );
  }
}
