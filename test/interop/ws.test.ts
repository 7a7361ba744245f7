import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { connect } from "../../src/client/connect.ts";
import { serve } from "../served.ts";

const SIZES = [0, 1, 125, 126, 65_535, 65_536, 500_000];

/** A `ws` client, open. */
async function openClient(url: string, ...rest: [string[]?, object?]): Promise<WebSocket> {
  const client = new WebSocket(url, ...(rest as []));
  onTestFinished(() => client.terminate());
  await once(client, "open");
  return client;
}

async function nextMessage(client: WebSocket): Promise<string | Buffer> {
  const [data, isBinary] = (await once(client, "message")) as [Buffer, boolean];
  return isBinary ? data : data.toString();
}

/** A `ws` server that echoes. */
async function echoServer(options = {}): Promise<{ url: string; server: WebSocketServer }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", ...options });
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on("connection", (socket) => {
    socket.on("message", (data, binary) => socket.send(data, { binary }));
  });
  await once(server, "listening");
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe("ws as a client of our server", () => {
  it("gets its messages back, of any size, text and binary", async () => {
    const { address } = await serve({ message: (ws, data) => ws.send(data) });
    const client = await openClient(address.url);
    for (const size of SIZES) {
      client.send("é".repeat(size));
      expect((await nextMessage(client)) === "é".repeat(size)).toBe(true);
      const data = Buffer.alloc(size, size);
      client.send(data);
      expect(data.equals((await nextMessage(client)) as Buffer)).toBe(true);
    }
  });

  it("gets and sends fragments", async () => {
    const { address } = await serve(async (request) => {
      const ws = request.upgrade();
      for await (const message of ws) await ws.sendFragments([`<${message}`, ">"]);
    });
    const client = await openClient(address.url);
    client.send("a", { fin: false });
    client.send("b", { fin: true });
    expect(await nextMessage(client)).toBe("<ab>");
  });

  it("agrees on a subprotocol, is refused, pings and closes", async () => {
    const { address } = await serve(async (request) => {
      if (request.headers.get("x-token") !== "1") return request.reject(401, { body: "no token" });
      for await (const _ of request.upgrade({ protocol: "b" }));
      return undefined;
    });
    const refused = new WebSocket(address.url);
    await expect(once(refused, "open")).rejects.toThrow(/401/);
    const client = await openClient(address.url, ["a", "b"], { headers: { "X-Token": "1" } });
    expect(client.protocol).toBe("b");
    client.ping("p");
    expect(String((await once(client, "pong"))[0])).toBe("p");
    client.close(4000, "done");
    expect(String((await once(client, "close"))[0])).toBe("4000");
  });

  it("is closed by us", async () => {
    const { address } = await serve((request) => void request.upgrade().close(4001, "grüße"));
    const client = new WebSocket(address.url);
    const [code, reason] = (await once(client, "close")) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4001, "grüße"]);
  });

  it("that offers compression does without", async () => {
    const { address } = await serve({ message: (ws, data) => ws.send(data) });
    const client = await openClient(address.url, [], { perMessageDeflate: true });
    expect(client.extensions).toBe("");
    client.send("x".repeat(5000));
    expect((await nextMessage(client)).length).toBe(5000);
  });
});

describe("ws as a server for our client", () => {
  it("gives our messages back, of any size, text and binary", async () => {
    const { url } = await echoServer();
    const ws = await connect(url);
    for (const size of SIZES) {
      await ws.send("é".repeat(size));
      expect((await ws.receive()) === "é".repeat(size)).toBe(true);
      const data = Buffer.alloc(size, size);
      await ws.send(data);
      expect(data.equals((await ws.receive()) as Buffer)).toBe(true);
    }
    expect(await ws.close(4000, "done")).toMatchObject({ code: 4000, clean: true });
  });

  it("gets our fragments, pings and Blobs", async () => {
    const { url } = await echoServer();
    const ws = await connect(url);
    await ws.sendFragments(["a", "b", "😀"]);
    expect(await ws.receive()).toBe("ab😀");
    expect(await ws.ping()).toBeGreaterThan(0);
    await ws.send(new Blob(["blob"]));
    expect(String(await ws.receive())).toBe("blob");
    await ws.close();
  });

  it("closes us", async () => {
    const { url, server } = await echoServer();
    server.on("connection", (socket) => socket.close(4002, "go"));
    const ws = await connect(url);
    await expect(ws.receive()).rejects.toMatchObject({ closeCode: 4002, reason: "go" });
    expect(await ws.closed).toMatchObject({ code: 4002, initiator: "peer", clean: true });
  });

  it("terminates us", async () => {
    const { url, server } = await echoServer();
    server.on("connection", (socket) => socket.terminate());
    const ws = await connect(url);
    await expect(ws.receive()).rejects.toMatchObject({ closeCode: 1006 });
  });
});
