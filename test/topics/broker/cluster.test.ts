import { MessageChannel, type MessagePort } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { connect } from "../../../src/index.ts";
import { clusterBroker, relayCluster } from "../../../src/topics/broker/cluster.ts";
import { Relay } from "../../../src/topics/broker/relay.ts";
import { RelayedBroker } from "../../../src/topics/broker/relayed.ts";
import { brokerTests } from "../../../src/topics/broker-tests.ts";
import { MemoryEngine } from "../memory-broker.ts";
import { channelOver } from "./channel-over.ts";
import { startCluster } from "./started-cluster.ts";

function relayed(relay: Relay): { broker: RelayedBroker; port: MessagePort } {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  const stop = relay.add(channelOver(port1));
  onTestFinished(stop);
  return { broker: new RelayedBroker(channelOver(port2), "barewire"), port: port2 };
}

describe("a broker inside the process, by which the tests of brokers are tested", () => {
  for (const test of brokerTests.filter(({ stopsEngine }) => !stopsEngine)) {
    it(test.name, async () => {
      const engine = new MemoryEngine();
      await test.run({ open: () => engine.broker() });
    });
  }

  it("fails where it brings a message twice", async () => {
    const test = brokerTests.find(({ name }) => name.includes("once to each process"))!;
    const engine = new MemoryEngine();
    const open = () => {
      const broker = engine.broker();
      const { publish } = broker;
      broker.publish = async (topic, message) => {
        await publish.call(broker, topic, message);
        await publish.call(broker, topic, message);
      };
      return broker;
    };
    await expect(test.run({ open })).rejects.toThrow(/strictly deep-equal/);
  });
});

describe("a broker between threads", () => {
  for (const test of brokerTests.filter(({ stopsEngine }) => !stopsEngine)) {
    it(test.name, () => test.run({ open: () => clusterBroker({ name: test.name }) }));
  }

  it("has no topic in common with one of another name", async () => {
    const [here, there] = [clusterBroker({ name: "one" }), clusterBroker({ name: "two" })];
    const seen: string[] = [];
    here.onMessage((topic) => seen.push(topic));
    await here.subscribe("x");
    await there.publish("x", Buffer.from("y"));
    await clusterBroker({ name: "one" }).publish("x", Buffer.from("z"));
    await expect.poll(() => seen).toEqual(["x"]);
    await here.close();
  });
});

describe("a broker whose primary passes messages on", () => {
  for (const test of brokerTests.filter(({ stopsEngine }) => !stopsEngine)) {
    it(test.name, async () => {
      const relay = new Relay(16 * 1024 * 1024);
      await test.run({ open: () => relayed(relay).broker });
    });
  }

  it("tells a worker that does not keep up of what it has missed", async () => {
    const relay = new Relay(1000);
    let release: (() => void)[] = [];
    const { port1, port2 } = new MessageChannel();
    const channel = channelOver(port1);
    const stop = relay.add({
      ...channel,
      send: (message, onSent) => {
        port1.postMessage(message);
        release.push(() => onSent(null));
      },
    });
    onTestFinished(() => {
      stop();
      port1.close();
    });
    const slow = new RelayedBroker(channelOver(port2), "barewire");
    const [messages, gaps]: [string[], string[]] = [[], []];
    slow.onMessage((_, message) => messages.push(Buffer.from(message).toString()));
    slow.onGap((topic) => gaps.push(topic));
    await slow.subscribe("x");
    const { broker } = relayed(relay);
    for (let i = 0; i < 5; i++) await broker.publish("x", Buffer.from(`${i}`.repeat(400)));
    await expect.poll(() => messages).toEqual(["0".repeat(400), "1".repeat(400)]);
    // Until the relay has seen the other three.
    await broker.subscribe("y");
    const waiting = release;
    release = [];
    for (const sent of waiting) sent();
    await expect.poll(() => gaps).toEqual(["x"]);
    await broker.publish("x", Buffer.from("again"));
    await expect.poll(() => messages.at(-1)).toBe("again");
  });

  it("rejects and tells of a gap when the channel is closed", async () => {
    const { broker, port } = relayed(new Relay(1000));
    const gaps: string[] = [];
    broker.onMessage(() => {});
    broker.onGap((topic) => gaps.push(topic));
    await broker.subscribe("x");
    const waiting = broker.subscribe("y");
    port.close();
    await expect(waiting).rejects.toMatchObject({ code: "BROKER_GONE" });
    expect(gaps.sort()).toEqual(["x", "y"]);
  });
});

describe("relayCluster", () => {
  it("says what is wrong", () => {
    expect(() => relayCluster({ most: 1 } as never)).toThrow(/unknown option "most"/);
    expect(() => relayCluster({ maxWaiting: 0 })).toThrow(/maxWaiting is a whole number of bytes/);
    expect(() => clusterBroker({ nam: "x" } as never)).toThrow(/unknown option "nam"/);
    expect(() => clusterBroker({ name: 1 } as never)).toThrow(/name is a text/);
  });

  it("joins real workers, one of which may die", async () => {
    const ports = await startCluster(new URL("cluster-primary.ts", import.meta.url), 3);
    const open = (port: number) => connect(`ws://127.0.0.1:${port}/`);
    const [first, second, third] = await Promise.all(ports.map(open));
    await Promise.all([first!, second!, third!].map((ws) => ws.receive()));
    await first!.send("hello");
    expect([await second!.receive(), await third!.receive()]).toEqual(["hello", "hello"]);
    await second!.send(Buffer.of(0, 255));
    expect([await first!.receive(), await third!.receive()]).toEqual(
      Array(2).fill(Buffer.of(0, 255)),
    );
    await third!.send("die");
    await third!.closed;
    await first!.send("still there");
    expect(await second!.receive()).toBe("still there");
    await Promise.all([first!.close(), second!.close()]);
  });
});
