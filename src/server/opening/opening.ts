import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { messageCodec } from "../../compression/codec.ts";
import {
  type Connection,
  type ConnectionHandler,
  endpointOf,
} from "../../connection/connection.ts";
import { closedIsHeard } from "../../connection/diagnostics.ts";
import type { ForwardedFacts } from "../../connection/request-info.ts";
import type { EndpointHandler, EndpointOwner } from "../../connection/user-side.ts";
import { ArgumentError, type HandshakeError } from "../../errors.ts";
import type { ExtensionOffer } from "../../extensions/header.ts";
import { acceptDeflate } from "../../extensions/permessage-deflate.ts";
import { offeredProtocols, type RequestHead } from "../../handshake/request.ts";
import { checkOptionNames } from "../../options/checks.ts";
import { peerFacts } from "../../socket/peer-facts.ts";
import type { RefusedHandshake } from "../refused-handshake.ts";
import { groupFor } from "../route-settings.ts";
import { FirstTurn } from "./first-turn.ts";
import { checkHandler, type Route } from "./handlers.ts";
import type { SourceListener } from "./http1-source.ts";
import { openServerConnection } from "./open-connection.ts";
import type { Stage } from "./openings.ts";
import { bodyOf, describeRefusal, type RefusalReason } from "./refusal-reason.ts";
import type { RequestSource } from "./request-source.ts";
import type { RouteMatch } from "./router.ts";
import {
  type RejectOptions,
  type RequestAnswers,
  UPGRADE_OPTIONS,
  type UpgradeOptions,
  UpgradeRequest,
} from "./upgrade-request.ts";

/** Whom a handshake under way belongs to. */
export interface OpeningOwner {
  /** Owns the connections. */
  readonly connectionOwner: EndpointOwner;
  /** The head of a request is complete. */
  onHead(opening: Opening, head: RequestHead): void;
  /** It is over, for better or worse. */
  onSettled(opening: Opening): void;
  onOpen(connection: Connection, opening: Opening): void;
  /** Whether anybody is told of refusals. */
  readonly observed: boolean;
  onRefused(describe: () => RefusedHandshake): void;
}

/**
 * One opening handshake, from the accept of its socket (or the `upgrade` event of `node:http`) to its
 * answer. It is the only place that answers.
 */
export class Opening implements Stage, SourceListener, RequestAnswers {
  readonly deadline: number;
  /** Whether its socket was accepted by a listener of the server itself. */
  readonly accepted: boolean;
  readonly #owner: OpeningOwner;
  #source: RequestSource | undefined;
  #forwarded: ForwardedFacts | undefined;
  #head: RequestHead | undefined;
  #rest: Buffer | undefined;
  #match: RouteMatch<Route> | undefined;
  /** What Sec-WebSocket-Extensions offers. */
  #offers: readonly ExtensionOffer[] | undefined;
  #request: UpgradeRequest | undefined;
  #connection: Connection | undefined;
  /** Where the connection has no handler object. */
  #firstTurn: FirstTurn | undefined;
  /** The stream, while an earlier request on it must be answered before this one can be. */
  #queued: Duplex | undefined;
  #settled = false;
  /** Address of the peer, where anybody is told of refusals: it is known while the peer is there. */
  #address: string | undefined;

  /**
   * @param deadline by performance.now()
   * @param accepted whether a listener of the server itself has accepted its socket
   */
  constructor(owner: OpeningOwner, deadline: number, accepted: boolean) {
    this.#owner = owner;
    this.deadline = deadline;
    this.accepted = accepted;
  }

  /** Whether it was answered, given up or handed over. */
  get settled(): boolean {
    return this.#settled;
  }

  get stream(): Socket {
    const connection = this.#connection;
    const opened = connection === undefined ? undefined : endpointOf(connection).stream;
    // The addresses and so on are undefined where it is no socket.
    return (opened ?? this.#source?.stream ?? this.#queued) as Socket;
  }

  get source(): RequestSource | undefined {
    return this.#source;
  }

  /** Where it has led to. */
  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** The subprotocols that the client offers. */
  get protocols(): string[] {
    return offeredProtocols(this.#head!.fields);
  }

  get route(): Route | undefined {
    return this.#match?.target;
  }

  /** What trusted proxies have said. */
  get forwarded(): ForwardedFacts | undefined {
    return this.#forwarded;
  }

  /** The request as a handler gets it, made when it is asked for. */
  get request(): UpgradeRequest {
    if (this.#request !== undefined) return this.#request;
    const origins = { stream: this.stream, forwarded: this.#forwarded, raw: this.#source?.raw };
    const params = this.#match?.params ?? {};
    this.#request = new UpgradeRequest(this.#head!, params, origins, this);
    return this.#request;
  }

  /** An earlier request on the stream is still to be answered. */
  queue(stream: Duplex, head: RequestHead): void {
    this.#queued = stream;
    this.#head = head;
  }

  /** Its turn has come, and the request comes from there. */
  begin(source: RequestSource): void {
    this.#source = source;
    this.#queued = undefined;
    if (this.#owner.observed) this.#address = peerFacts(this.stream).remoteAddress;
  }

  onHead(head: RequestHead, rest: Buffer): void {
    if (this.#settled) return;
    this.#head = head;
    this.#rest = rest;
    this.#owner.onHead(this, head);
  }

  onBadHead({ code, status, message }: HandshakeError): void {
    this.refuse({ code, status, message });
  }

  /** There is a route for it. */
  assign(match: RouteMatch<Route>, offers: readonly ExtensionOffer[] | undefined): void {
    this.#match = match;
    this.#offers = offers;
  }

  /** A trusted proxy says where the request has come from, by the PROXY protocol or by fields. */
  forward(facts: ForwardedFacts): void {
    this.#forwarded = facts;
  }

  /** What came behind the head: the first frames (RFC 6455 §4.1). */
  get rest(): Buffer {
    return this.#rest ?? Buffer.alloc(0);
  }

  /** Gives the stream to somebody else, paused, with these bytes in front of what is still to come. */
  handOver(unread?: Buffer): Socket {
    this.#settle(undefined, false);
    this.#source?.release();
    if (unread !== undefined) this.stream.unshift(unread);
    return this.stream;
  }

  /** Opens the connection, for `handler` unless the options have another. */
  accept(options: UpgradeOptions, handler?: ConnectionHandler): Connection {
    const { protocol, headers, handler: own = handler, data } = options;
    checkOptionNames("upgrade()", options, UPGRADE_OPTIONS);
    if (own !== undefined && own !== handler) checkHandler("the handler of upgrade()", own);
    const { target, params } = this.#match!;
    const group = groupFor(target.settings, options);
    const [head, source, rest] = [this.#head!, this.#source!, this.rest];
    if (protocol !== undefined && !this.protocols.includes(protocol)) {
      // Neither is named: some clients offer a password there, for want of another field.
      throw new ArgumentError("the client has not offered the subprotocol of upgrade()");
    }
    const wishes = group.settings.compression;
    const offers = wishes === undefined ? undefined : this.#offers;
    const compression = offers === undefined ? undefined : acceptDeflate(offers, wishes!);
    const extensions = compression?.extensions;
    const key = head.fields.get("sec-websocket-key") ?? "";
    source.accept({ key, protocol, extensions, headers });
    const { connection, endpoint } = openServerConnection(
      {
        stream: source.stream,
        group,
        owner: this.#owner.connectionOwner,
        protocol: protocol ?? "",
        extensions: extensions ?? "",
        codec: messageCodec(compression, group.settings),
        // Where nobody has seen the request, what it can be made from again takes less.
        opening: this.#request ?? (head.text === "" ? this.request : head.text),
        params,
        forwarded: this.#forwarded,
        tellsEnd: own?.close !== undefined || closedIsHeard(),
      },
      data,
    );
    this.#settle(connection, false);
    this.#owner.onOpen(connection, this);
    this.#forget();
    endpoint.start(own as EndpointHandler | undefined, rest);
    if (own === undefined) this.#firstTurn = new FirstTurn(this.stream);
    return connection;
  }

  /** What only the handshake needs: the promise of a function holds on to this object while it serves. */
  #forget(): void {
    this.#source = undefined;
    this.#head = undefined;
    this.#rest = undefined;
    this.#offers = undefined;
  }

  /** Whether the connection has no handler object: its end is up to the function that has upgraded it. */
  get servedByFunction(): boolean {
    return this.#firstTurn !== undefined;
  }

  /** Whether nothing has happened on such a connection, nor had the time to. */
  get untouched(): boolean {
    const connection = this.#connection;
    return connection !== undefined && this.#firstTurn?.isAll(connection, this.stream) === true;
  }

  reject(status: number, options: RejectOptions): void {
    checkOptionNames("reject()", options, ["headers", "body"]);
    const { headers, body = "" } = options;
    const message = "the application has refused the request";
    this.refuse({ code: "REJECTED", status, headers, body, message });
  }

  /**
   * Answers with an error.
   *
   * @param givenUp whether nobody waits for the handler's answer any more
   * @throws ArgumentError for an answer that cannot be sent
   */
  refuse(reason: RefusalReason, givenUp = false): void {
    if (this.#settled) return;
    const { status, headers, body = bodyOf(reason) } = reason;
    const queued = this.#queued;
    if (queued === undefined) this.#source?.refuse({ status, headers, body });
    else queued.destroy();
    this.#settle(undefined, givenUp);
    this.#report(queued === undefined ? reason : { ...reason, status: 0 });
  }

  onGone(error: Error | undefined): void {
    if (this.#settled) return;
    const begun = this.#head ?? this.#source?.partialHead();
    this.#settle(undefined, true);
    this.#source?.destroy();
    const message = "the connection ended before there was an answer";
    if (begun !== undefined) this.#report({ code: "CONNECTION_LOST", status: 0, message, error });
  }

  onDeadline(): void {
    const message = "the opening handshake took too long";
    this.refuse({ code: "HANDSHAKE_TIMEOUT", status: 408, message }, true);
  }

  onShutdown(): void {
    // It will be refused in its turn.
    if (this.#queued !== undefined) return;
    const message = "the server is shutting down";
    this.refuse({ code: "SHUTTING_DOWN", status: 503, message }, true);
  }

  #settle(connection: Connection | undefined, givenUp: boolean): void {
    this.#settled = true;
    this.#connection = connection;
    this.#owner.onSettled(this);
    this.#request?.settle(connection, givenUp);
  }

  #report(reason: RefusalReason): void {
    this.#owner.onRefused(() =>
      describeRefusal(reason, {
        head: this.#head ?? this.#source?.partialHead(),
        route: this.route?.path,
        remoteAddress: this.#forwarded?.remoteAddress ?? this.#address,
      }),
    );
  }
}
