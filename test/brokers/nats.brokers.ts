import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { type NatsConnection, natsBroker } from "../../src/topics/broker/nats/nats.ts";
import { brokerTests } from "../../src/topics/broker-tests.ts";
import { type Engine, natsServer } from "./engine.ts";
import { CLIENTS } from "./nats-clients.ts";

for (const [packageName, connect] of Object.entries(CLIENTS)) {
  describe(`a broker by ${packageName}`, () => {
    let engine: Engine;
    let connections: (NatsConnection & { close(): Promise<void> })[] = [];
    beforeAll(async () => {
      engine = await natsServer();
      return () => engine.remove();
    });
    afterEach(async () => {
      await Promise.all(connections.map((connection) => connection.close()));
      connections = [];
    });
    const open = async () => {
      const connection = await connect({
        servers: `127.0.0.1:${engine.port}`,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 20,
      });
      connections.push(connection);
      return natsBroker({ connection });
    };

    for (const test of brokerTests) {
      it(test.name, async () => {
        await test.run({ open, stop: () => engine.kill(), start: () => engine.start() });
      });
    }

    it("says that the connection was closed", async () => {
      const broker = await open();
      const [gaps, errors]: [string[], unknown[]] = [[], []];
      broker.onMessage(() => {});
      broker.onGap?.((topic) => gaps.push(topic));
      broker.onError?.((error) => errors.push(error));
      await broker.subscribe("x");
      await connections[0]!.close();
      await expect.poll(() => gaps).toEqual(["x"]);
      expect(errors).toMatchObject([{ code: "BROKER_GONE" }]);
      await expect(broker.publish("x", Buffer.of())).rejects.toThrow("NATS is away");
      await expect(broker.subscribe("y")).rejects.toThrow("NATS is away");
      await broker.close();
    });
  });
}
