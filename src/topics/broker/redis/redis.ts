/**
 * Topics over all processes that use the same Redis or Valkey.
 *
 * @module
 */

import { ArgumentError } from "../../../errors.ts";
import { checkLimit, checkOptionNames } from "../../../options/checks.ts";
import type { Broker } from "../../broker.ts";
import { RedisChannels } from "./channels.ts";
import { ClusterLink } from "./cluster.ts";
import {
  type IoRedisCluster,
  ioRedisCluster,
  type NodeRedisCluster,
  nodeRedisCluster,
} from "./cluster-clients.ts";
import { type IoRedis, IoRedisLink } from "./ioredis.ts";
import type { RedisLink } from "./link.ts";
import { type NodeRedis, NodeRedisLink } from "./node-redis.ts";
import { RedisStreams } from "./streams.ts";

export type { Broker, BrokerHistory, HistoryMessage, HistoryPage, Position } from "../../broker.ts";

/** How much a topic remembers. */
export interface RedisHistoryOptions {
  /** Most messages that are kept of a topic. Default 1,000. */
  readonly size?: number;
  /** Milliseconds that they are kept after the last one. Default 300,000. */
  readonly age?: number;
}

/** Options of {@link redisBroker}. */
export interface RedisBrokerOptions {
  /**
   * A client of the package `redis` (5) or `ioredis`, or a cluster client of one of them. It is only copied: the
   * broker makes two connections like it, to each node of a cluster, and closes them. It leaves this client
   * alone, which need not be connected.
   */
  readonly client: { duplicate(...overrides: never[]): unknown };
  /** What the names of all channels and keys begin with. Default `"barewire:"`. */
  readonly prefix?: string;
  /** Whether to use sharded channels (`SPUBLISH`), from Redis 7 on. Default false. */
  readonly sharded?: boolean;
  /** Keeps the last messages of each topic in a stream, see {@link Broker.history}. Default: nothing is kept. */
  readonly history?: RedisHistoryOptions | boolean;
}

/**
 * A broker for servers that have a Redis in common. Without `history` a message is lost for those whose
 * connection to Redis is away, which the server's `onTopicGap` is told; with it, what was missed is fetched once
 * the connection is back.
 *
 * @throws ArgumentError
 */
export function redisBroker(options: RedisBrokerOptions): Broker {
  checkOptionNames("redisBroker", options, ["client", "prefix", "sharded", "history"]);
  const { client, prefix = "barewire:", sharded = false, history = false } = options;
  if (typeof prefix !== "string") throw new ArgumentError("prefix is a text");
  if (typeof sharded !== "boolean") throw new ArgumentError("sharded is neither true nor false");
  const link = linkFor(client, sharded);
  if (history === false) return new RedisChannels(link, prefix, sharded);
  const { size = 1000, age = 300_000 } = historyOptions(history);
  checkLimit("history.size", size, 1, "messages");
  checkLimit("history.age", age, 1, "milliseconds");
  return new RedisStreams(link, prefix, sharded, { size, age });
}

function historyOptions(history: RedisHistoryOptions | true): RedisHistoryOptions {
  if (history === true) return {};
  checkOptionNames("history", history, ["size", "age"]);
  return history;
}

function linkFor(client: unknown, sharded: boolean): RedisLink {
  const known = client as Record<string, unknown> | null | undefined;
  const has = (name: string) => typeof known?.[name] === "function";
  if (has("duplicate") && has("nodeClient")) {
    return new ClusterLink(nodeRedisCluster(client as NodeRedisCluster, sharded));
  }
  if (has("duplicate") && has("nodes")) {
    return new ClusterLink(ioRedisCluster(client as IoRedisCluster, sharded));
  }
  if (has("duplicate") && has("callBuffer")) return new IoRedisLink(client as IoRedis, sharded);
  if (has("duplicate") && has("sendCommand") && "isReady" in known!) {
    return new NodeRedisLink(client as NodeRedis, sharded);
  }
  throw new ArgumentError("client is a client of the package redis (5) or ioredis");
}
