import type { AddressInfo } from "node:net";
import websocket from "@fastify/websocket";
import Fastify from "fastify";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { connect } from "../../../src/index.ts";

async function serve() {
  const fastify = Fastify();
  await fastify.register(websocket, { options: { maxPayload: 1000 } });
  fastify.addHook("preValidation", async (request, reply) => {
    if (request.headers["x-name"] === "nobody") await reply.code(401).send("who is it?");
  });
  fastify.get<{ Params: { room: string } }>("/:room", { websocket: true }, (socket, request) => {
    socket.on("message", (data: Buffer, isBinary: boolean) => {
      socket.send(isBinary ? data : `${request.params.room}: ${data}`);
    });
  });
  fastify.get("/page", async () => "a page");
  onTestFinished(() => fastify.close());
  await fastify.listen({ port: 0, host: "127.0.0.1" });
  const { port } = fastify.server.address() as AddressInfo;
  return { fastify, port };
}

describe("@fastify/websocket", () => {
  it("has barewire under it, and routes by path, beside plain requests", async () => {
    const { fastify, port } = await serve();
    expect(fastify.websocketServer).toBeInstanceOf(WebSocketServer);
    const ws = await connect(`ws://127.0.0.1:${port}/blue`);
    await ws.send("hello");
    expect(await ws.receive()).toBe("blue: hello");
    await ws.send(Buffer.from([1, 2]));
    expect(await ws.receive()).toEqual(Buffer.from([1, 2]));
    const page = await fetch(`http://127.0.0.1:${port}/page`);
    expect(await page.text()).toBe("a page");
    await ws.close();
  });

  it("refuses in a hook, and by its options", async () => {
    const { port } = await serve();
    const refused = connect(`ws://127.0.0.1:${port}/blue`, { headers: { "X-Name": "nobody" } });
    await expect(refused).rejects.toMatchObject({ status: 401 });
    const ws = await connect(`ws://127.0.0.1:${port}/blue`);
    await ws.send("a".repeat(1001));
    await expect(ws.receive()).rejects.toMatchObject({ closeCode: 1009 });
  });

  it("is tested without a network by injectWS()", async () => {
    const { fastify } = await serve();
    const ws = await fastify.injectWS("/green");
    const answer = new Promise((resolve) => ws.once("message", (data) => resolve(String(data))));
    ws.send("hello");
    expect(await answer).toBe("green: hello");
    ws.terminate();
  });

  it("closes its clients with the server", async () => {
    const { fastify, port } = await serve();
    const ws = await connect(`ws://127.0.0.1:${port}/blue`);
    const ended = ws.receive();
    await Promise.all([
      expect(ended).rejects.toMatchObject({ code: "CONNECTION_CLOSED" }),
      fastify.close(),
    ]);
  });
});
