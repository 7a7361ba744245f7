import {
  type AdapterInstance,
  type AdapterOptions,
  type Hooks as CrosswsHooks,
  createWebSocketProxy,
  defineHooks,
} from "crossws";
import { broadcastChannel } from "crossws/sync";
import { defineWebSocketHandler, H3 } from "h3";
import { toNodeHandler } from "h3/node";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { type CrosswsOptions, crosswsAdapter, type Hooks } from "../../../src/crossws/crossws.ts";
import { type Connection, type ConnectOptions, connect, Server } from "../../../src/index.ts";

/** A server, and how to connect to it. */
async function serve(options: Omit<CrosswsOptions, "server">, server = new Server()) {
  const ws = crosswsAdapter({ server, ...options });
  const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
  onTestFinished(async () => void (await server.shutdown({ timeout: 500 })));
  const open = async (path = "/", connectOptions: ConnectOptions = {}) => {
    const connection = await connect(`${url}${path}`, connectOptions);
    onTestFinished(() => connection.terminate());
    return connection;
  };
  return { ws, url, open };
}

/** What crossws' own adapters are shown with: a chat that greets, and answers some words. */
const chat = defineHooks({
  upgrade(request) {
    if (request.url.endsWith("?unauthorized")) {
      throw new Response("unauthorized", { status: 401, headers: { "x-error": "unauthorized" } });
    }
    const protocol = request.headers.get("sec-websocket-protocol") === "known" ? "known" : "";
    return { context: { test: "1" }, headers: { "x-powered-by": "crossws" }, protocol };
  },
  open(peer) {
    peer.send(`welcome ${peer} to ${peer.namespace}`);
    peer.subscribe("chat");
    peer.publish("chat", `${peer} joined`);
  },
  message(peer, message) {
    const text = message.text();
    if (text === "binary") peer.send(new TextEncoder().encode("bytes"));
    else if (text === "debug") {
      const { context, remoteAddress, request, websocket } = peer;
      peer.send({ context, remoteAddress, url: request.url, readyState: websocket.readyState });
    } else {
      peer.send(text);
      peer.publish("chat", text);
    }
  },
});

async function texts(ws: Connection, count: number): Promise<string[]> {
  const received: string[] = [];
  while (received.length < count) received.push(String(await ws.receive()));
  return received;
}

describe("crossws on barewire's own topics", () => {
  it("runs hooks of defineHooks: greets, tells the others, echoes", async () => {
    const { open, ws } = await serve({ hooks: chat });
    const ann = await open();
    expect(await texts(ann, 1)).toEqual([expect.stringMatching(/^welcome [-\da-f]{36} to \/$/)]);
    const bob = await open();
    await texts(bob, 1);
    expect(await texts(ann, 1)).toEqual([expect.stringMatching(/^[-\da-f]{36} joined$/)]);
    await ann.send("hi");
    expect(await texts(ann, 1)).toEqual(["hi"]);
    expect(await texts(bob, 1)).toEqual(["hi"]);
    await bob.send("binary");
    expect(await bob.receive()).toEqual(Buffer.from("bytes"));
    ws.publish("chat", "to all");
    expect([await ann.receive(), await bob.receive()]).toEqual(["to all", "to all"]);
    expect([...ws.peers].map(([namespace, peers]) => [namespace, peers.size])).toEqual([["/", 2]]);
  });

  it("refuses by a Response, adds fields, and agrees upon a subprotocol", async () => {
    const { open } = await serve({ hooks: chat });
    const refused = await open("/?unauthorized").catch((error) => error);
    expect(refused.received).toMatchObject({ status: 401, body: Buffer.from("unauthorized") });
    expect(refused.received.headers.get("x-error")).toBe("unauthorized");
    const known = await open("/", { protocols: ["known"] });
    expect([known.protocol, known.response?.get("x-powered-by")]).toEqual(["known", "crossws"]);
    const unknown = await open("/", { protocols: ["unknown"], requireProtocol: false });
    expect(unknown.protocol).toBe("");
  });

  it("has the context, the address and the request at hand", async () => {
    const { open, url } = await serve({ hooks: chat });
    const ws = await open("/room?a=b");
    await texts(ws, 1);
    await ws.send("debug");
    expect(JSON.parse(String(await ws.receive()))).toEqual({
      context: { test: "1" },
      remoteAddress: "127.0.0.1",
      url: `${url.replace("ws:", "http:")}/room?a=b`,
      readyState: 1,
    });
  });

  it("carries crossws' own proxy to another server", async () => {
    const behind = await serve({ hooks: chat });
    const { open } = await serve({
      hooks: createWebSocketProxy({ target: behind.url, WebSocket: WebSocket as never }),
    });
    const ws = await open();
    expect(await texts(ws, 1)).toEqual([expect.stringContaining("welcome")]);
    await ws.send("there and back");
    expect(await texts(ws, 1)).toEqual(["there and back"]);
    behind.ws.closeAll(4000, "over");
    expect(await ws.closed).toMatchObject({ code: 4000, reason: "over" });
  });

  it("publishes by crossws' own drivers to other instances", async () => {
    const sync = broadcastChannel({ channel: "barewire-test" });
    const [here, there] = [await serve({ hooks: chat, sync }), await serve({ hooks: chat, sync })];
    onTestFinished(async () => {
      await Promise.all([here.ws.close(), there.ws.close()]);
    });
    const [ann, bob] = [await here.open(), await there.open()];
    await texts(ann, 1);
    await texts(bob, 1);
    // Who came first has heard of the other.
    await texts(ann, 1);
    await ann.send("over there");
    expect(await texts(bob, 1)).toEqual(["over there"]);
  });
});

describe("h3 on barewire", () => {
  /** An app with pages and WebSockets, and barewire for both. */
  async function serveApp() {
    const app = new H3();
    app.get("/", () => "a page");
    app.get(
      "/chat/:room",
      defineWebSocketHandler((event) => ({
        open: (peer) => peer.subscribe(event.context.params?.room ?? ""),
        message: (peer, message) => peer.publish(event.context.params?.room ?? "", message.text()),
        close: (peer) => peer.publish(event.context.params?.room ?? "", "somebody left"),
      })),
    );
    const server = new Server({ listener: toNodeHandler(app) });
    return serve({ fetch: app.fetch as CrosswsOptions["fetch"] & object }, server);
  }

  it("serves pages, and WebSockets by their handlers", async () => {
    const { open, url } = await serveApp();
    const page = await fetch(url.replace("ws:", "http:"));
    expect([page.status, await page.text()]).toEqual([200, "a page"]);
    const [ann, bob, eve] = [
      ...[await open("/chat/a"), await open("/chat/a")],
      ...[await open("/chat/b")],
    ];
    await ann!.send("hello");
    expect(await bob!.receive()).toBe("hello");
    await ann!.close(1000);
    expect(await bob!.receive()).toBe("somebody left");
    await eve!.close(1000);
    await expect(eve!.receive()).rejects.toMatchObject({ closeCode: 1000 });
  });

  it("answers as its router does where there is no handler", async () => {
    const { open } = await serveApp();
    await expect(open("/nowhere")).rejects.toMatchObject({ status: 404 });
  });
});

describe("the types", () => {
  it("fit those of crossws, in both directions where its own can", () => {
    // The compiler checks these lines.
    const theirs: Partial<CrosswsHooks> = chat;
    const ours: Hooks = theirs;
    const options: AdapterOptions = { hooks: theirs, idleTimeout: 60 };
    const { hooks, resolve, sync, ...rest } = options;
    const server = new Server();
    const adapter = crosswsAdapter({ server, hooks: ours, ...rest });
    const { publish, close, closeAll } = adapter;
    const same: Pick<AdapterInstance, "publish" | "close"> = adapter;
    expect([typeof publish, typeof close, typeof closeAll]).toEqual(Array(3).fill("function"));
    expect(same).toBe(adapter);
    expect([hooks, resolve, sync]).toEqual([theirs, undefined, undefined]);
  });
});
