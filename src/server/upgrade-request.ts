import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import {
  type Connection,
  type ConnectionHandler,
  openConnection,
} from "../connection/connection.ts";
import type { EndpointOwner } from "../connection/endpoint.ts";
import { RequestInfo } from "../connection/request-info.ts";
import { ArgumentError, HandshakeError } from "../errors.ts";
import { parseExtensions } from "../extensions/header.ts";
import { acceptDeflate } from "../extensions/permessage-deflate.ts";
import { badRequest } from "../handshake/fault.ts";
import { isOriginAllowed } from "../handshake/origin.ts";
import { checkUpgradeRequest, offeredProtocols, type RequestHead } from "../handshake/request.ts";
import { acceptHead, answerBytes, type HeaderValues } from "../handshake/response.ts";
import { checkOptionNames } from "../options/checks.ts";
import { shown } from "../options/describe.ts";
import { endPolitely } from "../socket/polite-end.ts";
import type { RouteSettings } from "./options.ts";

/** What {@link UpgradeRequest.upgrade} takes. */
export interface UpgradeOptions {
  /** The subprotocol, one of {@link UpgradeRequest.protocols}; none by default. */
  readonly protocol?: string;
  /** Header fields of the 101 response, for example `Set-Cookie`. */
  readonly headers?: HeaderValues;
}

const UPGRADE_OPTIONS = ["protocol", "headers"] satisfies (keyof UpgradeOptions)[];

/** What {@link UpgradeRequest.reject} takes. */
export interface RejectOptions {
  /** Header fields of the response. */
  readonly headers?: HeaderValues;
  /** Body of the response; a string is sent in UTF-8, as `text/plain` unless `headers` say else. */
  readonly body?: string | Uint8Array;
}

/** @internal What a request belongs to. */
export interface UpgradeContext {
  readonly head: RequestHead;
  readonly path: string;
  readonly params: Readonly<Record<string, string>>;
  readonly socket: Socket | TLSSocket;
  /** What came behind the head: the first frames (RFC 6455 §4.1). */
  readonly rest: Buffer;
  readonly route: RouteSettings;
  readonly owner: EndpointOwner;
  /** The handshake is over, for better or worse. */
  onAnswered(connection: Connection | undefined): void;
}

/**
 * A request to open a WebSocket (RFC 6455 §4.2), as a handler function gets it. It is answered by
 * {@link upgrade}, by {@link reject}, or by throwing a HandshakeError.
 */
export class UpgradeRequest extends RequestInfo {
  /** What the handshake needs; it ends with it. */
  #context: UpgradeContext | undefined;
  #connection: Connection | undefined;
  #abort: AbortController | undefined;

  /** @internal */
  constructor(context: UpgradeContext) {
    super(context.head, context.path, context.params, context.socket);
    this.#context = context;
  }

  /** Subprotocols that the client offers, in its order of preference. */
  get protocols(): string[] {
    return offeredProtocols(this.headers);
  }

  /** Aborted when the peer leaves or the handshake's deadline passes before there is an answer. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.answered && this.#connection === undefined) this.#abort.abort();
    return this.#abort.signal;
  }

  /**
   * Accepts the request and opens the connection.
   *
   * @throws HandshakeError if it is no valid WebSocket request (all its faults are named), if its
   * origin is not allowed, if it has been answered or the peer has left. A handler that lets the
   * error pass answers with the status that belongs to it
   * @throws ArgumentError for a subprotocol that the client has not offered, for headers that cannot
   * be sent, and for an unknown option
   */
  upgrade(options: UpgradeOptions = {}): Connection {
    checkOptionNames("upgrade()", options, UPGRADE_OPTIONS);
    return this.#open(undefined, options);
  }

  /**
   * Refuses the request.
   *
   * @param status HTTP status, 200 to 599
   * @throws HandshakeError `ALREADY_ANSWERED`
   * @throws ArgumentError for a status or headers that cannot be sent
   */
  reject(status: number, options: RejectOptions = {}): void {
    const context = this.#unanswered();
    const bytes = answerBytes({ status, ...options });
    this.#settle(context, undefined);
    endPolitely(context.socket, bytes);
  }

  /** @internal The connection, once there is one. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** @internal Whether the request was accepted, refused or given up. */
  get answered(): boolean {
    return this.#context === undefined;
  }

  /** @internal Opens the connection for the handler object of a route. */
  open(handler: ConnectionHandler): void {
    const spoken = this.#unanswered().route.protocols;
    const offered = spoken.length === 0 ? [] : this.protocols;
    const protocol = spoken.find((name) => offered.includes(name));
    this.#open(handler, protocol === undefined ? {} : { protocol });
  }

  /** @internal Nobody is there any more to answer to. */
  giveUp(): void {
    if (this.#context === undefined) return;
    this.#settle(this.#context, undefined);
    this.#abort?.abort();
  }

  #open(handler: ConnectionHandler | undefined, options: UpgradeOptions): Connection {
    const context = this.#unanswered();
    const { head, socket, rest, route, owner } = context;
    const faults = checkUpgradeRequest(head);
    if (faults.length > 0) throw badRequest(faults);
    if (!isOriginAllowed(route.origin, head, this.secure)) throw this.#originRefused();
    const { protocol, headers } = options;
    if (protocol !== undefined && !this.protocols.includes(protocol)) {
      throw new ArgumentError(
        `the client has not offered the subprotocol ${JSON.stringify(protocol)}, only ${JSON.stringify(this.protocols)}`,
      );
    }
    const key = this.headers.get("sec-websocket-key") ?? "";
    const compression = this.#negotiate(route);
    const extensions = compression?.extensions;
    const answer = acceptHead({ key, protocol, extensions, headers });
    socket.write(answer, "latin1");
    const { connection, endpoint } = openConnection({
      stream: socket,
      group: route.group,
      owner,
      protocol: protocol ?? "",
      extensions: extensions ?? "",
      compression,
      // A handler object has never seen this one: what it can be made from again takes less.
      opening: handler !== undefined && context.head.text !== "" ? context.head.text : this,
      params: this.params,
    });
    this.#settle(context, connection);
    endpoint.start(handler, rest);
    return connection;
  }

  /** RFC 7692 §5.1: what of the client's offers this side takes, undefined for nothing. */
  #negotiate(route: RouteSettings): ReturnType<typeof acceptDeflate> {
    const wishes = route.group.settings.compression;
    const value = this.headers.get("sec-websocket-extensions");
    if (wishes === undefined || value === undefined) return undefined;
    const offers = parseExtensions(value);
    if (offers === undefined) {
      // RFC 6455 §9.1: a value that breaks the grammar fails the handshake.
      const message = `Sec-WebSocket-Extensions is ${shown(value)}, which breaks its grammar (RFC 6455 §9.1)`;
      throw badRequest([{ status: 400, message }]);
    }
    return acceptDeflate(offers, wishes);
  }

  #settle(context: UpgradeContext, connection: Connection | undefined): void {
    this.#context = undefined;
    this.#connection = connection;
    this.compact();
    context.onAnswered(connection);
  }

  #unanswered(): UpgradeContext {
    if (this.#context !== undefined) return this.#context;
    throw new HandshakeError(
      "ALREADY_ANSWERED",
      "the request has been answered already, or the peer has left, or the deadline has passed",
      { status: 0 },
    );
  }

  #originRefused(): HandshakeError {
    const message = `the origin ${JSON.stringify(this.origin)} is not allowed (RFC 6455 §10.2)`;
    return new HandshakeError("ORIGIN_REFUSED", message, { status: 403, body: `${message}\n` });
  }
}
