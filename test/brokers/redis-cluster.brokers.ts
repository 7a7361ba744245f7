import { Cluster } from "ioredis";
import { createCluster } from "redis";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type RedisBrokerOptions, redisBroker } from "../../src/topics/broker/redis/redis.ts";
import { brokerTests } from "../../src/topics/broker-tests.ts";
import { RedisCluster } from "./redis-cluster.ts";

/** The cluster clients of the two packages. */
const CLIENTS = {
  redis: (ports: readonly number[]) => {
    const socket = { host: "127.0.0.1", reconnectStrategy: () => 20 };
    const rootNodes = ports.map((port) => ({ socket: { ...socket, port } }));
    return createCluster({ rootNodes, defaults: { socket } });
  },
  ioredis: (ports: readonly number[]) => {
    const nodes = ports.map((port) => ({ host: "127.0.0.1", port }));
    return new Cluster(nodes, { lazyConnect: true });
  },
};

const WAYS: Record<string, Omit<RedisBrokerOptions, "client">> = {
  "publish and subscribe": {},
  "sharded channels": { sharded: true },
  history: { history: true },
  "history on sharded channels": { history: { size: 5000 }, sharded: true },
};

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await RedisCluster.start();
  return () => cluster.remove();
});

for (const [packageName, client] of Object.entries(CLIENTS)) {
  for (const [way, options] of Object.entries(WAYS)) {
    describe(`a broker by the cluster client of ${packageName}, with ${way}`, () => {
      const prefix = `${packageName} ${way}:`;
      const isKept = options.history !== undefined;
      /** The node with the topic that the test of a killed engine is about. */
      const killed = () => cluster.ownerOf(isKept ? `${prefix}{kept}` : `${prefix}kept`);

      for (const test of brokerTests) {
        it(test.name, async () => {
          await test.run({
            open: () => redisBroker({ client: client(cluster.ports), prefix, ...options }),
            stop: () => killed().kill(),
            start: () => killed().start(),
          });
        });
      }
    });
  }

  it(`a broker by the cluster client of ${packageName} follows a slot to another node`, async () => {
    const prefix = `${packageName} moves:`;
    const open = () => {
      const broker = redisBroker({ client: client(cluster.ports), prefix, sharded: true });
      const [texts, gaps]: [string[], string[]] = [[], []];
      broker.onMessage((_, message) => texts.push(Buffer.from(message).toString()));
      broker.onGap?.((topic) => gaps.push(topic));
      onTestFinished(() => broker.close());
      return { broker, texts, gaps };
    };
    const [here, there] = [open(), open()];
    await there.broker.subscribe("x");
    await here.broker.publish("x", Buffer.from("before"));
    await expect.poll(() => there.texts).toEqual(["before"]);
    await cluster.move(`${prefix}x`);
    await expect.poll(() => there.gaps, { timeout: 10_000 }).toEqual(["x"]);
    await here.broker.publish("x", Buffer.from("after"));
    await expect.poll(() => there.texts).toEqual(["before", "after"]);
  });
}
