import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { type Connection, connect as connectClient, Server } from "../../src/index.ts";
import { closeFrame, RawPeer, textFrame, upgradeHead } from "../raw-peer.ts";
import { deferred, serve, serveAttached, until } from "../served.ts";
import { streamPair } from "../stream-pair.ts";

const ECHO = { message: (ws: Connection, data: string | Buffer) => ws.send(data) };

/** An HTTP server whose `upgrade` event goes to a listener of the test's. */
async function httpServer(
  onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
) {
  const http = createServer((_, response) => response.end("page")).on("upgrade", onUpgrade);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const { port } = http.address() as AddressInfo;
  return async () => {
    const peer = await RawPeer.connect({ port, host: "127.0.0.1" });
    onTestFinished(() => peer.destroy());
    return peer;
  };
}

describe("handleUpgrade()", () => {
  it("serves what a listener of one's own passes on", async () => {
    const server = new Server();
    server.handle("/ws", ECHO);
    const connect = await httpServer((request, socket, head) => {
      if (request.headers["x-key"] === "right") server.handleUpgrade(request, socket, head);
      else socket.end("HTTP/1.1 299 Mine\r\nContent-Length: 0\r\n\r\n");
    });
    const peer = await connect();
    peer.write(upgradeHead("/ws", { "X-Key": "right" }), textFrame("first"));
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("first");
    const other = await connect();
    other.write(upgradeHead("/ws"));
    expect((await other.readResponse()).status).toBe(299);
    await server.shutdown({ timeout: 100 });
  });

  it("answers whatever it is given", async () => {
    const server = new Server();
    server.handle("/ws", ECHO);
    const connect = await httpServer((...upgrade) => server.handleUpgrade(...upgrade));
    const status = async (...bytes: string[]) => {
      const peer = await connect();
      peer.write(...bytes);
      return (await peer.readResponse()).status;
    };
    expect(await status(upgradeHead("/nowhere"))).toBe(404);
    expect(await status(upgradeHead("/ws", { "Sec-WebSocket-Key": "no" }))).toBe(400);
    expect(
      await status(upgradeHead("/ws", { Upgrade: "h2c", "Sec-WebSocket-Key": undefined })),
    ).toBe(400);
    expect(await status(upgradeHead("/ws", { "Content-Length": "5" }), "hello")).toBe(400);
    expect(await status(upgradeHead("/ws", { Origin: "http://evil.test" }))).toBe(403);
    const waiting = await connect();
    waiting.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n", upgradeHead("/ws"));
    expect((await waiting.readWholeResponse()).body).toBe("page");
    await waiting.readUpgraded();
    await server.shutdown({ timeout: 100 });
    expect(await status(upgradeHead("/ws"))).toBe(503);
  });

  it("takes any Duplex in place of the request's socket", async () => {
    const server = new Server();
    server.handle("/ws", ECHO);
    const [near, far] = streamPair();
    const request = await new Promise<IncomingMessage>((resolve) => {
      void httpServer((incoming, socket) => {
        socket.on("error", () => {});
        resolve(incoming);
      }).then(async (connect) => (await connect()).write(upgradeHead("/ws")));
    });
    const received: Buffer[] = [];
    near.on("data", (chunk) => received.push(chunk));
    const text = () => Buffer.concat(received).toString("latin1");
    server.handleUpgrade(request, far, textFrame("with the head"));
    await until(() => text().includes("with the head"));
    expect(text()).toMatch(/^HTTP\/1\.1 101 /);
    near.write(textFrame("hello"));
    await until(() => text().includes("hello"));
    const [ws] = server.connections;
    expect(ws?.remoteAddress).toBeUndefined();
    near.write(closeFrame(1000));
    near.end();
    expect(await ws?.closed).toMatchObject({ code: 1000, clean: true });
  });

  it("ends a Duplex whose request it refuses", async () => {
    const server = new Server();
    const [near, far] = streamPair();
    const request = { rawHeaders: ["Host", "a"], method: "GET", url: "/", httpVersion: "1.1" };
    const received: Buffer[] = [];
    near.on("data", (chunk) => received.push(chunk));
    const ended = new Promise((resolve) => near.on("end", resolve));
    server.handleUpgrade(request as IncomingMessage, far, Buffer.alloc(0));
    await ended;
    expect(Buffer.concat(received).toString()).toMatch(/^HTTP\/1\.1 400 /);
  });

  it.each<[string, unknown[], RegExp]>([
    ["no request", [{}, streamPair()[0], Buffer.alloc(0)], /a request of node:http as its first/],
    ["no stream", [{ rawHeaders: [] }, {}, Buffer.alloc(0)], /a stream as its second/],
    ["no head", [{ rawHeaders: [] }, streamPair()[0]], /a Buffer as its third/],
  ])("throws for %s", (_, args, message) => {
    const { handleUpgrade } = Server.prototype;
    expect(() => Reflect.apply(handleUpgrade, new Server(), args)).toThrow(message);
  });
});

describe("onUnknownUpgrade", () => {
  it("gets what has no route, as a listener of node:http would", async () => {
    const others = new WebSocketServer({ noServer: true });
    others.on("connection", (ws) => ws.on("message", (data) => ws.send(`ws: ${data}`)));
    const { server, connect, open } = await serve(undefined, {
      onUnknownUpgrade(request, socket, head) {
        others.handleUpgrade(request, socket, head, (ws) => others.emit("connection", ws, request));
      },
    });
    server.handle("/ours", ECHO);
    const ours = await open("/ours");
    ours.write(textFrame("hello"));
    expect(await ours.readText()).toBe("hello");
    const theirs = await connect();
    theirs.write(upgradeHead("/theirs"), textFrame("with the head"));
    await theirs.readUpgraded();
    expect(await theirs.readText()).toBe("ws: with the head");
    theirs.write(textFrame("later"));
    expect(await theirs.readText()).toBe("ws: later");
    expect(server.connections.size).toBe(1);
    theirs.write(closeFrame(1000));
    expect((await theirs.readClose()).code).toBe(1000);
  });

  it("gets it behind a plain request, from an attached server and from handleUpgrade too", async () => {
    const urls: (string | undefined)[] = [];
    const onUnknownUpgrade = (request: IncomingMessage, socket: Duplex) => {
      urls.push(request.url);
      socket.end("HTTP/1.1 299 Theirs\r\nContent-Length: 0\r\n\r\n");
    };
    const own = await serve({}, { onUnknownUpgrade, listener: (_, response) => response.end() });
    const kept = await own.connect();
    kept.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await kept.readResponse();
    const attached = await serveAttached(createServer(), {}, { onUnknownUpgrade });
    const passing = new Server({ onUnknownUpgrade });
    const passed = await httpServer((...upgrade) => passing.handleUpgrade(...upgrade));
    for (const [i, peer] of [kept, await attached.connect(), await passed()].entries()) {
      peer.write(upgradeHead(`/other${i}`));
      expect((await peer.readResponse()).status).toBe(299);
    }
    expect(urls).toEqual(["/other0", "/other1", "/other2"]);
  });

  it("gets only what is well-formed and for one of the hosts", async () => {
    let calls = 0;
    const options = { hosts: ["a.test"], onUnknownUpgrade: () => void calls++ };
    const { connect } = await serve(undefined, options);
    for (const [headers, status] of [
      [{ Host: "b.test" }, 421],
      [{ Host: "a.test", "Sec-WebSocket-Key": "no" }, 400],
    ] as const) {
      const peer = await connect();
      peer.write(upgradeHead("/other", headers));
      expect((await peer.readResponse()).status).toBe(status);
    }
    expect(calls).toBe(0);
  });

  it("that throws has its request dropped, and is reported", async () => {
    const { connect, errors } = await serve(undefined, {
      onUnknownUpgrade() {
        throw new Error("oops");
      },
    });
    const peer = await connect();
    peer.write(upgradeHead("/other"));
    await peer.untilEnded();
    expect(errors).toMatchObject([{ message: "oops" }]);
  });

  it("survives a peer that resets what nobody has listened to yet", async () => {
    const given = deferred<Duplex>();
    const { connect } = await serve(undefined, {
      onUnknownUpgrade: (_, socket) => given.resolve(socket),
    });
    const peer = await connect();
    peer.write(upgradeHead("/other"));
    const socket = await given.promise;
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.resume();
    peer.reset();
    await closed;
  });

  it("lets a client of another server of this kind through", async () => {
    const behind = new Server();
    behind.handle("/behind", ECHO);
    const { address } = await serve(undefined, {
      onUnknownUpgrade: (...upgrade) => behind.handleUpgrade(...upgrade),
    });
    const ws = await connectClient(`${address.url}/behind`);
    await ws.send("hello");
    expect(await ws.receive()).toBe("hello");
    await ws.close();
  });
});
