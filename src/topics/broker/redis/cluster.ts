import { setTimeout as sleep } from "node:timers/promises";
import { WebSocketError } from "../../../errors.ts";
import { everyChannel, type LinkEvents, type RedisLink } from "./link.ts";
import { SLOTS, slotOf } from "./slots.ts";

/** Where a node of a cluster is. */
export interface NodePlace {
  readonly host: string;
  readonly port: number;
}

/** What a cluster link makes of the client that the user has brought. */
export interface ClusterClient {
  /** Connects, and tells where some masters are and how connections to a node are made. */
  discover(): Promise<{ places: readonly NodePlace[]; linkTo(place: NodePlace): RedisLink }>;
}

/** Milliseconds between two looks at which node has which slots, and until the first one is tried again. */
const LOOK_INTERVAL = 1000;

/** How often a command is sent again that a node has sent away, and milliseconds before it. */
const MOST_REDIRECTIONS = 20;
const REDIRECTION_PAUSE = 100;

/** How a node says that something is not for it, or not for now. */
const REDIRECTION = /^(?:MOVED|ASK|TRYAGAIN|CLUSTERDOWN)\b/;

interface Node {
  readonly place: NodePlace;
  readonly address: string;
  readonly link: RedisLink;
}

/**
 * Connections to the masters of a Redis Cluster, two to each. A channel belongs to the node that has its slot, also one
 * that is not sharded, although any node would do for that: so channels are spread over the nodes.
 */
export class ClusterLink implements RedisLink {
  readonly #client: ClusterClient;
  readonly #nodes = new Map<string, Node>();
  /** The address of the node that has a slot. */
  #owners: (string | undefined)[] = [];
  /** At which node a channel was subscribed to. */
  readonly #subscribedAt = new Map<string, string>();
  #linkTo: ((place: NodePlace) => RedisLink) | undefined;
  #events!: LinkEvents;
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Whether commands and subscriptions may come: each node was there once, or has had its time. */
  #begun = false;
  #closed = false;

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  isReady(channel: string): boolean {
    return this.#nodeOf(channel)?.link.isReady(channel) === true;
  }

  isSubscribable(channel: string): boolean {
    return this.#begun && this.#nodeOf(channel)?.link.isSubscribable(channel) === true;
  }

  open(events: LinkEvents): void {
    this.#events = events;
    void this.#start();
  }

  command(parts: readonly (string | Uint8Array)[], channel: string): Promise<unknown> {
    return this.#atOwner(channel, ({ link }) => link.command(parts, channel));
  }

  subscribe(channel: string): Promise<void> {
    return this.#atOwner(channel, async (node) => {
      const before = this.#nodes.get(this.#subscribedAt.get(channel) ?? "");
      this.#subscribedAt.set(channel, node.address);
      // What still comes from there is not for us any more.
      if (before !== node) before?.link.unsubscribe(channel).catch(() => {});
      await node.link.subscribe(channel);
    });
  }

  async unsubscribe(channel: string): Promise<void> {
    const node = this.#nodes.get(this.#subscribedAt.get(channel) ?? "");
    this.#subscribedAt.delete(channel);
    await node?.link.unsubscribe(channel);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const { link } of this.#nodes.values()) link.close();
    this.#nodes.clear();
  }

  #nodeOf(channel: string): Node | undefined {
    return this.#nodes.get(this.#owners[slotOf(channel)] ?? "");
  }

  async #start(): Promise<void> {
    while (!this.#closed && this.#linkTo === undefined) {
      try {
        const { places, linkTo } = await this.#client.discover();
        if (places.length === 0) throw redisGone("the cluster tells no node");
        this.#linkTo = linkTo;
        for (const place of places) this.#add(place);
      } catch (error) {
        this.#events.error(error as Error);
        await sleep(LOOK_INTERVAL, undefined, { ref: false });
      }
    }
    if (this.#closed) return;
    this.#timer = setInterval(() => {
      this.#look().then(() => this.#begin());
    }, LOOK_INTERVAL).unref();
  }

  #add(place: NodePlace): void {
    const address = `${place.host}:${place.port}`;
    if (this.#closed || this.#nodes.has(address)) return;
    const link = this.#linkTo!(place);
    const isOurs = (channel: string) => this.#owners[slotOf(channel)] === address;
    this.#nodes.set(address, { place, address, link });
    link.open({
      message: (channel, message) => {
        if (this.#subscribedAt.get(channel) === address) this.#events.message(channel, message);
      },
      ready: () => {
        const isBack = this.#begun;
        this.#look().then(() => {
          if (isBack) this.#events.ready(isOurs);
          else if (this.#readyNodes.length === this.#nodes.size) this.#begin();
        });
      },
      up: () => {
        // What comes before the beginning is made use of there.
        if (this.#begun) this.#look().then(() => this.#events.up(isOurs));
      },
      error: (error) => this.#events.error(error),
    });
  }

  get #readyNodes(): Node[] {
    return [...this.#nodes.values()].filter(({ link }) => link.isReady(""));
  }

  #begin(): void {
    if (this.#begun || this.#closed || this.#owners.length === 0) return;
    this.#begun = true;
    this.#events.ready(everyChannel);
    this.#events.up(everyChannel);
  }

  /** Does something at the node that has a slot, as soon as the cluster agrees on which one that is. */
  async #atOwner<T>(channel: string, deed: (node: Node) => Promise<T>): Promise<T> {
    for (let redirections = 0; ; redirections++) {
      const node = this.#nodeOf(channel);
      if (node === undefined) throw redisGone("no node of the cluster has the slot");
      try {
        return await deed(node);
      } catch (error) {
        const isRedirected = REDIRECTION.test((error as Error).message);
        if (!isRedirected || redirections >= MOST_REDIRECTIONS || this.#closed) throw error;
        if (redirections > 0) await sleep(REDIRECTION_PAUSE);
        await this.#look();
      }
    }
  }

  /** Asks the nodes which one has which slots. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    const answers = this.#readyNodes.map(async ({ place, link }) => {
      const ranges = (await link.command(["CLUSTER", "SLOTS"], "")) as SlotRange[];
      return { ranges, asked: place.host };
    });
    try {
      // All are asked, since one may be halted.
      const { ranges, asked } = await Promise.any(answers);
      if (!this.#closed) this.#take(ranges, asked);
    } catch {
      // None is there. That one is back is told.
    }
  }

  #take(ranges: readonly SlotRange[], asked: string): void {
    const owners = new Array<string | undefined>(SLOTS);
    const places = new Map<string, NodePlace>();
    for (const [first, last, [host, port]] of ranges) {
      // A node that does not know its own address leaves it out.
      const place = { host: host?.toString() || asked, port: Number(port) };
      const address = `${place.host}:${place.port}`;
      places.set(address, place);
      owners.fill(address, first, last + 1);
    }
    const before = this.#owners;
    this.#owners = owners;
    for (const place of places.values()) this.#add(place);
    for (const [address, { link }] of this.#nodes) {
      if (places.has(address)) continue;
      this.#nodes.delete(address);
      link.close();
    }
    const hasMoved = (channel: string) => {
      const slot = slotOf(channel);
      return before[slot] !== undefined && before[slot] !== owners[slot];
    };
    if (this.#begun) this.#events.up(hasMoved);
  }
}

function redisGone(why: string): WebSocketError {
  return new WebSocketError("BROKER_GONE", `Redis is away: ${why}`);
}

/** The first and the last slot of a range, and the nodes that have it, the master first. */
type SlotRange = readonly [
  first: number,
  last: number,
  master: readonly [host: Buffer | null, port: number],
];
