import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Connection, ConnectionHandler } from "../../connection/connection.ts";
import type { EndpointHandler, EndpointOwner } from "../../connection/endpoint.ts";
import type { ForwardedFacts } from "../../connection/request-info.ts";
import { ArgumentError, type HandshakeError } from "../../errors.ts";
import type { ExtensionOffer } from "../../extensions/header.ts";
import { acceptDeflate } from "../../extensions/permessage-deflate.ts";
import { NO_FAULTS } from "../../handshake/fault.ts";
import { offeredProtocols, type RequestHead } from "../../handshake/request.ts";
import { checkOptionNames } from "../../options/checks.ts";
import { peerFacts } from "../../socket/peer-facts.ts";
import type { RefusedHandshake } from "../refused-handshake.ts";
import { groupFor } from "../route-settings.ts";
import { currentTurn } from "./current-turn.ts";
import { checkHandler, type Route } from "./handlers.ts";
import type { SourceListener } from "./http1-source.ts";
import { openServerConnection } from "./open-connection.ts";
import type { Stage } from "./openings.ts";
import { bodyOf, type RefusalReason } from "./refusal-reason.ts";
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
  /** Since when it is read from by the function of the route itself. */
  #ownSince: { readonly turn: number; readonly written: number } | undefined;
  /** The stream, while an earlier request on it must be answered before this one can be. */
  #queued: Duplex | undefined;
  #settled = false;

  /**
   * @param deadline by performance.now()
   * @param accepted whether a listener of the server itself has accepted its socket
   * @param forwarded what a header of the PROXY protocol has said
   */
  constructor(
    owner: OpeningOwner,
    deadline: number,
    accepted: boolean,
    forwarded?: ForwardedFacts | undefined,
  ) {
    this.#owner = owner;
    this.deadline = deadline;
    this.accepted = accepted;
    this.#forwarded = forwarded;
  }

  /** Whether it was answered, given up or handed over. */
  get settled(): boolean {
    return this.#settled;
  }

  get stream(): Socket {
    // The addresses and so on are undefined where it is no socket.
    return (this.#source?.stream ?? this.#queued) as Socket;
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

  /** A trusted proxy says where the request has come from. */
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
    const head = this.#head!;
    if (protocol !== undefined && !this.protocols.includes(protocol)) {
      // Neither is named: some clients offer a password there, for want of another field.
      throw new ArgumentError(
        "the client has not offered the subprotocol that upgrade() was given",
      );
    }
    const wishes = group.settings.compression;
    const offers = wishes === undefined ? undefined : this.#offers;
    const compression = offers === undefined ? undefined : acceptDeflate(offers, wishes!);
    const extensions = compression?.extensions;
    const key = head.fields.get("sec-websocket-key") ?? "";
    this.#source!.accept({ key, protocol, extensions, headers });
    const { connection, endpoint } = openServerConnection(
      {
        stream: this.stream,
        group,
        owner: this.#owner.connectionOwner,
        protocol: protocol ?? "",
        extensions: extensions ?? "",
        compression,
        // Where nobody has seen the request, what it can be made from again takes less.
        opening: this.#request ?? (head.text === "" ? this.request : head.text),
        params,
        forwarded: this.#forwarded,
      },
      data,
    );
    this.#settle(connection, false);
    this.#owner.onOpen(connection, this);
    endpoint.start(own as EndpointHandler | undefined, this.#rest!);
    if (own === undefined) {
      this.#ownSince = { turn: currentTurn(), written: this.stream.bytesWritten };
    }
    return connection;
  }

  /** Whether the connection has no handler object: its end is up to the function that has upgraded it. */
  get servedByFunction(): boolean {
    return this.#ownSince !== undefined;
  }

  /** Whether nothing has happened on the connection, nor had the time to, since it was opened. */
  get untouched(): boolean {
    const { turn, written } = this.#ownSince ?? {};
    const connection = this.#connection;
    if (connection === undefined || turn !== currentTurn()) return false;
    if (connection.state !== "open" || connection.bufferedAmount > 0) return false;
    // Undefined of a stream that is no socket, and does not count.
    return written !== undefined && written === this.stream.bytesWritten;
  }

  reject(status: number, options: RejectOptions): void {
    const message = "the application has refused the request";
    this.refuse({ body: "", ...options, status, code: "REJECTED", message });
  }

  /**
   * Answers with an error.
   *
   * @throws ArgumentError for an answer that cannot be sent
   */
  refuse(reason: RefusalReason, givenUp = false): void {
    if (this.#settled) return;
    const { status, headers, body = bodyOf(reason) } = reason;
    if (this.#queued === undefined) this.#source?.refuse({ status, headers, body });
    else this.#queued.destroy();
    this.#settle(undefined, givenUp);
    this.#owner.onRefused(() => this.#describe(reason));
  }

  onGone(error: Error | undefined): void {
    if (this.#settled) return;
    const begun = this.#head ?? this.#source?.partialHead();
    this.#settle(undefined, true);
    this.#source?.destroy();
    if (begun === undefined) return;
    const message = "the connection ended before there was an answer";
    const reason = { code: "CONNECTION_LOST", status: 0, message, error };
    this.#owner.onRefused(() => this.#describe(reason));
  }

  onDeadline(): void {
    const message = "the opening handshake took too long";
    this.refuse({ code: "HANDSHAKE_TIMEOUT", status: 408, message }, true);
  }

  onShutdown(): void {
    // It will be refused in its turn.
    if (this.#queued !== undefined) return;
    this.refuse(
      { code: "SHUTTING_DOWN", status: 503, message: "the server is shutting down" },
      true,
    );
  }

  #settle(connection: Connection | undefined, givenUp: boolean): void {
    this.#settled = true;
    this.#connection = connection;
    this.#owner.onSettled(this);
    this.#request?.settle(connection, givenUp);
  }

  #describe(reason: RefusalReason): RefusedHandshake {
    const { code, status, message, faults = NO_FAULTS, error } = reason;
    return {
      code,
      status: this.#queued === undefined ? status : 0,
      message,
      faults,
      head: this.#head ?? this.#source?.partialHead(),
      route: this.route?.path,
      remoteAddress: (this.#forwarded ?? peerFacts(this.stream)).remoteAddress,
      error,
    };
  }
}
