import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { Server } from "../../src/index.ts";
import { natsBroker } from "../../src/topics/broker/nats/nats.ts";
import type { Broker } from "../../src/topics/broker.ts";
import { brokerTests } from "../../src/topics/broker-tests.ts";
import { Cable } from "./cable.ts";
import { type Engine, natsServer } from "./engine.ts";
import { CLIENTS, connection, type NatsPackage, openBroker } from "./nats-clients.ts";

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `${from + i}`);

async function publish(broker: Broker, topic: string, texts: readonly string[]): Promise<void> {
  await Promise.all(texts.map((text) => broker.publish(topic, Buffer.from(text))));
}

/** Each test has a stream of its own. */
const newPrefix = () => `test.${Math.random().toString(36).slice(2)}`;

let engine: Engine;
beforeAll(async () => {
  engine = await natsServer();
  return () => engine.remove();
});

for (const packageName of Object.keys(CLIENTS) as NatsPackage[]) {
  describe(`a broker by ${packageName}, with history`, () => {
    for (const test of brokerTests) {
      it(test.name, async () => {
        const prefix = newPrefix();
        await test.run({
          open: async () =>
            natsBroker({
              connection: await connection(packageName, engine.port),
              history: { size: 5000 },
              prefix,
            }),
          stop: () => engine.kill(),
          start: () => engine.start(),
        });
      });
    }
  });

  describe(`a subscriber by ${packageName} that was cut off`, () => {
    /** Publishes 0 to 9, then 10 to 509 while a subscriber is cut off. */
    const cutOff = async (size: number) => {
      const cable = await Cable.to(engine.port);
      const options = { prefix: newPrefix(), history: { size } };
      const here = await openBroker(packageName, engine.port, options);
      const there = await openBroker(packageName, cable.port, options);
      await there.broker.subscribe("cut");
      await publish(here.broker, "cut", numbers(0, 10));
      await expect.poll(() => there.texts).toEqual(numbers(0, 10));
      cable.cut();
      await publish(here.broker, "elsewhere", numbers(0, 20));
      await publish(here.broker, "cut", numbers(10, 510));
      await cable.mend();
      return { here, there };
    };

    it("with history misses nothing, and gets nothing twice", async () => {
      const { here, there } = await cutOff(1000);
      await publish(here.broker, "cut", numbers(510, 520));
      await expect.poll(() => there.texts.length, { timeout: 20_000 }).toBeGreaterThan(519);
      await sleep(100);
      expect(there.texts).toEqual(numbers(0, 520));
      expect(there.gaps).toEqual([]);
    });

    it("with too little history is told so, and gets what there is", async () => {
      const { there } = await cutOff(100);
      await expect.poll(() => there.texts.at(-1), { timeout: 20_000 }).toBe("509");
      expect(there.texts).toEqual([...numbers(0, 10), ...numbers(410, 510)]);
      expect(there.gaps).toEqual(["cut"]);
    });
  });

  describe(`history by ${packageName}`, () => {
    const reader = (broker: Broker, epoch: string) => async (offset: number, limit: number) => {
      const page = await broker.history!.since("read", { epoch, offset }, limit);
      const texts = page.messages.map(({ message }) => Buffer.from(message).toString());
      return [texts.join(""), page.position.offset, page.complete];
    };

    it("is read from a position on, or says that it cannot be", async () => {
      const options = { prefix: newPrefix(), history: { size: 5 } };
      const { broker } = await openBroker(packageName, engine.port, options);
      const start = await broker.history!.since("read", undefined, 10);
      expect(start).toMatchObject({ messages: [], complete: true, position: { offset: 0 } });
      const { epoch } = start.position;
      const read = reader(broker, epoch);
      expect(await read(0, 10)).toEqual(["", 0, true]);
      for (const text of numbers(0, 4)) await publish(broker, "read", [text]);
      expect(await read(0, 10)).toEqual(["0123", 4, true]);
      expect(await read(1, 2)).toEqual(["12", 3, true]);
      expect(await read(1, Number.POSITIVE_INFINITY)).toEqual(["123", 4, true]);
      expect(await read(4, 10)).toEqual(["", 4, true]);
      expect(await read(2, 0)).toEqual(["", 2, true]);
      expect(await read(5, 10)).toEqual(["", 4, false]);
      expect(await reader(broker, "another epoch")(4, 10)).toEqual(["", 4, false]);
      // Numbers are those of the stream, in which others have theirs.
      await publish(broker, "other", numbers(0, 3));
      expect(await read(2, 10)).toEqual(["23", 7, true]);
      expect(await read(7, 10)).toEqual(["", 7, true]);
      for (const text of numbers(4, 9)) await publish(broker, "read", [text]);
      expect(await read(0, 10)).toEqual(["45678", 12, false]);
      expect(await read(7, 10)).toEqual(["45678", 12, false]);
      expect(await read(8, 10)).toEqual(["5678", 12, true]);
      expect((await broker.history!.since("read", undefined, 10)).position.offset).toBe(12);
    });

    it("forgets what is too old, and says so", async () => {
      const options = { prefix: newPrefix(), history: { age: 100 } };
      const { broker } = await openBroker(packageName, engine.port, options);
      const { position } = await broker.history!.since("read", undefined, 10);
      await publish(broker, "read", ["0"]);
      const read = reader(broker, position.epoch);
      await expect.poll(() => read(0, 10)).toEqual(["", 1, false]);
      expect(await read(1, 10)).toEqual(["", 1, true]);
    });

    it("takes over a stream that is there, with other limits", async () => {
      const prefix = newPrefix();
      const few = await openBroker(packageName, engine.port, { prefix, history: { size: 2 } });
      await publish(few.broker, "read", numbers(0, 3));
      const many = await openBroker(packageName, engine.port, { prefix, history: { size: 10 } });
      const { position } = await many.broker.history!.since("read", undefined, 1);
      await publish(few.broker, "read", numbers(3, 8));
      const read = reader(many.broker, position.epoch);
      expect(await read(3, 10)).toEqual(["34567", 8, true]);
    });

    it("that was deleted begins anew, which subscribers are told", async () => {
      const prefix = newPrefix();
      const options = { prefix, history: true };
      const [here, there] = [
        await openBroker(packageName, engine.port, options),
        await openBroker(packageName, engine.port, options),
      ];
      await there.broker.subscribe("read");
      await publish(here.broker, "read", numbers(0, 5));
      const before = await here.broker.history!.since("read", undefined, 1);
      const admin = await connection(packageName, engine.port);
      const name = prefix.replace(".", "=");
      await admin.request(`$JS.API.STREAM.DELETE.${name}`, "", { timeout: 5000 });
      await publish(here.broker, "read", ["5"]);
      await expect.poll(() => there.gaps, { timeout: 15_000 }).toEqual(["read"]);
      await publish(here.broker, "read", ["6"]);
      await expect.poll(() => there.texts.at(-1)).toBe("6");
      const page = await here.broker.history!.since("read", before.position, 10);
      expect(page).toMatchObject({ messages: [], complete: false });
      expect(page.position.epoch).not.toBe(before.position.epoch);
    });

    it("is a server's: it gives what a client has missed, as it was published", async () => {
      const broker = natsBroker({
        connection: await connection(packageName, engine.port),
        prefix: newPrefix(),
        history: { size: 3 },
      });
      const server = new Server({ broker });
      onTestFinished(async () => void (await server.shutdown({ timeout: 500 })));
      const { position } = await server.history("missed");
      server.publish("missed", "grüße");
      server.publish("missed", Buffer.of(0, 255));
      const missed = () => server.history("missed", { since: position });
      await expect.poll(async () => (await missed()).messages.length).toBe(2);
      const { messages, complete } = await missed();
      expect(messages.map(({ data }) => data)).toEqual(["grüße", Buffer.of(0, 255)]);
      expect(complete).toBe(true);
      for (let i = 0; i < 4; i++) server.publish("missed", `${i}`);
      await expect.poll(async () => (await missed()).complete).toBe(false);
    });

    it("says what is wrong with its options", async () => {
      const made = await connection(packageName, engine.port);
      const open = (history: object) => () => natsBroker({ connection: made, history });
      expect(open({ sise: 1 })).toThrow(/unknown option "sise"/);
      expect(open({ size: 0 })).toThrow(/history.size is a whole number of messages/);
      expect(open({ age: 99 })).toThrow(/history.age is a whole number of milliseconds/);
    });
  });
}
