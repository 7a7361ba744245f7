/**
 * Topics over the processes of `node:cluster`, or the threads of one process.
 *
 * @module
 */

import cluster, { type Worker } from "node:cluster";
import { isMainThread } from "node:worker_threads";
import { ArgumentError } from "../../errors.ts";
import { checkLimit, checkOptionNames } from "../../options/checks.ts";
import type { Broker } from "../broker.ts";
import type { Channel } from "./channel.ts";
import { Relay } from "./relay.ts";
import { RelayedBroker } from "./relayed.ts";
import { ThreadsBroker } from "./threads.ts";

export type { Broker } from "../broker.ts";

/** Options of {@link clusterBroker}. */
export interface ClusterBrokerOptions {
  /** Keeps the topics of several brokers in one process apart, for example of two servers. Default `"barewire"`. */
  readonly name?: string;
}

/** Options of {@link relayCluster}. */
export interface RelayOptions {
  /** Most bytes that wait for one worker that does not keep up; it misses what comes then. Default 16 MiB. */
  readonly maxWaiting?: number;
}

/**
 * A broker for the processes of one machine, with nothing to install: between the workers of `node:cluster`, whose
 * primary calls {@link relayCluster}, and anywhere else between the threads of one process.
 *
 * @throws ArgumentError for unknown options
 */
export function clusterBroker(options: ClusterBrokerOptions = {}): Broker {
  checkOptionNames("clusterBroker", options, ["name"]);
  const { name = "barewire" } = options;
  if (typeof name !== "string") throw new ArgumentError("name is a text");
  if (cluster.isWorker && isMainThread) return new RelayedBroker(processChannel(), name);
  return new ThreadsBroker(name);
}

/**
 * Has the primary of `node:cluster` pass on what its workers publish, those that it forks from now on. Their
 * channel then carries bytes as they are (`serialization: "advanced"`), also for messages of your own.
 *
 * ```ts
 * import cluster from "node:cluster";
 * import { relayCluster } from "barewire/broker/cluster";
 *
 * relayCluster();
 * for (let i = 0; i < 4; i++) cluster.fork();
 * ```
 *
 * @returns stops it
 * @throws ArgumentError in a worker, where there are workers already, and for unknown options
 */
export function relayCluster(options: RelayOptions = {}): () => void {
  checkOptionNames("relayCluster", options, ["maxWaiting"]);
  const most = options.maxWaiting ?? 16 * 1024 * 1024;
  const relay = new Relay(checkLimit("maxWaiting", most, 1, "bytes"));
  if (!cluster.isPrimary) throw new ArgumentError("relayCluster is for the primary of a cluster");
  if (Object.keys(cluster.workers ?? {}).length > 0) {
    throw new ArgumentError("call relayCluster before the first worker is forked");
  }
  cluster.setupPrimary({ serialization: "advanced" });
  const stops = new Set<() => void>();
  const onFork = (worker: Worker) => {
    const stop = relay.add(channelOf(worker));
    stops.add(stop);
    worker.once("exit", () => {
      stop();
      stops.delete(stop);
    });
  };
  cluster.on("fork", onFork);
  return () => {
    cluster.off("fork", onFork);
    for (const stop of stops) stop();
  };
}

/** A worker, as the primary has it. */
function channelOf(worker: Worker): Channel {
  return {
    send: (message, onSent) => {
      if (!worker.isConnected()) onSent(new Error("the worker has gone"));
      else worker.send(message, undefined, onSent);
    },
    listen: (onMessage, onClosed) => {
      worker.on("message", onMessage);
      worker.on("disconnect", onClosed);
      return () => {
        worker.off("message", onMessage);
        worker.off("disconnect", onClosed);
      };
    },
  };
}

/** The primary, as a worker has it. */
function processChannel(): Channel {
  return {
    send: (message, onSent) => {
      if (!process.connected) onSent(new Error("this worker was disconnected"));
      else process.send?.(message, undefined, undefined, onSent);
    },
    listen: (onMessage, onClosed) => {
      process.on("message", onMessage);
      process.on("disconnect", onClosed);
      return () => {
        process.off("message", onMessage);
        process.off("disconnect", onClosed);
      };
    },
  };
}
