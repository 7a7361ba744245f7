import { describe, expect, it } from "vitest";
import { type Connection, Server, type ServerOptions, type TopicGap } from "../../src/index.ts";
import { deferred, serve, until } from "../served.ts";
import { MemoryEngine } from "./memory-broker.ts";

/** Two servers with one engine, each with so many connections. */
async function fleet(count = 1, options: ServerOptions = {}) {
  const engine = new MemoryEngine();
  const start = async () => {
    const broker = engine.broker();
    const gaps: TopicGap[] = [];
    const onTopicGap = (gap: TopicGap) => void gaps.push(gap);
    const served = await serve({}, { broker, onTopicGap, ...options });
    const peers = [];
    for (let i = 0; i < count; i++) peers.push(await served.open());
    const sockets = [...served.server.connections] as Connection[];
    return { ...served, broker, gaps, peers, peer: peers[0]!, sockets, ws: sockets[0]! };
  };
  return { engine, here: await start(), there: await start() };
}

describe("topics over several processes", () => {
  it("bring text as text and bytes as they are, once to each", async () => {
    const { here, there } = await fleet(2);
    for (const ws of [...here.sockets, ...there.sockets]) await ws.subscribe("room");
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    expect(here.server.publish("room", "grüße")).toBe(2);
    here.server.publish("room", bytes);
    here.ws.publish("room", "from one");
    here.server.publish("room", "{}", { except: there.ws });
    for (const [i, peer] of [...here.peers, ...there.peers].entries()) {
      expect(await peer.readText()).toBe("grüße");
      expect((await peer.readFrame()).payload).toEqual(bytes);
      if (i > 0) expect(await peer.readText()).toBe("from one");
      expect(await peer.readText()).toBe("{}");
    }
  });

  it("are one subscription at the engine for all connections of a process", async () => {
    const { here } = await fleet(3);
    for (const ws of here.sockets) {
      await ws.subscribe("a");
      await ws.subscribe("b");
    }
    here.sockets[0]!.unsubscribe("a");
    here.sockets[1]!.unsubscribe("a");
    expect(here.broker.calls).toEqual(["+a", "+b"]);
    for (const peer of here.peers) peer.destroy();
    await until(() => here.broker.calls.length === 4);
    expect(here.broker.calls.slice(2).sort()).toEqual(["-a", "-b"]);
  });

  it("can be published to by a process that is not subscribed", async () => {
    const { here, there } = await fleet();
    await there.ws.subscribe("room");
    expect(here.server.publish("room", "hello")).toBe(0);
    expect(await there.peer.readText()).toBe("hello");
    expect(here.broker.calls).toEqual([]);
  });

  it("say compress to the other processes, too", async () => {
    const { engine, here } = await fleet();
    for (const compress of [true, false]) here.server.publish("x", "y", { compress });
    here.server.publish("x", "y");
    await until(() => engine.published.length === 3);
    expect(engine.published.map(({ message }) => message[0])).toEqual([0x13, 0x15, 0x11]);
  });

  it("tell of gaps, where there are subscribers", async () => {
    const { here } = await fleet();
    here.broker.gap!("room", "the engine was away");
    expect(here.gaps).toEqual([]);
    await here.ws.subscribe("room");
    here.broker.gap!("room", "the engine was away");
    expect(here.gaps).toEqual([
      { topic: "room", reason: "the engine was away", subscribers: new Set([here.ws]) },
    ]);
  });

  it("survive an engine that is away, and tell the others what was lost", async () => {
    const { engine, here, there } = await fleet();
    await here.ws.subscribe("room");
    await there.ws.subscribe("room");
    engine.away = true;
    for (const text of ["1", "2"]) here.server.publish("room", text);
    await until(() => here.errors.length > 0);
    engine.away = false;
    here.server.publish("room", "3");
    await until(() => there.gaps.length > 0);
    for (const text of ["1", "2", "3"]) expect(await here.peer.readText()).toBe(text);
    expect(await there.peer.readText()).toBe("3");
    expect(here.errors.map(String)).toEqual(["Error: the engine is away"]);
    expect(there.gaps).toMatchObject([{ topic: "room", reason: /could not hand messages/ }]);
    expect(here.gaps).toEqual([]);
  });

  it("hold no more than maxBrokerBuffer for an engine that takes nothing", async () => {
    const { engine, here, there } = await fleet(1, { maxBrokerBuffer: 1000 });
    await there.ws.subscribe("room");
    const halted = deferred();
    here.broker.slow = halted.promise;
    for (let i = 0; i < 100; i++) here.server.publish("room", "x".repeat(91));
    await until(() => here.errors.length > 0);
    expect(here.errors).toMatchObject([{ code: "BROKER_BUFFER_FULL" }]);
    halted.resolve();
    here.broker.slow = undefined;
    await until(() => there.gaps.length > 0);
    expect(engine.published.filter(({ message }) => message.length === 100)).toHaveLength(10);
    here.server.publish("room", "again");
    for (let i = 0; i < 10; i++) expect(await there.peer.readText()).toBe("x".repeat(91));
    expect(await there.peer.readText()).toBe("again");
  });

  it("take a message that is larger than maxBrokerBuffer when nothing waits", async () => {
    const { here, there } = await fleet(1, { maxBrokerBuffer: 10 });
    await there.ws.subscribe("room");
    here.server.publish("room", "x".repeat(1000));
    expect(await there.peer.readText()).toBe("x".repeat(1000));
  });

  it("report what is no message of theirs, and send nothing of it", async () => {
    const { here } = await fleet();
    await here.ws.subscribe("room");
    here.broker.inject("room", Buffer.from("not ours at all"));
    const badText = Buffer.concat([Buffer.of(0x11), Buffer.alloc(8), Buffer.of(0xff)]);
    here.broker.inject("room", badText);
    here.broker.error!(new Error("from the engine"));
    expect(here.errors).toMatchObject([
      { code: "BROKER_MESSAGE_INVALID" },
      { code: "INVALID_ARGUMENT" },
      { message: "from the engine" },
    ]);
    here.ws.send("end");
    expect(await here.peer.readText()).toBe("end");
  });

  it("say who could not subscribe", async () => {
    const { engine, here, there } = await fleet();
    engine.away = true;
    await expect(here.ws.subscribe("room")).rejects.toThrow("the engine is away");
    expect(here.errors.map(String)).toEqual(["Error: the engine is away"]);
    expect(here.gaps).toMatchObject([{ topic: "room" }]);
    expect(here.ws.topics).toEqual(["room"]);
    engine.away = false;
    await here.ws.subscribe("room");
    there.server.publish("room", "now");
    expect(await here.peer.readText()).toBe("now");
  });

  it("have a history only where the broker has one", async () => {
    const { here } = await fleet();
    await expect(here.server.history("room")).rejects.toThrow(/no broker with a history/);
    const limit = { limit: 0 };
    await expect(here.server.history("room", limit)).rejects.toThrow(/limit is a whole number/);
  });

  it("end with the server", async () => {
    const broker = new MemoryEngine().broker();
    const server = new Server({ broker });
    await server.shutdown();
    expect(broker.closed).toBe(true);
    expect(server.publish("x", "y")).toBe(0);
    await new Promise((resolve) => setImmediate(resolve));
  });
});
