import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SyncMessage } from "../../src/crossws/crossws.ts";
import { nameForAll, nameWithin } from "../../src/crossws/topic-names.ts";
import type { Connection } from "../../src/index.ts";
import { until } from "../served.ts";
import { MemoryEngine } from "../topics/memory-broker.ts";
import { serveHooks } from "./crossws.ts";

/** A chat in which each client says to which topic it speaks, as `topic: text`. */
function chat(options: Parameters<typeof serveHooks>[0] = {}, broker?: MemoryEngine) {
  return serveHooks(
    {
      hooks: {
        open(peer) {
          peer.subscribe("chat");
          peer.subscribe("chat");
        },
        message(peer, message) {
          const [topic = "", text] = message.text().split(": ");
          if (text === "leave") peer.unsubscribe(topic);
          peer.publish(topic, text);
        },
        close: (peer) => peer.publish("chat", `gone from ${[...peer.topics]}`),
      },
      ...options,
    },
    broker === undefined ? {} : { broker: broker.broker() },
  );
}

/** What comes until a last message, which is left out. */
async function receivedUntil(ws: Connection, last: string): Promise<unknown[]> {
  const received: unknown[] = [];
  for (;;) {
    const message = await ws.receive();
    if (message === last) return received;
    received.push(message);
  }
}

describe("topics of crossws", () => {
  it("reach the other subscribers of the namespace, once", async () => {
    const { client, ws } = await chat();
    const [ann, bob, eve] = [await client("/a"), await client("/a"), await client("/b")];
    await ann.send("chat: hi");
    expect(await bob.receive()).toBe("hi");
    ws.publish("chat", { to: "a" }, { namespace: "/a" });
    ws.publish("chat", "end");
    expect(await receivedUntil(ann, "end")).toEqual(['{"to":"a"}']);
    expect(await receivedUntil(bob, "end")).toEqual(['{"to":"a"}']);
    expect(await receivedUntil(eve, "end")).toEqual([]);
  });

  it("are left by unsubscribe, and by the end, in whose hook they are still known", async () => {
    const { client, ws } = await chat();
    const [ann, bob] = [await client(), await client()];
    await bob.send("chat: leave");
    expect(await ann.receive()).toBe("leave");
    const eve = await client();
    await ann.close(1000);
    expect(await eve.receive()).toBe("gone from chat");
    ws.publish("chat", "for eve");
    expect(await eve.receive()).toBe("for eve");
    await bob.send("chat: still here");
    expect(await eve.receive()).toBe("still here");
    await eve.close(1000);
    await bob.close(1000);
    expect(await receivedUntil(bob, "").catch((error) => error.closeCode)).toBe(1000);
  });

  it("are those of the server", async () => {
    const { client, server } = await chat();
    const ann = await client();
    expect(server.publish("chat", "from the server")).toBe(1);
    expect(await ann.receive()).toBe("from the server");
    expect(server.subscribers("chat").size).toBe(1);
  });

  it("take bytes, and no Blob", async () => {
    const { client, ws } = await chat();
    const ann = await client();
    ws.publish("chat", Buffer.of(1, 2));
    expect(await ann.receive()).toEqual(Buffer.of(1, 2));
    expect(() => ws.publish("chat", new Blob([]))).toThrow("Blob");
  });

  it("cannot be mistaken for one another, whatever their names", () => {
    const pairs = fc.tuple(
      fc.option(fc.string({ minLength: 1 }), { nil: undefined }),
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `\0${text}`),
      ),
    );
    const nameOf = ([namespace, topic]: [string | undefined, string]) =>
      namespace === undefined ? nameForAll(topic) : nameWithin(namespace, topic);
    fc.assert(
      fc.property(pairs, pairs, (one, other) => {
        expect(nameOf(one) === nameOf(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
    expect(nameForAll(nameWithin("/a", "chat"))).not.toBe(nameWithin("/a", "chat"));
  });

  it("reach other processes by the broker of the server", async () => {
    const engine = new MemoryEngine();
    const [here, there] = [await chat({}, engine), await chat({}, engine)];
    const [ann, bob] = [await here.client("/a"), await there.client("/a")];
    const eve = await there.client("/b");
    await ann.send("chat: hi");
    expect(await bob.receive()).toBe("hi");
    here.ws.publish("chat", "to all");
    for (const ws of [ann, bob, eve]) expect(await ws.receive()).toBe("to all");
  });
});

describe("sync", () => {
  /** Two adapters whose drivers are connected. */
  async function instances() {
    const delivers = new Map<string, (message: SyncMessage) => void>();
    const published: SyncMessage[] = [];
    let closed = 0;
    const sync = ({ id }: { readonly id: string }) => ({
      subscribe: (deliver: (message: SyncMessage) => void) => void delivers.set(id, deliver),
      publish(message: SyncMessage) {
        published.push(message);
        for (const [other, deliver] of delivers) if (other !== id) deliver(message);
      },
      close: () => void closed++,
    });
    const [here, there] = [await chat({ sync }), await chat({ sync })];
    return { here, there, published, closed: () => closed };
  }

  it("brings what is published to other instances", async () => {
    const { here, there, published, closed } = await instances();
    const [ann, bob] = [await here.client("/a"), await there.client("/a")];
    const eve = await there.client("/b");
    await ann.send("chat: hi");
    expect(await bob.receive()).toBe("hi");
    here.ws.publish("chat", Buffer.of(1));
    for (const ws of [ann, bob, eve]) expect(await ws.receive()).toEqual(Buffer.of(1));
    expect(published).toEqual([
      { namespace: "/a", topic: "chat", data: "hi" },
      { namespace: "", topic: "chat", data: Buffer.of(1) },
    ]);
    expect(there.ws.sync).toBeDefined();
    await there.ws.close(1001, "over");
    expect(await bob.closed).toMatchObject({ code: 1001, reason: "over" });
    expect(closed()).toBe(1);
  });

  it("fails to the side", async () => {
    const stages: unknown[] = [];
    const broken = async () => {
      throw new Error("no engine");
    };
    const { ws, client } = await chat({
      sync: () => ({
        subscribe(deliver) {
          deliver({ namespace: "", topic: "", data: "" });
          return broken();
        },
        publish: broken,
      }),
      onError: (error, { stage }) => void stages.push([stage, (error as Error).message]),
    });
    const ann = await client();
    ws.publish("chat", "hi");
    expect(await ann.receive()).toBe("hi");
    await until(() => stages.length === 3);
    expect(stages).toEqual([
      ["delivery", expect.stringContaining("the name of a topic")],
      ["subscribe", "no engine"],
      ["publish", "no engine"],
    ]);
  });
});

describe("closeAll", () => {
  it("closes all peers, politely or at once", async () => {
    const { ws, client } = await chat();
    const clients = [await client("/a"), await client("/b")];
    ws.closeAll(4000, "later");
    for (const { closed } of clients) expect(await closed).toMatchObject({ code: 4000 });
    const other = await client();
    ws.closeAll(1000, "", true);
    expect(await other.closed).toMatchObject({ code: 1006 });
  });
});
