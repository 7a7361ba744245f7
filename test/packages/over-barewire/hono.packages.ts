import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { serve, upgradeWebSocket } from "@hono/node-server";
import { Hono } from "hono";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { connect } from "../../../src/index.ts";

async function listen(): Promise<string> {
  const app = new Hono();
  app.get("/page", (context) => context.text("a page"));
  app.use("/private/*", async (context, next) => {
    if (context.req.header("Authorization") === "right") return next();
    return context.text("who is it?", 401);
  });
  app.get(
    "/private/:room",
    upgradeWebSocket((context) => {
      const room = context.req.param("room");
      return {
        onOpen: (_, ws) => ws.send(`in ${room}`),
        onMessage(event, ws) {
          const { data } = event;
          if (data === "leave") ws.close(4000, "left");
          else ws.send(typeof data === "string" ? `${room}: ${data}` : (data as ArrayBuffer));
        },
      };
    }),
  );
  const server = serve({
    fetch: app.fetch,
    websocket: { server: new WebSocketServer({ noServer: true }) },
    port: 0,
    hostname: "127.0.0.1",
  });
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const RIGHT = { headers: { Authorization: "right" } };

describe("@hono/node-server 2", () => {
  it("serves a route behind a middleware, beside a page", async () => {
    const host = await listen();
    const ws = await connect(`ws://${host}/private/blue`, RIGHT);
    expect(await ws.receive()).toBe("in blue");
    await ws.send("hello");
    expect(await ws.receive()).toBe("blue: hello");
    await ws.send(Buffer.from([1, 2, 3]));
    expect(await ws.receive()).toEqual(Buffer.from([1, 2, 3]));
    const page = await fetch(`http://${host}/page`);
    expect(await page.text()).toBe("a page");
    await ws.send("leave");
    await expect(ws.receive()).rejects.toMatchObject({ closeCode: 4000, reason: "left" });
  });

  it("refuses an upgrade by a middleware", async () => {
    const refused = connect(`ws://${await listen()}/private/blue`);
    await expect(refused).rejects.toMatchObject({ status: 401 });
  });
});
