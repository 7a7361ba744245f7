import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { connect, Server, type TopicGap } from "../../src/index.ts";
import { type RedisBrokerOptions, redisBroker } from "../../src/topics/broker/redis/redis.ts";
import { Cable } from "./cable.ts";
import { type Engine, redisServer } from "./engine.ts";
import { listened } from "./listened.ts";

const CLIENTS = {
  redis: (port: number) =>
    createClient({ socket: { host: "127.0.0.1", port, reconnectStrategy: () => 20 } }),
  ioredis: (port: number) =>
    new Redis(port, "127.0.0.1", { lazyConnect: true, retryStrategy: () => 20 }),
};

let engine: Engine;
beforeAll(async () => {
  engine = await redisServer(false);
  return () => engine.remove();
});

for (const [packageName, client] of Object.entries(CLIENTS)) {
  const open = (port: number, options: Omit<RedisBrokerOptions, "client">) =>
    listened(redisBroker({ client: client(port), ...options }));
  const numbers = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `${from + i}`);

  /** Publishes 0 to 9, then 10 to 509 while a subscriber is cut off, then 510 until that has come. */
  const cutOff = async (options: Omit<RedisBrokerOptions, "client">) => {
    const cable = await Cable.to(engine.port);
    const here = open(engine.port, options);
    const there = open(cable.port, options);
    const topic = `cut off ${Math.random()}`;
    const publish = async (texts: string[]) => {
      await Promise.all(texts.map((text) => here.broker.publish(topic, Buffer.from(text))));
    };
    await there.broker.subscribe(topic);
    await publish(numbers(0, 10));
    await expect.poll(() => there.texts).toEqual(numbers(0, 10));
    cable.cut();
    await publish(numbers(10, 510));
    await cable.mend();
    return { topic, here, there, publish };
  };

  describe(`a subscriber by ${packageName} that was cut off`, () => {
    it("with history misses nothing, and gets nothing twice", async () => {
      const { there, publish } = await cutOff({ history: true });
      await publish(numbers(510, 520));
      await expect.poll(() => there.texts.length, { timeout: 20_000 }).toBeGreaterThan(519);
      await sleep(100);
      expect(there.texts).toEqual(numbers(0, 520));
      expect(there.gaps).toEqual([]);
    });

    it("with too little history is told so, and gets what there is", async () => {
      const { topic, there } = await cutOff({ history: { size: 100 } });
      await expect.poll(() => there.texts.at(-1), { timeout: 20_000 }).toBe("509");
      expect(there.texts).toEqual([...numbers(0, 10), ...numbers(410, 510)]);
      expect(there.gaps).toEqual([topic]);
    });

    it("without history is told so", async () => {
      const { topic, there, publish } = await cutOff({});
      await expect.poll(() => there.gaps, { timeout: 20_000 }).toEqual([topic]);
      await publish(["510"]);
      await expect.poll(() => there.texts).toEqual([...numbers(0, 10), "510"]);
    });
  });

  describe(`history by ${packageName}`, () => {
    it("is read from a position on, or says that it cannot be", async () => {
      const { broker } = open(engine.port, { history: { size: 5 } });
      const topic = `read ${Math.random()}`;
      const { history } = broker;
      const start = await history!.since(topic, undefined, 10);
      expect(start).toMatchObject({ messages: [], complete: true, position: { offset: 0 } });
      for (const text of numbers(0, 4)) await broker.publish(topic, Buffer.from(text));
      const read = async (offset: number, limit: number, epoch = start.position.epoch) => {
        const page = await history!.since(topic, { epoch, offset }, limit);
        const texts = page.messages.map(({ message }) => Buffer.from(message).toString());
        return [texts.join(""), page.position.offset, page.complete];
      };
      expect(await read(0, 10)).toEqual(["0123", 4, true]);
      expect(await read(1, 2)).toEqual(["12", 3, true]);
      expect(await read(2, Number.POSITIVE_INFINITY)).toEqual(["23", 4, true]);
      expect(await read(4, 10)).toEqual(["", 4, true]);
      expect(await read(4, 10, "another epoch")).toEqual(["", 4, false]);
      for (const text of numbers(4, 9)) await broker.publish(topic, Buffer.from(text));
      expect(await read(0, 10)).toEqual(["45678", 9, false]);
      expect(await read(4, 10)).toEqual(["45678", 9, true]);
      expect((await history!.since(topic, undefined, 10)).position.offset).toBe(9);
    });
  });

  describe(`a server with history by ${packageName}`, () => {
    it("gives what a client has missed, as it was published", async () => {
      const broker = redisBroker({ client: client(engine.port), history: { size: 3 } });
      const server = new Server({ broker });
      onTestFinished(async () => void (await server.shutdown({ timeout: 500 })));
      const topic = `missed ${Math.random()}`;
      const { position } = await server.history(topic);
      server.publish(topic, "grüße");
      server.publish(topic, Buffer.of(0, 255));
      await expect
        .poll(async () => (await server.history(topic, { since: position })).messages.length)
        .toBe(2);
      const missed = await server.history(topic, { since: position });
      expect(missed.messages.map(({ data }) => data)).toEqual(["grüße", Buffer.of(0, 255)]);
      expect(missed.complete).toBe(true);
      for (let i = 0; i < 4; i++) server.publish(topic, `${i}`);
      await expect
        .poll(async () => (await server.history(topic, { since: position })).complete)
        .toBe(false);
      const kept = JSON.parse(JSON.stringify(missed.position));
      await expect
        .poll(async () => (await server.history(topic, { since: kept })).position.offset)
        .toBe(6);
      await expect(server.history(topic, { since: { offset: 1 } as never })).rejects.toThrow(
        /since is a position/,
      );
    });
  });

  describe(`servers by ${packageName} whose Redis is halted`, () => {
    it("hold no more than maxBrokerBuffer, and tell of what was lost when it goes on", async () => {
      const gaps: TopicGap[] = [];
      const errors: unknown[] = [];
      const serve = async () => {
        const broker = redisBroker({ client: client(engine.port) });
        const server = new Server({
          broker,
          maxBrokerBuffer: 100_000,
          onTopicGap: (gap) => gaps.push(gap),
          onError: (error) => errors.push(error),
        });
        onTestFinished(async () => void (await server.shutdown({ timeout: 500 })));
        server.handle("/", {
          open: async (ws) => {
            await ws.subscribe("halted");
            ws.send("subscribed");
          },
        });
        const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
        const ws = await connect(url);
        expect(await ws.receive()).toBe("subscribed");
        return { server, ws };
      };
      const [here, there] = [await serve(), await serve()];
      engine.halt();
      onTestFinished(() => engine.goOn());
      const text = "x".repeat(1000);
      for (let i = 0; i < 1000; i++) here.server.publish("halted", text);
      expect(errors).toMatchObject([{ code: "BROKER_BUFFER_FULL" }]);
      for (let i = 0; i < 1000; i++) expect(await here.ws.receive()).toBe(text);
      engine.goOn();
      await expect.poll(() => gaps.length).toBe(1);
      expect(gaps).toMatchObject([{ topic: "halted" }]);
      here.server.publish("halted", "end");
      let received = 0;
      while ((await there.ws.receive()) !== "end") received++;
      expect(received).toBe(Math.floor(100_000 / 1009));
      await Promise.all([here.ws.close(), there.ws.close()]);
    });
  });
}
