import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { type Connection, endpointOf } from "../connection/connection.ts";
import { catchRejection } from "../connection/user-code.ts";
import { ConnectionClosedError } from "../errors.ts";
import { toData } from "./payload.ts";
import { ConnectionSocket } from "./peer-socket.ts";
import { nameForAll, nameWithin } from "./topic-names.ts";
import type { HookRequest, Hooks, Peer, PeerSocket, SendOptions } from "./types.ts";
import { webRequest } from "./web-request.ts";

/** What a peer asks of the adapter. */
export interface PeerOwner {
  peersOf(namespace: string): ReadonlySet<Peer>;
  publishFrom(peer: ServerPeer, topic: string, data: unknown, options?: SendOptions): void;
  /** A call of the peer's has failed, of which the hook `error` is told. */
  onError(peer: ServerPeer, error: unknown): void;
}

/** What is known of a peer before its connection opens. */
export interface PeerInit {
  readonly namespace: string;
  /** Hooks of its own, beside those of all. */
  readonly hooks?: Hooks | undefined;
  /** As the hook `upgrade` has had it; undefined where nobody has asked for it. */
  readonly request?: HookRequest | undefined;
}

const NO_TOPICS: ReadonlySet<string> = new Set();

/** A connection of a server, as hooks see it. */
export class ServerPeer implements Peer {
  readonly namespace: string;
  /** Hooks of its own, beside those of all. */
  readonly hooks: Hooks | undefined;
  readonly #owner: PeerOwner;
  #connection: Connection | undefined;
  #request: HookRequest | undefined;
  #context: Record<string, unknown> | undefined;
  #topics: Set<string> | undefined;
  #socket: ConnectionSocket | undefined;
  #id: string | undefined;

  constructor(owner: PeerOwner, { namespace, hooks, request }: PeerInit) {
    this.#owner = owner;
    this.namespace = namespace;
    this.hooks = hooks;
    this.#request = request;
    this.#context = request?.context;
  }

  /** The connection has opened. */
  onOpen(connection: Connection): void {
    this.#connection = connection;
  }

  /** There is none before it has opened, when nobody else knows of the peer. */
  get connection(): Connection {
    return this.#connection!;
  }

  get id(): string {
    this.#id ??= randomUUID();
    return this.#id;
  }

  get context(): Record<string, unknown> {
    this.#context ??= {};
    return this.#context;
  }

  get remoteAddress(): string | undefined {
    return this.connection.remoteAddress;
  }

  get request(): Request {
    this.#request ??= webRequest(this.connection.request!);
    return this.#request;
  }

  get websocket(): PeerSocket {
    this.#socket ??= new ConnectionSocket(this.connection, this);
    return this.#socket;
  }

  get peers(): ReadonlySet<Peer> {
    return this.#owner.peersOf(this.namespace);
  }

  get topics(): ReadonlySet<string> {
    return this.#topics ?? NO_TOPICS;
  }

  get bufferedAmount(): number {
    return this.connection.bufferedAmount;
  }

  async waitForDrain({
    threshold = 0,
    pollInterval = 100,
    signal,
  }: {
    readonly threshold?: number;
    readonly pollInterval?: number;
    readonly signal?: AbortSignal;
  } = {}): Promise<void> {
    while (this.bufferedAmount > threshold && this.connection.state === "open") {
      signal?.throwIfAborted();
      const aborted = signal === undefined ? {} : { signal };
      await sleep(pollInterval, undefined, { ref: false, ...aborted }).catch(() => {});
    }
  }

  send(data: unknown, options?: SendOptions): number {
    const { connection } = this;
    const { sender } = endpointOf(connection);
    try {
      const waits = connection.send(toData(data), compressionOf(options));
      // The peer that does not keep up is told of by `drain`.
      if (waits !== undefined && !sender.owns(waits)) catchRejection(waits, () => {});
    } catch (error) {
      if (!(error instanceof ConnectionClosedError)) throw error;
    }
    return sender.buffered;
  }

  publish(topic: string, data: unknown, options?: SendOptions): void {
    this.#owner.publishFrom(this, topic, data, options);
  }

  subscribe(topic: string): void {
    const { connection } = this;
    if (connection.state !== "open" || this.#topics?.has(topic)) return;
    connection.subscribe(nameWithin(this.namespace, topic));
    connection.subscribe(nameForAll(topic));
    this.#topics ??= new Set();
    this.#topics.add(topic);
  }

  unsubscribe(topic: string): void {
    if (this.#topics?.delete(topic) !== true) return;
    this.connection.unsubscribe(nameWithin(this.namespace, topic));
    this.connection.unsubscribe(nameForAll(topic));
  }

  close(code?: number, reason?: string): void {
    void this.connection.close(code, code === undefined ? "" : reason);
  }

  terminate(): void {
    this.connection.terminate();
  }

  ping(data?: unknown): void {
    const payload = data === undefined ? undefined : toData(data);
    try {
      // It rejects where the connection ends before the Pong, of which `close` tells.
      void this.connection.ping(payload === "" ? undefined : (payload as string | Uint8Array));
    } catch (error) {
      this.#owner.onError(this, error);
    }
  }

  toString(): string {
    return this.id;
  }

  [Symbol.toPrimitive](): string {
    return this.id;
  }

  [inspect.custom](): unknown {
    return { peer: { id: this.id, ip: this.remoteAddress } };
  }
}

/** The options for a connection, which takes no others. */
export function compressionOf(options: SendOptions | undefined): SendOptions | undefined {
  return options?.compress === undefined ? undefined : { compress: options.compress };
}
