/**
 * Topics over all processes that use the same NATS.
 *
 * @module
 */

import { ArgumentError } from "../../../errors.ts";
import { checkLimit, checkOptionNames } from "../../../options/checks.ts";
import type { Broker } from "../../broker.ts";
import { NatsChannels } from "./channels.ts";
import type { NatsConnection } from "./connection.ts";
import { NatsStreams } from "./streams.ts";

export type { Broker, BrokerHistory, HistoryMessage, HistoryPage, Position } from "../../broker.ts";
export type { NatsConnection, NatsMessage, NatsSubscription } from "./connection.ts";

/** How much JetStream remembers of topics. */
export interface NatsHistoryOptions {
  /** Most messages that are kept of a topic. Default 1,000. */
  readonly size?: number;
  /** Milliseconds that each message is kept, at least 100. Default 300,000. */
  readonly age?: number;
}

/** Options of {@link natsBroker}. */
export interface NatsBrokerOptions {
  /**
   * An open connection of the package `@nats-io/transport-node` or `nats`. The broker leaves it open when it is
   * closed. It should connect again without end (`maxReconnectAttempts: -1`).
   */
  readonly connection: NatsConnection;
  /** What all subjects begin with; a dot and the name of the topic follow. Default `"barewire"`. */
  readonly prefix?: string;
  /**
   * Keeps the last messages of topics in a stream of JetStream, see {@link Broker.history}. Default: nothing is kept.
   */
  readonly history?: NatsHistoryOptions | boolean;
}

const PREFIX = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/;

/** Milliseconds. JetStream takes no shorter one. */
const SHORTEST_AGE = 100;

const CONNECTION_FUNCTIONS = [
  "publish",
  "subscribe",
  "request",
  "flush",
  "status",
  "closed",
] as const;

/**
 * A broker for servers that have NATS in common. Without `history` a message is lost for those whose connection to NATS
 * is away, which the server's `onTopicGap` is told; with it, what was missed is fetched once the connection is
 * back.
 *
 * @throws ArgumentError
 */
export function natsBroker(options: NatsBrokerOptions): Broker {
  checkOptionNames("natsBroker", options, ["connection", "prefix", "history"]);
  const { connection, prefix = "barewire", history = false } = options;
  for (const name of CONNECTION_FUNCTIONS) {
    if (typeof (connection as NatsConnection | null)?.[name] === "function") continue;
    throw new ArgumentError(
      "connection is what connect() of @nats-io/transport-node or of nats resolves with",
    );
  }
  if (!PREFIX.test(prefix)) {
    throw new ArgumentError("prefix is one or more words of letters, digits, - and _, with dots");
  }
  if (history === false) return new NatsChannels(connection, prefix);
  if (history !== true) checkOptionNames("history", history, ["size", "age"]);
  const { size = 1000, age = 300_000 } = history === true ? {} : history;
  checkLimit("history.size", size, 1, "messages");
  checkLimit("history.age", age, SHORTEST_AGE, "milliseconds");
  return new NatsStreams(connection, prefix, { size, age });
}
