import { createServer as createTcpServer, type Server as NetServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  createServer as createTlsServer,
  type TLSSocket,
  type TlsOptions,
  type Server as TlsServer,
} from "node:tls";
import { publishError } from "../../connection/diagnostics.ts";
import type { ForwardedFacts } from "../../connection/request-info.ts";
import { LONGEST_TIMER } from "../../options/checks.ts";
import { socketUnder } from "../../socket/tls-details.ts";
import type { Openings } from "../opening/openings.ts";
import { describeRefusal } from "../opening/refusal-reason.ts";
import { isTrusted } from "../opening/trusted-proxies.ts";
import type { ServerSettings } from "../options.ts";
import type { RefusalReporter } from "../refused-handshake.ts";
import type { Admission, AdmissionRefusal } from "./admission.ts";
import { Arrival, type ArrivalNeeds, type ArrivalOwner, type FailedArrival } from "./arrival.ts";
import type { Http2Port } from "./http2-port.ts";
import {
  type Http2Options,
  type ListenPlan,
  type ListenTarget,
  listenPlan,
} from "./listen-options.ts";
import { Listener } from "./listener.ts";
import { PoliteRefusals } from "./polite-refusals.ts";

/** What the listeners share with the rest of their server. */
export interface ListenersOwner {
  readonly settings: ServerSettings;
  readonly admission: Admission;
  readonly openings: Openings;
  readonly refusals: RefusalReporter;
  /**
   * A socket was accepted and admitted; TLS is done where it is spoken.
   *
   * @param deadline of its opening handshake, by performance.now()
   * @param forwarded what a header of the PROXY protocol has said
   * @param read what came behind that header
   * @param http2 what takes it where it speaks HTTP/2, if that is to be found out
   */
  onSocket(
    stream: Socket | TLSSocket,
    deadline: number,
    forwarded: ForwardedFacts | undefined,
    read: Buffer | undefined,
    http2: Http2Port | undefined,
  ): void;
  /** What takes the sockets of a port that speak HTTP/2. */
  openHttp2(options: Required<Http2Options>): Promise<Http2Port>;
}

/** The ports and paths that a server listens on, and all the sockets that came in there. */
export class Listeners implements ArrivalOwner {
  readonly #owner: ListenersOwner;
  readonly #polite = new PoliteRefusals();
  readonly #listeners = new Set<Listener>();
  /** Those that have closed: they wait for their sockets. */
  readonly #closing = new Set<Promise<void>>();
  /** All that were accepted and have not become connections: for the end. */
  readonly #accepted = new Set<Socket>();
  /** What is known of those of which something must come before a request. */
  readonly #arrivals = new WeakMap<Socket, Arrival>();
  /** Whether addresses are asked for at once. */
  readonly #asks: boolean;
  /** One for all sockets, which is its `this`. */
  readonly #onClose: (this: Socket) => void;
  #held = true;

  constructor(owner: ListenersOwner) {
    this.#owner = owner;
    this.#asks = owner.admission.asks || owner.settings.trustProxy !== undefined;
    const [accepted, arrivals] = [this.#accepted, this.#arrivals];
    this.#onClose = function (this: Socket) {
      accepted.delete(this);
      arrivals.get(this)?.onSocketClose();
    };
  }

  /**
   * Listens.
   *
   * @throws ArgumentError for a target that is none; rejects with the system's error, or the reason of
   * the signal in the options
   */
  async open(target: ListenTarget): Promise<Listener> {
    const plan = listenPlan(target);
    const tls = plan.tls === undefined ? undefined : this.#createTlsServer(plan.tls);
    const http2 = plan.http2 && (await this.#owner.openHttp2(plan.http2));
    const server = this.#createTcpServer(plan, tls, http2);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // By the signal that may be among the options.
      server.once("close", () => reject(plan.options.signal?.reason));
      server.listen(plan.options, () => {
        server.off("error", reject);
        resolve();
      });
    });
    // Running out of file descriptors and the like: the listener goes on by itself.
    server.on("error", (error) => publishError(error, undefined));
    const secure = tls && { server: tls, options: plan.tls ?? {} };
    const listener = new Listener(server, secure, (sockets) => {
      this.#listeners.delete(listener);
      this.#closing.add(sockets);
      sockets.then(() => this.#closing.delete(sockets));
    });
    this.#listeners.add(listener);
    if (!this.#held) listener.unref();
    return listener;
  }

  /** Accepts nothing more; resolves when all sockets are gone. */
  async stop(): Promise<void> {
    for (const listener of [...this.#listeners]) void listener.close();
    await Promise.all(this.#closing);
  }

  /** Whether listening keeps the process running, also on ports and paths that are still to come. */
  hold(held: boolean): void {
    this.#held = held;
    for (const listener of this.#listeners) held ? listener.ref() : listener.unref();
  }

  /** The socket is a connection of the server's now, who sees to its end. */
  release(socket: Socket): void {
    if (this.#accepted.delete(socket)) socket.off("close", this.#onClose);
  }

  destroySockets(): void {
    for (const socket of this.#accepted) socket.destroy();
  }

  admitAddress(stream: Duplex, address: string | undefined): AdmissionRefusal | undefined {
    const { admission, settings } = this.#owner;
    const { trustProxy } = settings;
    // Of a proxy's connections each has its client's address, which the request will tell.
    if (trustProxy !== undefined && isTrusted(trustProxy, address)) return undefined;
    return admission.admitAddress(stream, address);
  }

  onSocket(...socket: Parameters<ListenersOwner["onSocket"]>): void {
    this.#owner.onSocket(...socket);
  }

  onArrivalEnd(arrival: Arrival, failure: FailedArrival | undefined): void {
    const { socket, forwarded } = arrival;
    this.#owner.openings.delete(arrival);
    this.#arrivals.delete(socket);
    if (failure === undefined) return;
    // Who looks whether somebody listens has begun no handshake.
    if (failure.code !== "HANDSHAKE_TIMEOUT" && socket.bytesRead === 0) return;
    this.#report(socket, failure, 0, forwarded);
  }

  #createTcpServer(
    { proxies }: ListenPlan,
    tls: TlsServer | undefined,
    http2: Http2Port | undefined,
  ): NetServer {
    // Half-open: the peer may end its side before it has been answered, as HTTP allows. With TLS only
    // later: a socket whose peer leaves in that handshake would stay until its deadline.
    const options = { allowHalfOpen: tls === undefined, noDelay: true };
    return createTcpServer(options, (socket) => {
      const named = proxies !== undefined && proxies !== "all" && proxies.has(socket.remoteAddress);
      this.#accept(socket, { proxyHeader: proxies === "all" || named, tls, http2 });
    });
  }

  #createTlsServer(options: TlsOptions): TlsServer {
    // The deadline is that of all handshakes here.
    const server = createTlsServer({ handshakeTimeout: LONGEST_TIMER, ...options }, (stream) => {
      stream.allowHalfOpen = true;
      const arrival = this.#arrivalOf(stream);
      if (arrival === undefined) stream.destroy();
      else arrival.onSecure(stream);
    });
    // node:tls announces a handshake that has failed, but leaves the socket open.
    server.on("tlsClientError", (error, stream) => {
      const message = `the TLS handshake has failed: ${error.message}`;
      this.#arrivalOf(stream)?.fail({ code: "TLS_FAILED", message, error });
      stream.destroy();
    });
    return server;
  }

  #arrivalOf(stream: TLSSocket): Arrival | undefined {
    const socket = socketUnder(stream);
    return socket === undefined ? undefined : this.#arrivals.get(socket);
  }

  #accept(socket: Socket, needs: ArrivalNeeds): void {
    const { admission, openings } = this.#owner;
    this.#accepted.add(socket);
    socket.on("close", this.#onClose);
    // Asked for while it is there, and kept by the socket.
    const address = this.#asks || this.#owner.refusals.observed ? socket.remoteAddress : undefined;
    const refusal =
      admission.full ?? (needs.proxyHeader ? undefined : this.admitAddress(socket, address));
    if (refusal !== undefined) {
      this.#refuse(socket, refusal, needs);
      return;
    }
    admission.count(socket);
    const { deadline } = openings;
    if (!needs.proxyHeader && needs.tls === undefined) {
      this.#owner.onSocket(socket, deadline, undefined, undefined, needs.http2);
      return;
    }
    const arrival = new Arrival(socket, this, needs, deadline);
    this.#arrivals.set(socket, arrival);
    openings.add(arrival);
    arrival.begin();
  }

  #refuse(socket: Socket, refusal: AdmissionRefusal, needs: ArrivalNeeds): void {
    let status = 0;
    // Behind TLS, which is the dearest thing that a peer can ask for, there is no answer.
    if (needs.tls === undefined)
      status = this.#polite.refuse(socket, refusal.status, refusal.message);
    else socket.destroy();
    this.#report(socket, refusal, status, undefined);
  }

  #report(
    socket: Socket,
    failure: FailedArrival,
    status: number,
    forwarded: ForwardedFacts | undefined,
  ): void {
    const { remoteAddress } = forwarded ?? socket;
    const handshake = { head: undefined, route: undefined, remoteAddress };
    this.#owner.refusals.report(() => describeRefusal({ ...failure, status }, handshake));
  }
}
