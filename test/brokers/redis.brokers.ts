import { Redis } from "ioredis";
import { createClient } from "redis";
import { beforeAll, describe, it } from "vitest";
import { type RedisBrokerOptions, redisBroker } from "../../src/topics/broker/redis/redis.ts";
import { brokerTests } from "../../src/topics/broker-tests.ts";
import { type Engine, redisServer } from "./engine.ts";

/** The two clients that Redis has on Node. */
const CLIENTS = {
  redis: (port: number) => {
    const socket = { host: "127.0.0.1", port, reconnectStrategy: () => 20 };
    return createClient({ socket });
  },
  ioredis: (port: number) =>
    new Redis(port, "127.0.0.1", { lazyConnect: true, retryStrategy: () => 20 }),
};

const WAYS: Record<string, Omit<RedisBrokerOptions, "client">> = {
  "publish and subscribe": {},
  "sharded channels": { sharded: true },
  history: { history: true },
  "history on sharded channels": { history: { size: 5000 }, sharded: true },
};

for (const [packageName, client] of Object.entries(CLIENTS)) {
  for (const [way, options] of Object.entries(WAYS)) {
    describe(`a broker by ${packageName}, with ${way}`, () => {
      let engine: Engine;
      beforeAll(async () => {
        engine = await redisServer(options.history !== undefined);
        return () => engine.remove();
      });

      for (const test of brokerTests) {
        it(test.name, async () => {
          await test.run({
            open: () => redisBroker({ client: client(engine.port), ...options }),
            stop: () => engine.kill(),
            start: () => engine.start(),
          });
        });
      }
    });
  }
}
