import type { Server as HttpServer, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { BufferBudget } from "../connection/buffer-budget.ts";
import type { Connection } from "../connection/connection.ts";
import type { ForwardedFacts, RequestInfo } from "../connection/request-info.ts";
import type { EndpointOwner } from "../connection/user-side.ts";
import { isHostAllowed } from "../handshake/gate/hosts.ts";
import type { RequestPlace } from "../handshake/gate/origin.ts";
import {
  isHttp2Preface,
  isUpgradeAttempt,
  type RequestHead,
  requestHeadFrom,
} from "../handshake/request.ts";
import { pathOf } from "../handshake/target.ts";
import { isEncrypted, peerFacts } from "../socket/peer-facts.ts";
import { surviveErrors } from "../socket/survive-errors.ts";
import { attachTo } from "./attach.ts";
import {
  type AnyHttp2Server,
  attachToHttp2,
  type Http2Attachment,
  isHttp2Server,
} from "./attach-http2.ts";
import type { ErrorReports } from "./error-reports.ts";
import { Admission, type AdmissionRefusal } from "./listening/admission.ts";
import { Http2Port } from "./listening/http2-port.ts";
import type { Http2Options, ListenTarget } from "./listening/listen-options.ts";
import type { Listener } from "./listening/listener.ts";
import { Listeners, type ListenersOwner } from "./listening/listeners.ts";
import type { Route } from "./opening/handlers.ts";
import { Http1Source } from "./opening/http1-source.ts";
import { type Http2Connect, Http2Connects } from "./opening/http2/connects.ts";
import { headOf, NodeUpgrades } from "./opening/node-upgrades.ts";
import { Opening, type OpeningOwner } from "./opening/opening.ts";
import { Openings } from "./opening/openings.ts";
import { Reception, type ReceptionOwner, readBytes } from "./opening/reception.ts";
import type { Router } from "./opening/router.ts";
import { forwardedFacts, isTrusted } from "./opening/trusted-proxies.ts";
import type { ServerOptions, ServerSettings } from "./options.ts";
import { createPlainHttpServer, handOver, type PlainHttpSettings } from "./plain/plain-http.ts";
import { PlainHttp2 } from "./plain/plain-http2.ts";
import { RefusalReporter, type RefusedHandshake } from "./refused-handshake.ts";

/** Who takes what comes through. */
export interface EntranceOwner {
  readonly connectionOwner: EndpointOwner;
  readonly errors: ErrorReports;
  /** What connections, and those that are to become some, may hold together. */
  readonly budget: BufferBudget;
  onOpen(connection: Connection): void;
}

/**
 * All that lies between a socket and a connection: the server's own listeners, the HTTP servers that it is
 * attached to, the opening handshakes under way, and the plain requests beside them.
 */
export class Entrance implements ListenersOwner, ReceptionOwner, OpeningOwner {
  readonly settings: ServerSettings;
  readonly router: Router<Route>;
  readonly admission: Admission;
  readonly openings: Openings;
  readonly refusals: RefusalReporter;
  readonly connectionOwner: EndpointOwner;
  readonly #owner: EntranceOwner;
  readonly #reception: Reception;
  readonly #nodeUpgrades: NodeUpgrades;
  readonly #listeners: Listeners;
  readonly #plain: PlainHttpSettings;
  readonly #http: HttpServer;
  readonly #http2Connects: Http2Connects;
  readonly #http2Ports = new Set<Http2Port>();
  /** Sockets without TLS that may turn out to speak HTTP/2. */
  readonly #mayBeHttp2 = new WeakMap<Duplex, Http2Port>();
  readonly #attached = new Set<() => void>();
  #accepting = true;

  constructor(
    options: ServerOptions,
    settings: ServerSettings,
    router: Router<Route>,
    owner: EntranceOwner,
  ) {
    const { errors, budget } = owner;
    const { headLimits, hosts, onRefused } = settings;
    this.settings = settings;
    this.router = router;
    this.#owner = owner;
    this.connectionOwner = owner.connectionOwner;
    this.admission = new Admission(settings, (error) => errors.report(error, undefined));
    this.openings = new Openings(settings.handshakeTimeout);
    this.refusals = new RefusalReporter(
      onRefused && ((refused) => errors.guard(() => onRefused(refused))),
    );
    this.#reception = new Reception(this);
    this.#nodeUpgrades = new NodeUpgrades(this.openings, this, headLimits);
    const admit = (connect: Http2Connect) => this.#admit(connect);
    this.#http2Connects = new Http2Connects(this.openings, this, headLimits, budget, admit);
    this.#listeners = new Listeners(this);
    this.#plain = {
      headLimits,
      isOurHost: (request) => hosts === "*" || isHostAllowed(hosts, this.#placeOf(request)),
      root: options.root,
      listener: options.listener,
      isRoute: (target) => this.#isRoute(target),
      isUpgrade: (request) => isUpgradeAttempt(headOf(request)),
      onError: (error) => errors.report(error, undefined),
    };
    this.#http = createPlainHttpServer(this.#plain);
    this.#http.on("upgrade", (...upgrade) => this.#onUpgrade(this.#http, ...upgrade));
  }

  /** Whether new connections are taken. */
  get accepting(): boolean {
    return this.#accepting;
  }

  listen(target: ListenTarget): Promise<Listener> {
    return this.#listeners.open(target);
  }

  /** @returns a function that undoes it */
  attach(httpServer: HttpServer | AnyHttp2Server): () => void {
    const stops = [
      attachTo(httpServer as HttpServer, {
        isOurs: (request) => isUpgradeAttempt(headOf(request)) && this.#isRoute(request.url),
        onUpgrade: (...upgrade) => this.#onUpgrade(httpServer as HttpServer, ...upgrade),
      }),
    ];
    if (isHttp2Server(httpServer)) stops.push(attachToHttp2(httpServer, this.#http2Attachment()));
    const detach = () => {
      for (const stop of stops) stop();
      this.#attached.delete(detach);
    };
    this.#attached.add(detach);
    return detach;
  }

  /** A request of somebody else's `upgrade` event. */
  receive(request: IncomingMessage, stream: Duplex, rest: Buffer): void {
    const upgrade = { request, stream, rest, httpServer: undefined, accepted: false };
    this.#nodeUpgrades.receive(upgrade);
  }

  /** Whether listening keeps the process running. */
  hold(held: boolean): void {
    this.#listeners.hold(held);
  }

  /** Takes no new connections any more. Resolves when all sockets are gone that came in here. */
  close(): Promise<void> {
    this.#accepting = false;
    for (const detach of [...this.#attached]) detach();
    const gone = this.#listeners.stop();
    for (const port of this.#http2Ports) port.close();
    this.#http.closeIdleConnections();
    // The others become idle with the answer that is under way, and would be waited for.
    this.#http.keepAliveTimeout = 1;
    return gone;
  }

  /** Refuses the handshakes that are under way. Returns how many there were. */
  refuseAll(): number {
    const { size } = this.openings;
    this.openings.shutDown();
    return size;
  }

  /** Destroys what has not become a connection: plain HTTP, handshakes, answers that nobody takes. */
  destroySockets(): void {
    this.#listeners.destroySockets();
  }

  // ---------------------------------------------------------- called by its parts

  onSocket(
    stream: Socket | TLSSocket,
    deadline: number,
    forwarded: ForwardedFacts | undefined,
    read: Buffer | undefined,
    http2: Http2Port | undefined,
  ): void {
    if (http2 !== undefined) this.#mayBeHttp2.set(stream, http2);
    const opening = new Opening(this, deadline, true);
    if (forwarded !== undefined) opening.forward(forwarded);
    this.openings.add(opening);
    const source = new Http1Source(stream, opening, this.settings.headLimits, undefined);
    opening.begin(source);
    if (read !== undefined && read.length > 0) source.onData(read);
  }

  async openHttp2(options: Required<Http2Options>): Promise<Http2Port> {
    const { headLimits, handshakeTimeout } = this.settings;
    const plain = await PlainHttp2.open(this.#plain);
    const owner = {
      headLimits,
      handshakeTimeout,
      onConnect: (connect: Http2Connect) => this.#http2Connects.receive(connect),
      onPlainStream: (...request: Parameters<PlainHttp2["serve"]>) => plain.serve(...request),
    };
    const port = await Http2Port.open(owner, options);
    this.#http2Ports.add(port);
    return port;
  }

  onHead(opening: Opening, head: RequestHead): void {
    const http2 = isHttp2Preface(head) ? this.#mayBeHttp2.get(opening.stream) : undefined;
    if (http2 === undefined) this.#reception.onHead(opening, head);
    else http2.accept(opening.handOver(readBytes(opening, head)), opening.forwarded);
  }

  onSettled(opening: Opening): void {
    this.openings.delete(opening);
  }

  onOpen(connection: Connection, opening: Opening): void {
    this.#listeners.release(opening.stream);
    this.#owner.onOpen(connection);
  }

  get observed(): boolean {
    return this.refusals.observed;
  }

  onRefused(describe: () => RefusedHandshake): void {
    this.refusals.report(describe);
  }

  onPlainRequest(socket: Socket): void {
    handOver(this.#http, socket);
  }

  report(error: unknown, request: RequestInfo): void {
    this.#owner.errors.report(error, request);
  }

  #isRoute(target = ""): boolean {
    return this.router.find(pathOf(target)) !== undefined;
  }

  #http2Attachment(): Http2Attachment {
    return {
      isOurs: (headers) => headers[":protocol"] === "websocket" && this.#isRoute(headers[":path"]),
      onConnect: (stream, headers, rawHeaders) => {
        const connect = { stream, headers, rawHeaders, accepted: false, forwarded: undefined };
        this.#http2Connects.receive(connect);
      },
    };
  }

  /** Whether there is room for another WebSocket of a session that is open. */
  #admit({ stream, accepted, forwarded }: Http2Connect): AdmissionRefusal | undefined {
    if (!accepted) return undefined;
    const { remoteAddress } = forwarded ?? peerFacts(stream);
    const refusal = this.admission.full ?? this.#listeners.admitAddress(stream, remoteAddress);
    if (refusal === undefined) this.admission.count(stream);
    return refusal;
  }

  /** Where a plain request was sent to, as its client sees it. */
  #placeOf({ socket, rawHeaders, headers }: IncomingMessage): RequestPlace {
    const { trustProxy } = this.settings;
    const named = headers.host ?? headers[":authority"];
    const place = { host: typeof named === "string" ? named : "", secure: isEncrypted(socket) };
    if (trustProxy === undefined || !isTrusted(trustProxy, socket.remoteAddress)) return place;
    const { fields } = requestHeadFrom("GET", "/", "1.1", rawHeaders);
    const { host = place.host, secure } = forwardedFacts(
      trustProxy,
      fields,
      socket,
      peerFacts(socket),
    );
    return { host, secure };
  }

  /**
   * An upgrade request on a connection that `node:http` has read. It is answered on the request's own
   * socket: while a body is on its way, Node 26 gives a stream of another kind with the event.
   */
  #onUpgrade(httpServer: HttpServer, request: IncomingMessage, stream: Duplex, rest: Buffer): void {
    // That stream is passed the errors of the socket, and ends the process where nobody listens.
    if (stream !== request.socket) surviveErrors(stream);
    const accepted = httpServer === this.#http;
    this.#nodeUpgrades.receive({ request, stream: request.socket, rest, httpServer, accepted });
  }
}
