import { createServer, type RequestListener } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import websocket from "@fastify/websocket";
import Fastify from "fastify";
import { createProxyMiddleware } from "http-proxy-middleware";
import { Server as SocketIo } from "socket.io";
import { io } from "socket.io-client";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { connect, type HandshakeError, Server, type ServerOptions } from "../../src/index.ts";
import { RawPeer, textFrame, upgradeHead } from "../raw-peer.ts";
import { directory, listen } from "./processes.ts";

function serveOurs(options: ServerOptions = {}): Server {
  const server = new Server(options);
  server.handle("/ours", { message: (ws, data) => ws.send(`ours: ${data}`) });
  onTestFinished(async () => void (await server.shutdown({ timeout: 500 })));
  return server;
}

/** What an echo at a path answers. */
async function echo(port: number, path: string): Promise<string> {
  const ws = await connect(`ws://127.0.0.1:${port}${path}`, { handshakeTimeout: 5000 });
  await ws.send("hello");
  const answer = String(await ws.receive());
  await ws.close();
  return answer;
}

async function statusOf(port: number, path: string): Promise<number> {
  const error: HandshakeError = await connect(`ws://127.0.0.1:${port}${path}`).then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  return error.status;
}

/** What comes over the wire for a request and a message behind it, until there is no more of it. */
async function wireOf(port: number, path: string): Promise<string> {
  const peer = await RawPeer.connect({ port, host: "127.0.0.1" });
  onTestFinished(() => peer.destroy());
  peer.write(upgradeHead(path), textFrame("hello"));
  return (await peer.readToEnd()).toString("latin1");
}

describe("ws", () => {
  function theirs(options: ConstructorParameters<typeof WebSocketServer>[0]): WebSocketServer {
    const server = new WebSocketServer(options);
    server.on("connection", (ws) => ws.on("message", (data) => ws.send(`theirs: ${data}`)));
    return server;
  }

  it("with a path of its own answers 400 into connections of others", async () => {
    const http = createServer();
    serveOurs().attach(http);
    theirs({ server: http, path: "/theirs" });
    const port = await listen(http);
    expect(await echo(port, "/theirs")).toBe("theirs: hello");
    const wire = await wireOf(port, "/ours");
    expect(wire).toMatch(/^HTTP\/1\.1 101 .*HTTP\/1\.1 400 /s);
  });

  it("without a server of its own gets what barewire does not know", async () => {
    const others = theirs({ noServer: true });
    const ours = serveOurs({
      onUnknownUpgrade: (request, socket, head) =>
        others.handleUpgrade(request, socket, head, (ws) => others.emit("connection", ws, request)),
    });
    const { port } = await ours.listen({ port: 0, host: "127.0.0.1" });
    expect(await echo(port, "/ours")).toBe("ours: hello");
    expect(await echo(port, "/theirs")).toBe("theirs: hello");
  });

  it("and barewire are served by a listener of one's own", async () => {
    const others = theirs({ noServer: true });
    const ours = serveOurs();
    const http = createServer().on("upgrade", (request, socket, head) => {
      if (request.url !== "/theirs") return ours.handleUpgrade(request, socket, head);
      others.handleUpgrade(request, socket, head, (ws) => others.emit("connection", ws, request));
    });
    const port = await listen(http);
    expect(await echo(port, "/ours")).toBe("ours: hello");
    expect(await echo(port, "/theirs")).toBe("theirs: hello");
    expect(await statusOf(port, "/nowhere")).toBe(404);
  });
});

describe("socket.io", () => {
  async function both(options: object = {}) {
    const http = createServer();
    const ours = serveOurs();
    ours.attach(http);
    const theirs = new SocketIo(http, options);
    onTestFinished(async () => void (await theirs.close()));
    theirs.on("connection", (socket) =>
      socket.on("ask", (text, answer) => answer(`theirs: ${text}`)),
    );
    return { port: await listen(http), ours };
  }

  it("serves its own beside barewire, by polling and by WebSocket", async () => {
    const { port } = await both();
    for (const transports of [["websocket"], ["polling", "websocket"]]) {
      const client = io(`http://127.0.0.1:${port}`, { transports });
      onTestFinished(() => void client.close());
      expect(await client.emitWithAck("ask", "hello")).toBe("theirs: hello");
    }
    expect(await echo(port, "/ours")).toBe("ours: hello");
  });

  it("ends what takes a second to be answered, unless destroyUpgrade is false", async () => {
    const slow = async (options: object) => {
      const { port, ours } = await both({ destroyUpgradeTimeout: 100, ...options });
      ours.handle("/slow", async (request) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        await request.upgrade().send("at last");
      });
      const ws = await connect(`ws://127.0.0.1:${port}/slow`);
      return ws.receive();
    };
    await expect(slow({})).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect(await slow({ destroyUpgrade: false })).toBe("at last");
  });
});

describe("@fastify/websocket", () => {
  it("routes all upgrades of its server, and answers 404 into those of others", async () => {
    const fastify = Fastify();
    await fastify.register(websocket);
    fastify.get("/theirs", { websocket: true }, (socket) => {
      socket.on("message", (data: Buffer) => socket.send(`theirs: ${data}`));
    });
    serveOurs().attach(fastify.server);
    await fastify.listen({ port: 0, host: "127.0.0.1" });
    onTestFinished(() => fastify.close());
    const { port } = fastify.server.address() as AddressInfo;
    expect(await echo(port, "/theirs")).toBe("theirs: hello");
    expect(await wireOf(port, "/ours")).toMatch(/HTTP\/1\.1 404 /);
  });
});

describe("Vite", () => {
  it("keeps its HMR beside barewire on one HTTP server", async () => {
    const { createServer: createVite } = await import("vite");
    const http = createServer();
    serveOurs().attach(http);
    const vite = await createVite({
      root: await directory(),
      configFile: false,
      logLevel: "silent",
      appType: "custom",
      server: { middlewareMode: true, hmr: { server: http } },
    });
    onTestFinished(() => vite.close());
    http.on("request", vite.middlewares);
    const port = await listen(http);
    expect(await echo(port, "/ours")).toBe("ours: hello");
    const token = vite.config.webSocketToken;
    const hmr = new WebSocket(`ws://127.0.0.1:${port}/?token=${token}`, "vite-hmr");
    onTestFinished(() => hmr.terminate());
    const first = await new Promise((resolve, reject) => {
      hmr.on("message", (data) => resolve(JSON.parse(String(data)))).on("error", reject);
    });
    expect(first).toMatchObject({ type: "connected" });
  });
});

describe("Next, with a server of one's own", () => {
  const dir = fileURLToPath(new URL("./next-app", import.meta.url));

  it("serves its pages and its HMR beside barewire", { timeout: 180_000 }, async () => {
    const http = createServer();
    serveOurs().attach(http);
    const port = await listen(http);
    const next = createRequire(import.meta.url)("next") as typeof import("next").default;
    const app = next({ dev: true, dir, hostname: "127.0.0.1", port, httpServer: http });
    onTestFinished(() => app.close());
    await app.prepare();
    const handle = app.getRequestHandler();
    http.on("request", (request, response) => void handle(request, response));
    const page = await fetch(`http://127.0.0.1:${port}/`);
    expect(await page.text()).toContain("a page of Next");
    expect(await echo(port, "/ours")).toBe("ours: hello");
    const hmr = new WebSocket(`ws://127.0.0.1:${port}/_next/hmr?id=test`);
    onTestFinished(() => hmr.terminate());
    await new Promise((resolve, reject) => hmr.on("message", resolve).on("error", reject));
    // With its listener there, too.
    expect(await echo(port, "/ours")).toBe("ours: hello");
  });
});

describe("http-proxy-middleware", () => {
  it("in front of barewire says for whom it speaks", async () => {
    const behind = serveOurs({ trustProxy: ["loopback"] });
    behind.handle("/api/who", {
      open: (ws) => ws.send(`${ws.request?.host} ${ws.remoteAddress}`),
    });
    const { port: inner } = await behind.listen({ port: 0, host: "127.0.0.1" });
    const proxy = createProxyMiddleware({
      target: `http://127.0.0.1:${inner}`,
      xfwd: true,
      ws: true,
      pathFilter: "/api",
    });
    const http = createServer(proxy as RequestListener).on("upgrade", proxy.upgrade!);
    const port = await listen(http);
    // A browser's page of the proxy's origin.
    const ws = await connect(`ws://127.0.0.1:${port}/api/who`, {
      origin: `http://127.0.0.1:${port}`,
    });
    expect(await ws.receive()).toBe(`127.0.0.1:${port} 127.0.0.1`);
    await ws.close();
  });

  it("beside barewire gets what that does not know", async () => {
    const elsewhere = new Server();
    elsewhere.handle("/theirs", { message: (ws, data) => ws.send(`theirs: ${data}`) });
    const { port: inner } = await elsewhere.listen({ port: 0, host: "127.0.0.1" });
    onTestFinished(async () => void (await elsewhere.shutdown({ timeout: 500 })));
    const proxy = createProxyMiddleware({ target: `http://127.0.0.1:${inner}`, ws: true });
    const ours = serveOurs({
      onUnknownUpgrade: proxy.upgrade as NonNullable<ServerOptions["onUnknownUpgrade"]>,
      listener: proxy as RequestListener,
    });
    const { port } = await ours.listen({ port: 0, host: "127.0.0.1" });
    expect(await echo(port, "/ours")).toBe("ours: hello");
    expect(await echo(port, "/theirs")).toBe("theirs: hello");
  });
});
