import { type Connection, endpointOf } from "../connection/connection.ts";
import type { Data } from "../connection/sending/data.ts";
import { catchRejection, isThenable } from "../connection/user-code.ts";
import type { RouteHandler } from "../server/opening/handlers.ts";
import type { UpgradeOptions, UpgradeRequest } from "../server/opening/upgrade-request.ts";
import { Backplane, type SyncDriver, type SyncMessage } from "./backplane.ts";
import { PeerMessage } from "./message.ts";
import type { CrosswsSettings } from "./options.ts";
import { toData, toSyncData } from "./payload.ts";
import { compressionOf, type PeerOwner, ServerPeer } from "./peer.ts";
import { nameForAll, nameWithin } from "./topic-names.ts";
import type { Hooks, Peer, SendOptions } from "./types.ts";
import { decide, isAsked, refuse } from "./upgrading.ts";
import { WSError } from "./ws-error.ts";

type PeerHook = Exclude<keyof Hooks, "upgrade">;

const NOBODY: ReadonlySet<Peer> = new Set();

/** What {@link CrosswsAdapter.publish} takes. */
export interface AdapterPublishOptions extends SendOptions {
  /** The namespace whose peers get it; all by default. */
  readonly namespace?: string;
}

/** The peers of a server, as crossws' own adapters have them. */
export interface CrosswsAdapter {
  /** The connected peers by namespace. */
  readonly peers: ReadonlyMap<string, ReadonlySet<Peer>>;
  /** What takes messages to other instances; undefined without the option `sync`. */
  readonly sync?: SyncDriver;
  /**
   * Sends a message to all peers that are subscribed to a topic.
   *
   * @param data as `peer.send` takes it, but no Blob
   * @throws WebSocketError `TOPIC_TOO_LONG`
   * @throws ArgumentError for what is no message or no topic
   */
  publish(topic: string, data: unknown, options?: AdapterPublishOptions): void;
  /**
   * Closes all peers, and ends {@link sync}. The server goes on: new peers may come until you shut it down.
   *
   * @returns rejects with an ArgumentError for a code or a reason that cannot be sent
   */
  close(code?: number, reason?: string): Promise<void>;
  /**
   * Closes all peers.
   *
   * @param force ends them at once, without a closing handshake. Default false
   * @throws ArgumentError for a code or a reason that cannot be sent
   */
  closeAll(code?: number, reason?: string, force?: boolean): void;
}

/** What there is behind a {@link CrosswsAdapter}: it serves a path, and keeps the peers. */
export class Adapter implements CrosswsAdapter, PeerOwner {
  declare readonly sync?: SyncDriver;
  readonly #settings: CrosswsSettings;
  readonly #peers = new Map<string, Set<ServerPeer>>();

  constructor(settings: CrosswsSettings) {
    this.#settings = settings;
    const { sync, onError, server, path, route } = settings;
    server.handle(path, this.#handler(), route);
    if (sync === undefined) return;
    this.sync = new Backplane(sync, onError);
    void this.sync.subscribe((message) => this.#deliver(message));
  }

  get peers(): ReadonlyMap<string, ReadonlySet<Peer>> {
    return this.#peers;
  }

  publish(topic: string, data: unknown, options: AdapterPublishOptions = {}): void {
    const { namespace = "" } = options;
    this.#publish(namespace, topic, data, options, undefined);
  }

  async close(code?: number, reason?: string): Promise<void> {
    this.closeAll(code, reason);
    await this.sync?.close?.();
  }

  closeAll(code?: number, reason?: string, force = false): void {
    for (const peer of [...this.#peers.values()].flatMap((peers) => [...peers])) {
      if (force) peer.terminate();
      else peer.close(code, reason);
    }
  }

  peersOf(namespace: string): ReadonlySet<Peer> {
    return this.#peers.get(namespace) ?? NOBODY;
  }

  publishFrom(peer: ServerPeer, topic: string, data: unknown, options?: SendOptions): void {
    this.#publish(peer.namespace, topic, data, options, peer.connection);
  }

  onError(peer: ServerPeer, error: unknown): void {
    this.#guard(peer, () => this.#call(peer, "error", new WSError(error)));
  }

  #handler(): RouteHandler<ServerPeer> {
    const { hooks, resolve } = this.#settings;
    const asked = isAsked(this.#settings);
    const listens = (name: PeerHook) => hooks[name] !== undefined || resolve !== undefined;
    const handler: RouteHandler<ServerPeer> = {
      upgrade: (request) => (asked ? this.#upgrade(request) : this.#admit(request)),
      open: (ws) => this.#onOpen(ws),
      message: (ws, data) => this.#call(ws.data, "message", new PeerMessage(data, ws.data)),
      close: (ws, code, reason) => this.#onClose(ws, code, reason),
    };
    if (listens("drain")) handler.drain = (ws) => this.#call(ws.data, "drain");
    if (listens("ping")) handler.ping = (ws, payload) => this.#call(ws.data, "ping", payload);
    if (listens("pong")) {
      // Those without a payload answer the heartbeat.
      handler.pong = (ws, payload) =>
        payload.length === 0 ? undefined : this.#call(ws.data, "pong", payload);
    }
    return handler;
  }

  #admit(request: UpgradeRequest): UpgradeOptions<ServerPeer> {
    return { data: new ServerPeer(this, { namespace: request.url.pathname }) };
  }

  async #upgrade(request: UpgradeRequest): Promise<UpgradeOptions<ServerPeer> | undefined> {
    const decision = await decide(this.#settings, request);
    if (decision instanceof Response) {
      await refuse(request, decision);
      return undefined;
    }
    const { peer, options } = decision;
    return { ...options, data: new ServerPeer(this, peer) } as UpgradeOptions<ServerPeer>;
  }

  #onOpen(ws: Connection<ServerPeer>): void {
    const peer = ws.data;
    peer.onOpen(ws as Connection);
    const peers = this.#peers.get(peer.namespace);
    if (peers === undefined) this.#peers.set(peer.namespace, new Set([peer]));
    else peers.add(peer);
    // Messages do not wait for it, as with crossws' own adapters: a hook may wait for a message itself.
    this.#guard(peer, () => this.#call(peer, "open"));
  }

  async #onClose(ws: Connection<ServerPeer>, code: number, reason: string): Promise<void> {
    const peer = ws.data;
    const peers = this.#peers.get(peer.namespace);
    peers?.delete(peer);
    if (peers?.size === 0) this.#peers.delete(peer.namespace);
    const { error } = await ws.closed;
    if (error !== undefined) await this.#call(peer, "error", new WSError(error));
    await this.#call(peer, "close", { code, reason });
  }

  /** Where a hook fails whose result nobody takes, the connection is closed with 1011, as with all others. */
  #guard(peer: ServerPeer, run: () => unknown): void {
    const onError = (error: unknown) => endpointOf(peer.connection).onUserError(error);
    try {
      catchRejection(run(), onError);
    } catch (error) {
      onError(error);
    }
  }

  /** Calls a hook: that of all peers, then that of this one. */
  #call(peer: ServerPeer, name: PeerHook, argument?: unknown): unknown {
    const general = call(this.#settings.hooks, name, peer, argument);
    const { hooks } = peer;
    if (hooks?.[name] === undefined) return general;
    if (!isThenable(general)) return call(hooks, name, peer, argument);
    return general.then(() => call(hooks, name, peer, argument));
  }

  /** @param namespace `""` for all */
  #publish(
    namespace: string,
    topic: string,
    data: unknown,
    options: SendOptions | undefined,
    except: Connection | undefined,
  ): void {
    this.#publishHere({ namespace, topic, data: toData(data) }, options, except);
    void this.sync?.publish({ namespace, topic, data: toSyncData(data) });
  }

  #deliver(message: SyncMessage): void {
    this.#publishHere(message, undefined, undefined);
  }

  #publishHere(
    { namespace, topic, data }: Omit<SyncMessage, "data"> & { readonly data: Data },
    options: SendOptions | undefined,
    except: Connection | undefined,
  ): void {
    const name = namespace === "" ? nameForAll(topic) : nameWithin(namespace, topic);
    // The server says what is wrong with a Blob.
    const message = data as Exclude<Data, Blob>;
    const others = except === undefined ? {} : { except };
    this.#settings.server.publish(name, message, { ...compressionOf(options), ...others });
  }
}

function call(hooks: Hooks, name: PeerHook, peer: Peer, argument: unknown): unknown {
  // Each hook gets what belongs to its name.
  return (hooks as Record<PeerHook, ((peer: Peer, argument: unknown) => unknown) | undefined>)[
    name
  ]?.(peer, argument);
}
