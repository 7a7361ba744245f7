import { describe, expect, it } from "vitest";
import { type Connection, connect, Server, type ServerOptions } from "../../src/index.ts";
import type { RawPeer } from "../raw-peer.ts";
import { openPair, serve, until } from "../served.ts";

/** So many open connections, each with its client. */
async function pairs(count: number, options: ServerOptions = {}) {
  const served = await serve({}, options);
  const peers: RawPeer[] = [];
  for (let i = 0; i < count; i++) peers.push(await served.open());
  return { ...served, peers, sockets: [...served.server.connections] };
}

describe("a topic", () => {
  it("sends what is published to its subscribers, and to nobody else", async () => {
    const { server, peers, sockets } = await pairs(3);
    sockets[0]!.subscribe("news");
    sockets[1]!.subscribe("news");
    sockets[2]!.subscribe("other");
    expect(server.publish("news", "grüße")).toBe(2);
    expect(server.publish("other", Buffer.of(1, 2))).toBe(1);
    expect(server.publish("nobody is there", "x")).toBe(0);
    server.broadcast("end");
    for (const peer of peers.slice(0, 2)) {
      expect(await peer.readText()).toBe("grüße");
      expect(await peer.readText()).toBe("end");
    }
    expect((await peers[2]!.readFrame()).payload).toEqual(Buffer.of(1, 2));
    expect(await peers[2]!.readText()).toBe("end");
  });

  it("spares the connection that publishes, or another one", async () => {
    const { server, peers, sockets } = await pairs(3);
    for (const ws of sockets) ws.subscribe("room");
    expect(sockets[0]!.publish("room", "from the first")).toBe(2);
    expect(server.publish("room", "not for the second", { except: sockets[1]! })).toBe(2);
    server.broadcast("end");
    const read = async (peer: RawPeer, count: number) => {
      const texts: string[] = [];
      for (let i = 0; i < count; i++) texts.push(await peer.readText());
      return texts;
    };
    expect(await read(peers[0]!, 2)).toEqual(["not for the second", "end"]);
    expect(await read(peers[1]!, 2)).toEqual(["from the first", "end"]);
    expect(await read(peers[2]!, 3)).toEqual(["from the first", "not for the second", "end"]);
  });

  it("can be published to by who is not in it", async () => {
    const { peers, sockets } = await pairs(2);
    sockets[0]!.subscribe("room");
    expect(sockets[1]!.publish("room", "hello")).toBe(1);
    expect(await peers[0]!.readText()).toBe("hello");
  });

  it("is left by unsubscribing, and by the end of the connection", async () => {
    const { server, peers, sockets } = await pairs(2);
    const [first, second] = sockets as [Connection, Connection];
    for (const ws of sockets) {
      ws.subscribe("room");
      ws.subscribe("room");
      ws.subscribe("hall");
    }
    expect(first.topics).toEqual(["room", "hall"]);
    expect([...server.subscribers("room")]).toEqual([first, second]);
    expect(first.unsubscribe("room")).toBe(true);
    expect(first.unsubscribe("room")).toBe(false);
    expect(first.unsubscribe("never heard of")).toBe(false);
    expect(first.topics).toEqual(["hall"]);
    peers[1]!.destroy();
    await second.closed;
    expect(second.topics).toEqual([]);
    expect(server.subscribers("room").size).toBe(0);
    expect([...server.subscribers("hall")]).toEqual([first]);
    expect(() => second.subscribe("room")).toThrow(/cannot subscribe/);
    expect(() => second.publish("room", "x")).toThrow(/cannot publish/);
  });

  it("can have any name", async () => {
    const { server, peers, sockets } = await pairs(1);
    const [ws] = sockets as [Connection];
    for (const name of ["__proto__", "constructor", "toString", "a b", "*", "\0", "grüße"]) {
      expect(server.subscribers(name).size).toBe(0);
      expect(server.publish(name, "too early")).toBe(0);
      ws.subscribe(name);
      server.publish(name, name);
      expect(await peers[0]!.readText()).toBe(name);
      expect(ws.unsubscribe(name)).toBe(true);
    }
    expect(ws.topics).toEqual([]);
  });

  it("sends one write for all of a turn, in order with what goes to one", async () => {
    const { server, peers, sockets } = await pairs(2);
    for (const ws of sockets) ws.subscribe("room");
    server.publish("room", "1");
    sockets[0]!.send("2");
    sockets[0]!.publish("room", "3");
    server.publish("room", "4");
    for (const text of ["1", "2", "4"]) expect(await peers[0]!.readText()).toBe(text);
    for (const text of ["1", "3", "4"]) expect(await peers[1]!.readText()).toBe(text);
  });

  it("keeps its messages apart from those of other topics, with few subscribers and with many", async () => {
    const { server, peers, sockets } = await pairs(9);
    for (const ws of sockets) ws.subscribe("many");
    for (const ws of sockets.slice(0, 2)) ws.subscribe("two");
    sockets[1]!.subscribe("one");
    for (let i = 0; i < 3; i++) {
      for (const topic of ["one", "two", "two", "many"]) server.publish(topic, `${topic} ${i}`);
    }
    const expected = (topics: string[]) =>
      [0, 1, 2].flatMap((i) => topics.map((topic) => `${topic} ${i}`));
    const heard = async (peer: RawPeer, texts: string[]) => {
      for (const text of texts) expect(await peer.readText()).toBe(text);
    };
    await heard(peers[0]!, expected(["two", "two", "many"]));
    await heard(peers[1]!, expected(["one", "two", "two", "many"]));
    await heard(peers[8]!, expected(["many"]));
  });

  it("compresses once for all, or not where that is said", async () => {
    let asked = 0;
    const shouldCompress = () => ++asked > 0;
    const { server, address } = await serve({}, { compression: { threshold: 0, shouldCompress } });
    const clients = [];
    for (let i = 0; i < 3; i++) clients.push(await connect(address.url, { compression: true }));
    for (const ws of server.connections) ws.subscribe("room");
    const long = "again and ".repeat(100);
    server.publish("room", long);
    expect(asked).toBe(1);
    server.publish("room", long, { compress: false });
    expect(asked).toBe(1);
    for (const client of clients) {
      expect(await client.receive()).toBe(long);
      expect(await client.receive()).toBe(long);
      await client.close();
    }
  });

  it("is a matter of the server", async () => {
    const { address } = await openPair();
    const client = await connect(address.url);
    expect(() => client.subscribe("x")).toThrow(/belong to a server/);
    expect(() => client.unsubscribe("x")).toThrow(/belong to a server/);
    expect(() => client.publish("x", "y")).toThrow(/belong to a server/);
    expect(client.topics).toEqual([]);
    await client.close();
  });
});

describe("the limits of topics", () => {
  it("bound the topics of a connection", async () => {
    const { sockets } = await pairs(2, { maxTopics: 2 });
    const [ws, other] = sockets as [Connection, Connection];
    ws.subscribe("a");
    ws.subscribe("b");
    ws.subscribe("b");
    const refused = expect.objectContaining({ code: "TOO_MANY_TOPICS" });
    expect(() => ws.subscribe("c")).toThrow(refused);
    expect(() => ws.subscribe("c")).toThrow(/maxTopics/);
    ws.unsubscribe("a");
    ws.subscribe("c");
    other.subscribe("d");
    expect(ws.topics).toEqual(["b", "c"]);
  });

  it("bound the length of a name, in bytes", async () => {
    const { server, sockets } = await pairs(1, { maxTopicLength: 8 });
    const [ws] = sockets as [Connection];
    ws.subscribe("12345678");
    ws.subscribe("üüüü");
    const refused = expect.objectContaining({ code: "TOPIC_TOO_LONG" });
    for (const name of ["123456789", "üüüü!", "€€€"]) {
      expect(() => ws.subscribe(name)).toThrow(refused);
      expect(() => server.publish(name, "x")).toThrow(/maxTopicLength/);
    }
  });

  it("are told of mistakes", async () => {
    const { server, sockets } = await pairs(1);
    const [ws] = sockets as [Connection];
    for (const name of [undefined, null, 1, "", {}]) {
      expect(() => ws.subscribe(name as string)).toThrow(/the name of a topic is a text; got/);
    }
    for (const name of ["\ud800", `${"x".repeat(200)}\udc00`]) {
      expect(() => ws.subscribe(name)).toThrow(/lone surrogate/);
    }
    expect(() => server.publish("x", 1 as never)).toThrow(/expected a string/);
    expect(() => server.publish("x", "y", { expect: ws } as never)).toThrow(/unknown option/);
    expect(() => server.publish("x", "y", { except: "me" as never })).toThrow(/is a connection/);
    expect(() => new Server({ maxTopics: -1 })).toThrow(/maxTopics is a whole number of topics/);
    expect(() => new Server({ maxTopicLength: 0 })).toThrow(/maxTopicLength/);
    expect(() => new Server({ topicPolicy: "latest" as never })).toThrow(
      /topicPolicy is a function/,
    );
    expect(() => new Server({ broker: {} as never })).toThrow(/broker is an object with/);
  });
});

describe("the policy of a topic", () => {
  const slow = async (options: ServerOptions) => {
    const served = await pairs(2, options);
    const [stalled, quick] = served.sockets as [Connection, Connection];
    stalled.subscribe("cursor");
    quick.subscribe("cursor");
    served.peers[0]!.socket.pause();
    // Until the system takes nothing more.
    while (stalled.bufferedAmount === 0) {
      stalled.send(Buffer.alloc(256 * 1024));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const frames = async () => {
      served.peers[0]!.socket.resume();
      const texts: string[] = [];
      while (texts.at(-1) !== "end") {
        const frame = await served.peers[0]!.readFrame();
        if (frame.payload.length < 1000) texts.push(frame.payload.toString());
      }
      return texts;
    };
    return { ...served, stalled, frames };
  };

  it("`latest` has a newer message replace one that waits, for those that are slow", async () => {
    const topicPolicy = (name: string) => (name === "cursor" ? "latest" : "every");
    const { server, peers, stalled, frames } = await slow({ topicPolicy });
    const before = stalled.bufferedAmount;
    for (let i = 0; i < 1000; i++) server.publish("cursor", `${i}`);
    expect(stalled.bufferedAmount).toBe(before);
    stalled.subscribe("log");
    server.publish("log", "end");
    expect(await frames()).toEqual(["end"]);
    expect(await peers[0]!.readText()).toBe("999");
    for (let i = 0; i < 1000; i++) expect(await peers[1]!.readText()).toBe(`${i}`);
    server.publish("cursor", "quick again");
    expect(await peers[0]!.readText()).toBe("quick again");
  });

  it("`latest` sends nothing of a topic that was left meanwhile", async () => {
    const { server, peers, stalled } = await slow({ topicPolicy: () => "latest" });
    server.publish("cursor", "1");
    stalled.unsubscribe("cursor");
    peers[0]!.socket.resume();
    await until(() => stalled.bufferedAmount === 0);
    await new Promise((resolve) => setImmediate(resolve));
    stalled.send("end");
    for (let text = ""; text !== "end"; ) {
      const { payload } = await peers[0]!.readFrame();
      text = payload.length < 1000 ? payload.toString() : "";
      expect(text).not.toBe("1");
    }
  });

  it("is `every` by default", async () => {
    const { server, frames } = await slow({});
    for (const text of ["1", "2", "end"]) server.publish("cursor", text);
    expect(await frames()).toEqual(["1", "2", "end"]);
  });

  it("of another kind is a mistake", async () => {
    const { sockets } = await pairs(1, { topicPolicy: () => "newest" as never });
    expect(() => sockets[0]!.subscribe("x")).toThrow(/topicPolicy/);
    expect(sockets[0]!.topics).toEqual([]);
  });
});

describe("a connection in no topic", () => {
  it("has no field for topics", async () => {
    const { server, sockets } = await pairs(2);
    const [plain, subscribed] = sockets as [Connection, Connection];
    const shape = () => [Object.keys(plain), Object.keys(subscribed)];
    const before = shape();
    subscribed.subscribe("x");
    server.publish("x", "y");
    expect(shape()).toEqual(before);
  });
});
