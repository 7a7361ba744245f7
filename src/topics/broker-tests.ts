/**
 * Tests that a broker of your own has to pass.
 *
 * @module
 */

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Broker } from "./broker.ts";

export type { Broker } from "./broker.ts";

/** An engine for {@link brokerTests} to run with. */
export interface BrokerWorld {
  /** Another broker on the engine, as another process would have it. Closed by the test. */
  open(): Promise<Broker> | Broker;
  /** Takes the engine away, for example by killing it. Left out where it cannot be away. */
  stop?(): Promise<void>;
  /** Brings it back. */
  start?(): Promise<void>;
}

/** One test of a broker. */
export interface BrokerTest {
  /** What is expected, as a sentence about a broker. */
  readonly name: string;
  /** Whether it takes the engine away, which the world must be able to. */
  readonly stopsEngine: boolean;
  /** Rejects with an AssertionError where the broker does not do what is expected. */
  run(world: BrokerWorld): Promise<void>;
}

/** A broker and what it has told. */
interface Watched {
  readonly broker: Broker;
  readonly messages: [topic: string, message: Uint8Array][];
  readonly gaps: string[];
  /** The messages as text. */
  texts(): string[];
}

/** Milliseconds to wait for what must come. */
const PATIENCE = 15_000;
/** Milliseconds in which what must not come would have come. */
const SILENCE = 100;

const TESTS: readonly (readonly [name: string, run: (open: Opener) => Promise<void>])[] = [
  [
    "brings any bytes as they are",
    async (open) => {
      const [here, there] = [await open(), await open()];
      await there.broker.subscribe("bytes");
      const all = Uint8Array.from({ length: 256 }, (_, i) => i);
      const sent = [all, new Uint8Array(), all.subarray(100, 101), new Uint8Array(300_000).fill(7)];
      for (const message of sent) await here.broker.publish("bytes", message);
      await until(() => there.messages.length === sent.length, "all messages come");
      // Not deepStrictEqual, which takes minutes to describe how long buffers differ.
      for (const [i, [, message]] of there.messages.entries()) {
        ok(Buffer.from(message).equals(sent[i]!), `message ${i} is as it was`);
      }
    },
  ],
  [
    "brings a process only what it is subscribed to, under any name",
    async (open) => {
      const [here, there] = [await open(), await open()];
      const names = ["a", "a.b", "a.*", ">", "*", "{a}", "a b", "A", "\r\n", "ü€😀", "__proto__"];
      const long = "n".repeat(256);
      for (const name of [...names, long]) await there.broker.subscribe(name);
      for (const name of ["a.c", "b", "", "{a}b", "ü"]) {
        if (name !== "") await here.broker.publish(name, bytesOf("not subscribed"));
      }
      for (const name of [...names, long]) await here.broker.publish(name, bytesOf(name));
      await until(() => there.messages.length >= names.length + 1, "all messages come");
      await sleep(SILENCE);
      const expected = [...names, long].map((name) => `${name}: ${name}`);
      const received = there.messages.map(([topic, bytes]) => `${topic}: ${Buffer.from(bytes)}`);
      deepStrictEqual(received.sort(), expected.sort());
    },
  ],
  [
    "has subscribed when subscribe() says so, and keeps the order within a topic",
    async (open) => {
      const [here, there] = [await open(), await open()];
      await there.broker.subscribe("order");
      const texts = Array.from({ length: 1000 }, (_, i) => `${i}`);
      await Promise.all(texts.map((text) => here.broker.publish("order", bytesOf(text))));
      await until(() => there.messages.length >= texts.length, "all messages come");
      deepStrictEqual(there.texts(), texts);
    },
  ],
  [
    "brings each message once to each process, however often it has subscribed before",
    async (open) => {
      const [here, there, third] = [await open(), await open(), await open()];
      for (let i = 0; i < 3; i++) {
        await there.broker.subscribe("again");
        await there.broker.unsubscribe("again");
      }
      await there.broker.subscribe("again");
      await third.broker.subscribe("again");
      await here.broker.publish("again", bytesOf("once"));
      await until(() => there.messages.length > 0 && third.messages.length > 0, "it comes");
      await sleep(SILENCE);
      deepStrictEqual([there.texts(), third.texts()], [["once"], ["once"]]);
    },
  ],
  [
    "brings nothing once unsubscribe() has ended",
    async (open) => {
      const [here, there] = [await open(), await open()];
      await there.broker.subscribe("left");
      await there.broker.subscribe("kept");
      await there.broker.unsubscribe("left");
      await here.broker.publish("left", bytesOf("unwanted"));
      await here.broker.publish("kept", bytesOf("wanted"));
      await until(() => there.messages.length > 0, "the other topic goes on");
      await sleep(SILENCE);
      deepStrictEqual(there.texts(), ["wanted"]);
    },
  ],
  [
    "carries a thousand topics",
    async (open) => {
      const [here, there] = [await open(), await open()];
      const names = Array.from({ length: 1000 }, (_, i) => `topic ${i}`);
      await Promise.all(names.map((name) => there.broker.subscribe(name)));
      await Promise.all(names.map((name) => here.broker.publish(name, bytesOf(name))));
      await until(() => there.messages.length >= names.length, "all messages come");
      deepStrictEqual(there.texts().sort(), names.sort());
      await Promise.all(names.map((name) => there.broker.unsubscribe(name)));
    },
  ],
  [
    "is silent once it is closed, and can be closed twice",
    async (open) => {
      const [here, there, third] = [await open(), await open(), await open()];
      await there.broker.subscribe("closed");
      await third.broker.subscribe("closed");
      await there.broker.close();
      await there.broker.close();
      await here.broker.publish("closed", bytesOf("late"));
      await until(() => third.messages.length > 0, "others go on");
      await sleep(SILENCE);
      deepStrictEqual([there.messages, there.gaps], [[], []]);
    },
  ],
];

/** How a test opens brokers. */
type Opener = () => Promise<Watched>;

/**
 * What is expected of every {@link Broker}, for any test runner:
 *
 * ```ts
 * for (const test of brokerTests) {
 *   it(test.name, () => test.run({ open: () => yourBroker({ url }) }));
 * }
 * ```
 */
export const brokerTests: readonly BrokerTest[] = [
  ...TESTS.map(([name, run]) => ({
    name,
    stopsEngine: false,
    run: (world: BrokerWorld) => withBrokers(world, run),
  })),
  {
    name: "comes back with its engine, and says what was missed, if anything",
    stopsEngine: true,
    run: (world) => withBrokers(world, (open) => comesBack(world, open)),
  },
];

async function comesBack(world: BrokerWorld, open: Opener): Promise<void> {
  ok(world.stop !== undefined && world.start !== undefined, "the world has stop() and start()");
  const [here, there] = [await open(), await open()];
  await there.broker.subscribe("kept");
  await here.broker.publish("kept", bytesOf("before"));
  await until(() => there.messages.length === 1, "the first message comes");
  await world.stop();
  let taken = 0;
  const late = here.broker.publish("kept", bytesOf("meanwhile"));
  const told = late.then(
    () => taken++,
    () => {},
  );
  const subscribed = there.broker.subscribe("new");
  subscribed.catch(() => {});
  await sleep(SILENCE);
  await world.start();
  await until(async () => {
    await here.broker.publish("kept", bytesOf("after")).catch(() => {});
    await sleep(20);
    return there.texts().includes("after");
  }, "messages come again");
  await told;
  await subscribed;
  await here.broker.publish("new", bytesOf("on the new topic"));
  await until(() => there.texts().includes("on the new topic"), "the new subscription is made");
  const seen = there.texts().filter((text) => text === "meanwhile").length;
  ok(seen >= taken || there.gaps.includes("kept"), "what was taken has come, or a gap is told");
  if (there.broker.delivery === "at-most-once") {
    ok(seen > 0 || there.gaps.includes("kept"), "a gap is told, as others may have published");
    ok(seen <= 1, "nothing comes twice");
  }
  strictEqual(there.texts().filter((text) => text === "before").length, 1);
}

async function withBrokers(
  world: BrokerWorld,
  run: (open: Opener) => Promise<void>,
): Promise<void> {
  const opened: Broker[] = [];
  const open = async () => {
    const broker = await world.open();
    opened.push(broker);
    return watch(broker);
  };
  try {
    await run(open);
  } finally {
    await Promise.all(opened.map((broker) => broker.close()));
  }
}

function watch(broker: Broker): Watched {
  const messages: [string, Uint8Array][] = [];
  const gaps: string[] = [];
  broker.onMessage((topic, message) => messages.push([topic, message]));
  broker.onGap?.((topic) => gaps.push(topic));
  broker.onError?.(() => {});
  const texts = () => messages.map(([, message]) => Buffer.from(message).toString());
  return { broker, messages, gaps, texts };
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text);
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const end = Date.now() + PATIENCE;
  while (!(await condition())) {
    ok(Date.now() < end, `expected that ${what}`);
    await sleep(5);
  }
}
