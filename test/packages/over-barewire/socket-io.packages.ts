import { createServer } from "node:http";
import { createRequire } from "node:module";
import { Server, type ServerOptions } from "socket.io";
import { io, type Socket } from "socket.io-client";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocketServer } from "ws";
import { listen } from "../processes.ts";

const require = createRequire(import.meta.url);

async function serve(options: Partial<ServerOptions> = {}) {
  const http = createServer();
  const server = new Server(http, options);
  onTestFinished(async () => void (await server.close()));
  return { server, url: `http://127.0.0.1:${await listen(http)}` };
}

async function connect(url: string): Promise<Socket> {
  const client = io(url, { transports: ["websocket"], forceNew: true });
  onTestFinished(() => void client.close());
  await new Promise<void>((resolve, reject) => {
    client.once("connect", resolve).once("connect_error", reject);
  });
  return client;
}

/** All that an event brings, the first time. */
function next(client: Socket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => client.once(event, (...args: unknown[]) => resolve(args)));
}

describe.each([
  ["by the override", {}],
  ["by wsEngine", { wsEngine: WebSocketServer }],
] as const)("socket.io with barewire %s", (_, options) => {
  it("has barewire under it", async () => {
    const { server } = await serve(options);
    expect((server.engine as unknown as { ws: unknown }).ws).toBeInstanceOf(WebSocketServer);
    expect(WebSocketServer).toBe(require("ws").Server);
  });

  it("acknowledges events in both directions", async () => {
    const { server, url } = await serve(options);
    server.on("connection", (socket) => {
      socket.on("add", (a: number, b: number, answer) => answer(a + b));
    });
    const client = await connect(url);
    expect(await client.emitWithAck("add", 2, 3)).toBe(5);
    client.on("name?", (answer) => answer("ann"));
    expect(await server.timeout(5000).emitWithAck("name?")).toEqual(["ann"]);
  });

  it("sends to a room, and to nobody else", async () => {
    const { server, url } = await serve(options);
    server.on("connection", (socket) => {
      socket.on("join", async (room: string, answer) => {
        await socket.join(room);
        answer();
      });
      socket.on("say", (room: string, text: string) => socket.to(room).emit("said", text));
    });
    const [ann, bob, cid] = await Promise.all([connect(url), connect(url), connect(url)]);
    await Promise.all([ann!.emitWithAck("join", "a"), bob!.emitWithAck("join", "a")]);
    const strayed: unknown[] = [];
    for (const client of [ann!, cid!]) client.on("said", (text) => strayed.push(text));
    const heard = next(bob!, "said");
    ann!.emit("say", "a", "hello");
    expect(await heard).toEqual(["hello"]);
    const all = [ann!, bob!, cid!].map((client) => next(client, "end"));
    server.emit("end", 1);
    expect(await Promise.all(all)).toEqual([[1], [1], [1]]);
    expect(strayed).toEqual([]);
  });

  it("carries binary among other data, to one and to all", async () => {
    const { server, url } = await serve(options);
    server.on("connection", (socket) => {
      socket.on("echo", (data, answer) => answer(data));
    });
    const client = await connect(url);
    const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, i) => i % 256));
    const data = { name: "é", parts: [bytes, new Uint8Array([1, 2])] };
    const { name, parts } = await client.emitWithAck("echo", data);
    expect(name).toBe("é");
    expect(bytes.equals(parts[0])).toBe(true);
    expect([...parts[1]]).toEqual([1, 2]);
    const others = [client, await connect(url)].map((each) => next(each, "file"));
    server.emit("file", bytes);
    for (const [file] of await Promise.all(others)) {
      expect(bytes.equals(file as Buffer)).toBe(true);
    }
  });

  it("upgrades from polling, and compresses where it is asked to", async () => {
    const { server, url } = await serve({ ...options, perMessageDeflate: { threshold: 10 } });
    server.on("connection", (socket) => {
      socket.on("echo", (text, answer) => answer(text));
    });
    const client = io(url, { forceNew: true });
    onTestFinished(() => void client.close());
    await vi.waitUntil(() => client.io.engine?.transport.name === "websocket", {
      timeout: 10_000,
    });
    const { ws } = client.io.engine.transport as unknown as { ws: { extensions: string } };
    expect(ws.extensions).toBe("permessage-deflate");
    expect(await client.emitWithAck("echo", "a".repeat(10_000))).toBe("a".repeat(10_000));
  });

  it("tells both sides when one leaves", async () => {
    const { server, url } = await serve(options);
    const left = new Promise((resolve) => {
      server.on("connection", (socket) => socket.on("disconnect", resolve));
    });
    const client = await connect(url);
    client.disconnect();
    expect(await left).toBe("client namespace disconnect");
    const other = await connect(url);
    const lost = next(other, "disconnect");
    server.disconnectSockets(true);
    expect((await lost)[0]).toMatch(/disconnect|transport close/);
  });
});
