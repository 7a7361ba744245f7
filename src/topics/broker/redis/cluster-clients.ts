import type { ClusterClient } from "./cluster.ts";
import { type IoRedis, IoRedisLink } from "./ioredis.ts";
import { type NodeRedis, NodeRedisLink } from "./node-redis.ts";

/** What is used of a cluster client of the package `redis`. */
export interface NodeRedisCluster {
  readonly masters: readonly { readonly host: string; readonly port: number }[];
  duplicate(): NodeRedisCluster;
  connect(): Promise<unknown>;
  on(event: string, listener: (error: Error) => void): unknown;
  nodeClient(node: object): Promise<NodeRedis> | NodeRedis;
  destroy(): void;
}

/** What is used of a cluster client of the package `ioredis`. */
export interface IoRedisCluster {
  duplicate(nodes: readonly never[], overrides: object): IoRedisCluster;
  connect(): Promise<unknown>;
  on(event: string, listener: (error: Error) => void): unknown;
  nodes(role: "master"): (IoRedis & { readonly options: { host: string; port: number } })[];
  disconnect(): void;
}

export function nodeRedisCluster(client: NodeRedisCluster, sharded: boolean): ClusterClient {
  return {
    async discover() {
      const cluster = client.duplicate();
      cluster.on("error", () => {});
      try {
        await cluster.connect();
        const places = cluster.masters.map(({ host, port }) => ({ host, port }));
        const one = await cluster.nodeClient(cluster.masters[0]!);
        const { socket } = one.options ?? {};
        return {
          places,
          linkTo: (place) => {
            return new NodeRedisLink(one.duplicate({ socket: { ...socket, ...place } }), sharded);
          },
        };
      } finally {
        cluster.destroy();
      }
    },
  };
}

/** Milliseconds until the next attempt to reach a node, which grow with the attempts. */
function retryPause(attempts: number): number {
  return Math.min(attempts * 50, 2000);
}

export function ioRedisCluster(client: IoRedisCluster, sharded: boolean): ClusterClient {
  return {
    async discover() {
      // A cluster that is not well yet is none of its business: it would connect again, and know no node meanwhile.
      const cluster = client.duplicate([], { lazyConnect: true, enableReadyCheck: false });
      cluster.on("error", () => {});
      try {
        await cluster.connect();
        const masters = cluster.nodes("master");
        const places = masters.map(({ options: { host, port } }) => ({ host, port }));
        // Nodes of a cluster do not connect again by themselves.
        const others = { lazyConnect: true, retryStrategy: retryPause };
        return {
          places,
          linkTo: (place) =>
            new IoRedisLink(masters[0]!.duplicate({ ...others, ...place }), sharded),
        };
      } finally {
        cluster.disconnect();
      }
    },
  };
}
