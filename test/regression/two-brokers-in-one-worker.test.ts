import { MessageChannel } from "node:worker_threads";
import { expect, it, onTestFinished } from "vitest";
import type { Channel } from "../../src/topics/broker/channel.ts";
import { Relay } from "../../src/topics/broker/relay.ts";
import { RelayedBroker } from "../../src/topics/broker/relayed.ts";
import { channelOver } from "../topics/broker/channel-over.ts";

// Two brokers of a worker share its channel to the primary. Each took the answers to the other for its own, and when
// the one unsubscribed, the other got nothing any more.

function worker(relay: Relay, ...names: string[]) {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => port1.close());
  onTestFinished(relay.add(channelOver(port1)));
  const channel = channelOver(port2);
  return names.map((name) => {
    const broker = new RelayedBroker(channel, name);
    const seen: string[] = [];
    broker.onMessage((topic, message) => seen.push(`${topic} ${Buffer.from(message)}`));
    return { broker, seen };
  });
}

it("two brokers of one worker have no topic in common", async () => {
  const relay = new Relay(1000);
  const [one, two] = worker(relay, "one", "two");
  const [other] = worker(relay, "one");
  await one!.broker.subscribe("x");
  await two!.broker.subscribe("x");
  await two!.broker.unsubscribe("x");
  await other!.broker.publish("x", Buffer.from("still"));
  await expect.poll(() => one!.seen).toEqual(["x still"]);
  expect(two!.seen).toEqual([]);
});

it("a broker has subscribed when its own question is answered, and not that of another", async () => {
  const sent: { id: number }[] = [];
  let answer: (message: unknown) => void = () => {};
  const listeners = new Set<(message: unknown) => void>();
  const channel: Channel = {
    send: (message, onSent) => {
      sent.push(message as { id: number });
      onSent(null);
    },
    listen: (onMessage) => {
      listeners.add(onMessage);
      answer = (message) => {
        for (const listener of listeners) listener(message);
      };
      return () => listeners.delete(onMessage);
    },
  };
  const [one, two] = [new RelayedBroker(channel, "one"), new RelayedBroker(channel, "two")];
  const done: string[] = [];
  const both = [
    one.subscribe("x").then(() => done.push("one")),
    two.subscribe("x").then(() => done.push("two")),
  ];
  answer({ barewire: "done", id: sent[1]!.id });
  await both[1];
  expect(done).toEqual(["two"]);
  answer({ barewire: "done", id: sent[0]!.id });
  await both[0];
  expect(done).toEqual(["two", "one"]);
});
