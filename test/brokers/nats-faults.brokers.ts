import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { connect, Server, type TopicGap } from "../../src/index.ts";
import { natsBroker } from "../../src/topics/broker/nats/nats.ts";
import { Cable } from "./cable.ts";
import { type Engine, natsServer } from "./engine.ts";
import { CLIENTS, connection, type NatsPackage, openBroker } from "./nats-clients.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await natsServer();
  return () => engine.remove();
});

for (const packageName of Object.keys(CLIENTS) as NatsPackage[]) {
  const open = (port: number) => openBroker(packageName, port);
  /** A server with a client that is subscribed to the topic. */
  const serve = async (port: number, topic: string) => {
    const [gaps, errors]: [TopicGap[], unknown[]] = [[], []];
    const server = new Server({
      broker: natsBroker({ connection: await connection(packageName, port) }),
      maxBrokerBuffer: 100_000,
      onTopicGap: (gap) => gaps.push(gap),
      onError: (error) => errors.push(error),
    });
    onTestFinished(async () => void (await server.shutdown({ timeout: 500 })));
    server.handle("/", {
      open: async (ws) => {
        await ws.subscribe(topic);
        ws.send("subscribed");
      },
    });
    const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
    const ws = await connect(url);
    expect(await ws.receive()).toBe("subscribed");
    return { server, ws, gaps, errors };
  };
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `${from + i}`);

  describe(`a network to NATS that is cut, by ${packageName}`, () => {
    it("has a subscriber miss what was published meanwhile, and told so", async () => {
      const cable = await Cable.to(engine.port);
      const [here, there] = [await open(engine.port), await open(cable.port)];
      const publish = async (texts: string[]) => {
        await Promise.all(texts.map((text) => here.broker.publish("cut", Buffer.from(text))));
      };
      await there.broker.subscribe("cut");
      await publish(numbers(0, 10));
      await expect.poll(() => there.texts).toEqual(numbers(0, 10));
      cable.cut();
      await publish(numbers(10, 510));
      await cable.mend();
      await expect.poll(() => there.gaps, { timeout: 20_000 }).toEqual(["cut"]);
      await publish(["510"]);
      await expect.poll(() => there.texts).toEqual([...numbers(0, 10), "510"]);
    });

    it("has a publisher refuse what it cannot hand over, and hold nothing of it", async () => {
      const cable = await Cable.to(engine.port);
      const [here, there] = [await open(cable.port), await open(engine.port)];
      await there.broker.subscribe("held");
      await here.broker.publish("held", Buffer.from("before"));
      cable.cut();
      const publish = () => here.broker.publish("held", Buffer.from("meanwhile"));
      await expect.poll(() => publish().then(String, String)).toContain("NATS is away");
      const outcomes = await Promise.allSettled(Array.from({ length: 10_000 }, publish));
      expect(outcomes.filter(({ status }) => status === "fulfilled")).toEqual([]);
      await cable.mend();
      await expect
        .poll(() => here.broker.publish("held", Buffer.from("after")).then(String, String))
        .toBe("undefined");
      await expect.poll(() => there.texts.at(-1), { timeout: 20_000 }).toBe("after");
      await sleep(100);
      expect(there.texts.filter((text) => text !== "after")).toEqual(["before"]);
    });

    it("has the servers behind it told of what was lost", async () => {
      const cable = await Cable.to(engine.port);
      const topic = "behind the cut";
      const [here, there] = [await serve(cable.port, topic), await serve(engine.port, topic)];
      cable.cut();
      await expect
        .poll(() => {
          here.server.publish(topic, "meanwhile");
          return here.errors;
        })
        .toMatchObject([{ code: "BROKER_GONE" }]);
      await cable.mend();
      await expect
        .poll(() => {
          here.server.publish(topic, "after");
          return there.gaps.length;
        })
        .toBe(1);
      expect(there.gaps).toMatchObject([{ topic }]);
      expect(here.gaps).toMatchObject([{ topic }]);
      const heard: unknown[] = [];
      here.server.publish(topic, "end");
      for (let text = await there.ws.receive(); text !== "end"; text = await there.ws.receive()) {
        heard.push(text);
      }
      expect(heard.filter((text) => text !== "after")).toEqual([]);
      await Promise.all([here.ws.close(), there.ws.close()]);
    });
  });

  describe(`servers by ${packageName} whose NATS is halted`, () => {
    it("hold no more than maxBrokerBuffer, and tell of what was lost when it goes on", async () => {
      const topic = "halted";
      const [here, there] = [await serve(engine.port, topic), await serve(engine.port, topic)];
      engine.halt();
      onTestFinished(() => engine.goOn());
      const text = "x".repeat(1000);
      for (let i = 0; i < 1000; i++) here.server.publish(topic, text);
      expect(here.errors).toMatchObject([{ code: "BROKER_BUFFER_FULL" }]);
      for (let i = 0; i < 1000; i++) expect(await here.ws.receive()).toBe(text);
      engine.goOn();
      await expect.poll(() => there.gaps.length).toBe(1);
      expect(there.gaps).toMatchObject([{ topic }]);
      here.server.publish(topic, "end");
      let received = 0;
      while ((await there.ws.receive()) !== "end") received++;
      // Each once: as many as fit, and none of the others.
      expect(received).toBe(Math.floor(100_000 / 1009));
      await Promise.all([here.ws.close(), there.ws.close()]);
    });
  });
}
