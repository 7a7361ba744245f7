import { connect } from "@nats-io/transport-node";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { natsBroker } from "../../src/topics/broker/nats/nats.ts";
import { redisBroker } from "../../src/topics/broker/redis/redis.ts";
import type { Broker } from "../../src/topics/broker.ts";

/** By the package that is brought: a broker on the engine at a port of this machine. */
const BROKERS: Readonly<Record<string, (port: number) => Promise<Broker>>> = {
  redis: async (port) => {
    const socket = { host: "127.0.0.1", port, reconnectStrategy: () => 20 };
    return redisBroker({ client: createClient({ socket }) });
  },
  ioredis: async (port) => {
    const options = { lazyConnect: true, retryStrategy: () => 20 };
    return redisBroker({ client: new Redis(port, "127.0.0.1", options), sharded: true });
  },
  "@nats-io/transport-node": async (port) => {
    const servers = `127.0.0.1:${port}`;
    const connection = await connect({ servers, maxReconnectAttempts: -1, reconnectTimeWait: 20 });
    const broker = natsBroker({ connection });
    const close = broker.close.bind(broker);
    broker.close = async () => {
      await close();
      await connection.close();
    };
    return broker;
  },
};

/** What {@link brokerOf} knows. */
export const PACKAGES = Object.keys(BROKERS);

export function brokerOf(packageName: string, port: number): Promise<Broker> {
  return BROKERS[packageName]!(port);
}
