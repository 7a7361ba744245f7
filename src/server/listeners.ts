import {
  type AddressInfo,
  createServer as createTcpServer,
  type ListenOptions,
  type Server as NetServer,
  type Socket,
} from "node:net";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls";
import { publishError } from "../connection/diagnostics.ts";
import { catchRejection } from "../connection/user-code.ts";
import { ArgumentError } from "../errors.ts";
import { answerBytes } from "../handshake/response.ts";
import { givenOptions, LONGEST_TIMER } from "../options/checks.ts";
import { decision, describe } from "../options/describe.ts";
import { endPolitely } from "../socket/polite-end.ts";
import { AcceptTimes } from "./accept-times.ts";
import type { ListenTarget, ServerSettings } from "./options.ts";

/** Where a server listens. */
export interface ListenAddress {
  /** Port; 0 for a Unix socket. */
  readonly port: number;
  /** IP address, or the path of a Unix socket. */
  readonly address: string;
  /** Whether it is a TLS port. */
  readonly secure: boolean;
  /** How to reach it from this machine, for example `"ws://127.0.0.1:8199"`. */
  readonly url: string;
}

/** Whom the listeners tell. */
export interface ListenersOwner {
  /**
   * A socket was accepted and admitted, TLS is done.
   *
   * @param timeLeft milliseconds until the deadline of its opening handshake
   */
  onSocket(socket: Socket | TLSSocket, timeLeft: number): void;
  /** The user's `admit` has thrown, or returned what is no answer. */
  onUserError(error: unknown): void;
}

/** The ports and paths that a server listens on, and all the sockets that came in there. */
export class Listeners {
  readonly #settings: ServerSettings;
  readonly #owner: ListenersOwner;
  readonly #listeners = new Set<NetServer>();
  /** All that were accepted and have not become connections: for the end. */
  readonly #accepted = new Set<Socket>();
  /** One for all sockets, which is its `this`. */
  readonly #forget: (this: Socket) => void;
  #admitted = 0;

  constructor(settings: ServerSettings, owner: ListenersOwner) {
    this.#settings = settings;
    this.#owner = owner;
    const accepted = this.#accepted;
    this.#forget = function (this: Socket) {
      accepted.delete(this);
    };
  }

  /**
   * Listens.
   *
   * @throws ArgumentError for a target that is none; rejects with the system's error, or the reason of
   * the signal in the options
   */
  async open(target: ListenTarget): Promise<{ listener: NetServer; address: ListenAddress }> {
    const { tls, ...options } = listenOptions(target);
    const listener = tls === undefined ? this.#createTcpServer() : this.#createTlsServer(tls);
    await new Promise<void>((resolve, reject) => {
      listener.once("error", reject);
      // By the signal that may be among the options.
      listener.once("close", () => reject(options.signal?.reason));
      listener.listen(options as ListenOptions, () => {
        listener.off("error", reject);
        resolve();
      });
    });
    this.#listeners.add(listener);
    // Running out of file descriptors and the like: the listener goes on by itself.
    listener.on("error", (error) => publishError(error, undefined));
    return { listener, address: describeAddress(listener.address(), tls !== undefined) };
  }

  /** Accepts nothing more; resolves when all sockets are gone. */
  async stop(): Promise<void> {
    const closing = [...this.#listeners].map(
      (listener) => new Promise((resolve) => listener.close(resolve)),
    );
    await Promise.all(closing);
  }

  /** The socket is a connection of the server's now, who sees to its end. */
  release(socket: Socket): void {
    if (this.#accepted.delete(socket)) socket.off("close", this.#forget);
  }

  destroySockets(): void {
    for (const socket of this.#accepted) socket.destroy();
  }

  #createTcpServer(): NetServer {
    // Half-open: the peer may end its side before it has been answered, as HTTP allows.
    const options = { allowHalfOpen: true, noDelay: true };
    return createTcpServer(options, (socket) => {
      this.#remember(socket);
      const status = this.#admit(socket);
      if (status !== undefined) endPolitely(socket, answerBytes({ status }));
      else this.#owner.onSocket(socket, this.#settings.handshakeTimeout);
    });
  }

  #createTlsServer(tls: TlsOptions): NetServer {
    const { handshakeTimeout } = this.#settings;
    const times = new AcceptTimes();
    const tlsTimeout = Math.min(handshakeTimeout, LONGEST_TIMER);
    const defaults = { noDelay: true, handshakeTimeout: tlsTimeout };
    const options = { ...defaults, ...givenOptions(tls) };
    const listener = createTlsServer(options, (socket) => {
      // Only now: half-open, a socket whose peer leaves in the TLS handshake stays until its deadline.
      socket.allowHalfOpen = true;
      this.#owner.onSocket(socket, handshakeTimeout - times.age(socket));
    });
    // node:tls announces a handshake that has failed or taken too long, but leaves the socket open.
    listener.on("tlsClientError", (_, socket) => socket.destroy());
    listener.on("connection", (socket: Socket) => {
      this.#remember(socket);
      times.note(socket);
      // Without an answer: it would take a TLS handshake, the dearest thing that a peer can ask for.
      if (this.#admit(socket) !== undefined) socket.destroy();
    });
    return listener;
  }

  #remember(socket: Socket): void {
    this.#accepted.add(socket);
    socket.on("close", this.#forget);
  }

  /**
   * Counts another socket, if there is room for it and its address is welcome; otherwise returns the
   * status to refuse it with.
   */
  #admit(socket: Socket): 503 | 429 | undefined {
    const { maxConnections, admit } = this.#settings;
    if (this.#admitted >= maxConnections) return 503;
    if (!this.#isAdmitted(socket, admit)) return 429;
    if (maxConnections !== Number.POSITIVE_INFINITY) {
      this.#admitted++;
      socket.once("close", () => this.#admitted--);
    }
    return undefined;
  }

  #isAdmitted(socket: Socket, admit: ServerSettings["admit"]): boolean {
    if (admit === undefined) return true;
    try {
      const admitted: unknown = admit(socket.remoteAddress);
      catchRejection(admitted, (error) => this.#owner.onUserError(error));
      return decision("admit", admitted);
    } catch (error) {
      this.#owner.onUserError(error);
      return false;
    }
  }
}

function listenOptions(target: ListenTarget): { tls?: TlsOptions } & ListenOptions {
  if (typeof target === "number") return { port: target };
  if (typeof target === "string") {
    if (!/^\d+$/.test(target)) return { path: target };
    throw new ArgumentError(`listen takes a port as a number; got ${describe(target)}`);
  }
  if (typeof target === "object" && target !== null) {
    if (target.tls === undefined || (typeof target.tls === "object" && target.tls !== null)) {
      return { ...target };
    }
    throw new ArgumentError(
      `tls is an object with the options of tls.createServer, such as cert and key; got ${describe(target.tls)}`,
    );
  }
  throw new ArgumentError(`listen takes a port, a path or options; got ${describe(target)}`);
}

function describeAddress(address: AddressInfo | string | null, secure: boolean): ListenAddress {
  const scheme = secure ? "wss" : "ws";
  if (address === null || typeof address === "string") {
    const path = address ?? "";
    // What has a meaning in a URL, as `:` and `%`, is part of a name here.
    const encoded = path.split("/").map(encodeURIComponent).join("/");
    return { port: 0, address: path, secure, url: `${scheme}+unix:${encoded}` };
  }
  const everywhere = address.address === "::" || address.address === "0.0.0.0";
  const host = everywhere
    ? "localhost"
    : address.family === "IPv6"
      ? `[${address.address}]`
      : address.address;
  const { port } = address;
  return { port, address: address.address, secure, url: `${scheme}://${host}:${port}` };
}
