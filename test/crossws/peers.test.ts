import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { connectionOf, type Peer } from "../../src/crossws/crossws.ts";
import { Connection } from "../../src/index.ts";
import { deferred, until } from "../served.ts";
import { serveHooks } from "./crossws.ts";

/** The peer of a client. */
async function onePeer(path = "/", options = {}) {
  const opened = deferred<Peer>();
  const served = await serveHooks({ hooks: { open: opened.resolve }, ...options });
  const client = await served.client(path);
  return { ...served, client, peer: await opened.promise };
}

describe("a peer of crossws", () => {
  it("has an id of its own, and what there is to know of its request", async () => {
    const { peer, address } = await onePeer("/chat?room=1");
    expect(peer.id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-/);
    expect([peer.id, peer.toString(), `${peer}`]).toEqual([peer.id, peer.id, peer.id]);
    expect(peer.namespace).toBe("/chat");
    expect(peer.remoteAddress).toBe("127.0.0.1");
    expect(peer.request).toBeInstanceOf(Request);
    expect(peer.request.url).toBe(`http://127.0.0.1:${address.port}/chat?room=1`);
    expect(peer.request.headers.get("upgrade")).toBe("websocket");
    expect(peer.request).toBe(peer.request);
    expect(inspect(peer)).toContain(peer.id);
  });

  it("has a WebSocket, with what the client asked for where nothing was agreed upon", async () => {
    const opened = deferred<Peer>();
    const { client, address } = await serveHooks({ hooks: { open: opened.resolve } });
    const ws = await client("/x", { headers: { "X-Test": "1" }, compression: true });
    const peer = await opened.promise;
    const { websocket } = peer;
    expect(websocket).toMatchObject({
      readyState: 1,
      protocol: "",
      extensions: expect.stringContaining("permessage-deflate"),
      url: `ws://127.0.0.1:${address.port}/x`,
      binaryType: "nodebuffer",
      bufferedAmount: 0,
    });
    await ws.close(1000);
    await until(() => websocket.readyState === 3);
    expect(peer.websocket).toBe(websocket);
  });

  it("sends text, bytes, and objects as JSON", async () => {
    const { peer, client } = await onePeer();
    const sent = ["text", 1, true, 2n, null, undefined, { a: [1] }, [1, 2], Buffer.of(1)];
    for (const value of sent) peer.send(value);
    for (const expected of ["text", "1", "true", "2", "", "", '{"a":[1]}', "[1,2]"]) {
      expect(await client.receive()).toBe(expected);
    }
    expect(await client.receive()).toEqual(Buffer.of(1));
    peer.send(new Uint8Array([1, 2, 3]).subarray(1).buffer);
    expect(await client.receive()).toEqual(Buffer.of(1, 2, 3));
    peer.send(new Blob(["blob"]));
    expect(await client.receive()).toEqual(Buffer.from("blob"));
    expect(() => peer.send(() => {})).toThrow("expected a string");
  });

  it("sends nothing any more once it is closed, and does not throw", async () => {
    const { peer, client } = await onePeer();
    expect(peer.send("first")).toBeGreaterThan(0);
    peer.close(4001, "enough");
    peer.send("second");
    peer.publish("topic", "third");
    peer.subscribe("topic");
    expect(peer.topics.size).toBe(0);
    expect(await client.receive()).toBe("first");
    expect(await client.closed).toMatchObject({ code: 4001, reason: "enough" });
  });

  it("can be closed without a code, whatever the reason, and be terminated", async () => {
    const { peer, client } = await onePeer();
    peer.close(undefined, "of no meaning");
    expect(await client.closed).toMatchObject({ code: 1005, clean: true });
    const other = await onePeer();
    other.peer.terminate();
    expect(await other.client.closed).toMatchObject({ code: 1006 });
  });

  it("waits until what it has sent has left", async () => {
    const { peer, client } = await onePeer();
    peer.send("x".repeat(1000));
    expect(peer.bufferedAmount).toBeGreaterThan(1000);
    await peer.waitForDrain({ threshold: 10_000 });
    expect(peer.bufferedAmount).toBeGreaterThan(1000);
    await peer.waitForDrain({ pollInterval: 1 });
    expect(peer.bufferedAmount).toBe(0);
    peer.send("more");
    const signal = AbortSignal.abort(new Error("given up"));
    await expect(peer.waitForDrain({ signal })).rejects.toThrow("given up");
    client.terminate();
  });

  it("leads to its connection", async () => {
    const { peer } = await onePeer();
    expect(connectionOf(peer)).toBeInstanceOf(Connection);
    expect(() => connectionOf({} as Peer)).toThrow("expected a peer");
  });

  it("is among the peers of its namespace until it has gone", async () => {
    const { ws, client } = await serveHooks({ hooks: {} });
    const clients = [await client("/a"), await client("/a"), await client("/b")];
    expect([...ws.peers].map(([name, peers]) => [name, peers.size])).toEqual([
      ["/a", 2],
      ["/b", 1],
    ]);
    const [first] = ws.peers.get("/a")!;
    expect([...first!.peers]).toEqual([...ws.peers.get("/a")!]);
    await Promise.all(clients.map((connection) => connection.close(1000)));
    await until(() => ws.peers.size === 0);
  });
});

describe("messages of crossws", () => {
  it("are text and bytes in every form, each in memory of its own where it may be changed", async () => {
    const seen: unknown[] = [];
    const { client } = await serveHooks({
      hooks: {
        async message(peer, message) {
          seen.push([
            ...[message.rawData, message.text(), `${message}`, message.data],
            ...[message.uint8Array(), message.arrayBuffer(), await message.blob().text()],
          ]);
          peer.send(message);
        },
      },
    });
    const ws = await client();
    await ws.send('{"a":1}');
    await ws.send(Buffer.from("[2]"));
    expect(await ws.receive()).toBe('{"a":1}');
    expect(await ws.receive()).toEqual(Buffer.from("[2]"));
    for (const [i, text] of ['{"a":1}', "[2]"].entries()) {
      const bytes = Buffer.from(text);
      const memory = new Uint8Array(bytes).buffer;
      const raw = i === 0 ? text : bytes;
      expect(seen[i]).toEqual([raw, text, text, bytes, bytes, memory, text]);
    }
  });

  it("have an id, and mean JSON", async () => {
    const { client } = await serveHooks({
      hooks: {
        message(peer, message) {
          peer.send([
            ...[message.id, message.id].map(({ length }) => length),
            message.json(),
            message.peer === peer,
          ]);
        },
      },
    });
    const ws = await client();
    await ws.send('{"a":1}');
    expect(JSON.parse(String(await ws.receive()))).toEqual([36, 36, { a: 1 }, true]);
  });

  it("have data as binaryType says", async () => {
    const kinds: unknown[] = [];
    const { client } = await serveHooks({
      hooks: {
        message(peer, message) {
          for (const binaryType of ["arraybuffer", "blob", "uint8array", "text", "other"]) {
            peer.websocket.binaryType = binaryType;
            kinds.push(Object.prototype.toString.call(message.data));
          }
          peer.send("done");
        },
      },
    });
    const ws = await client();
    await ws.send("text");
    await ws.receive();
    expect(kinds).toEqual([
      ...["[object ArrayBuffer]", "[object Blob]", "[object Uint8Array]"],
      ...["[object String]", "[object String]"],
    ]);
  });
});
