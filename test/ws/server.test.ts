import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "../../src/ws/ws.ts";
import { upgradeHead } from "../raw-peer.ts";
import { couple, dial, HOST, nextMessage, portOf, raw, serve } from "./serve.ts";

/** What a request to open a connection is answered with. */
async function answerTo(
  server: WebSocketServer,
  headers: Record<string, string | undefined> = {},
  path = "/",
): Promise<{ status: number; body: string; head: string }> {
  const peer = await raw(server);
  peer.write(upgradeHead(path, headers));
  const { status, head } = await peer.readResponse();
  const body = status === 101 ? "" : String(await peer.readToEnd());
  return { status, body, head };
}

describe("new WebSocketServer()", () => {
  it.each([[{}], [{ port: 0, noServer: true }], [{ server: createServer(), port: 0 }]])(
    "takes exactly one of port, server and noServer: %o",
    (options) => {
      expect(() => new WebSocketServer(options)).toThrow(
        'One and only one of the "port", "server", or "noServer" options must be specified',
      );
    },
  );

  it("listens, calls back, and says where", async () => {
    let listening = 0;
    const server = new WebSocketServer({ port: 0, host: HOST }, () => listening++);
    onTestFinished(() => server.close());
    await once(server, "listening");
    expect(listening).toBe(1);
    expect(server.address()).toMatchObject({ address: HOST, family: "IPv4" });
    const response = await fetch(`http://${HOST}:${portOf(server)}/`);
    expect([response.status, await response.text()]).toEqual([426, "Upgrade Required"]);
  });

  it("emits the errors of the server below", async () => {
    const server = await serve();
    const other = new WebSocketServer({ port: portOf(server), host: HOST });
    const [error] = await once(other, "error");
    expect(error).toMatchObject({ code: "EADDRINUSE" });
  });

  it("makes connections of the class that it is given", async () => {
    class Mine extends WebSocket {
      greet(): void {
        this.send("hello");
      }
    }
    const server = await serve({ WebSocket: Mine as typeof WebSocket });
    server.on("connection", (ws) => (ws as Mine).greet());
    expect(await nextMessage(dial(server))).toBe("hello");
  });

  it("has no clients without clientTracking, else those that are open", async () => {
    const { server, there } = await couple();
    expect(server.clients.size).toBe(1);
    there.close();
    await once(there, "close");
    await expect.poll(() => server.clients.size).toBe(0);
    expect((await serve({ clientTracking: false })).clients).toBeUndefined();
  });
});

describe("a request", () => {
  it("is refused by verifyClient with 401", async () => {
    const server = await serve({
      verifyClient: ({ origin }: { origin?: string }) => origin === undefined,
    });
    expect((await answerTo(server)).status).toBe(101);
    const refused = await answerTo(server, { Origin: "http://a.test" });
    expect(refused).toMatchObject({ status: 401, body: "Unauthorized" });
  });

  it("is refused by verifyClient with what it calls back", async () => {
    const server = await serve({
      verifyClient: ({ origin, secure }, callback) =>
        setImmediate(callback, false, 404, `${origin} ${secure}`, { "X-Why": "because" }),
    });
    const { status, body, head } = await answerTo(server, { Origin: "http://a.test" });
    expect([status, body]).toEqual([404, "http://a.test false"]);
    expect(head).toContain("X-Why: because");
  });

  it.each([
    ["another method", "POST / HTTP/1.1", 405],
    ["no key", { "Sec-WebSocket-Key": undefined }, 400],
    ["a bad key", { "Sec-WebSocket-Key": "a" }, 400],
    ["another version", { "Sec-WebSocket-Version": "12" }, 400],
    ["a bad list of subprotocols", { "Sec-WebSocket-Protocol": "a, a" }, 400],
    ["a bad list of extensions", { "Sec-WebSocket-Extensions": "permessage-deflate; =" }, 400],
  ])("is refused for %s", async (_, how, status) => {
    const server = await serve({ perMessageDeflate: true });
    if (typeof how !== "string") return expect((await answerTo(server, how)).status).toBe(status);
    const peer = await raw(server);
    peer.write(upgradeHead().replace(/^.*(?=\r\n)/, how));
    expect((await peer.readResponse()).status).toBe(status);
  });

  it("is judged by all of RFC 6455 §4.2.1, unless strictRequests is false", async () => {
    const twice = { Host: "a\r\nHost: b" };
    expect((await answerTo(await serve(), twice)).status).toBe(400);
    expect((await answerTo(await serve({ strictRequests: false }), twice)).status).toBe(101);
  });

  it("goes to wsClientError, where somebody listens, to be answered there", async () => {
    const server = await serve();
    server.on("wsClientError", (error, socket) =>
      socket.end(`HTTP/1.1 418 ${error.message}\r\n\r\n`),
    );
    const { status, head } = await answerTo(server, { "Sec-WebSocket-Key": undefined });
    expect(status).toBe(418);
    expect(head).toContain("Missing or invalid Sec-WebSocket-Key header");
  });

  it("to another path is refused with 400", async () => {
    const server = await serve({ path: "/here" });
    expect((await answerTo(server, {}, "/here?x=1")).status).toBe(101);
    expect((await answerTo(server, {}, "/there")).status).toBe(400);
  });

  it("gets a subprotocol by handleProtocols, or the first", async () => {
    const chosen = async (server: WebSocketServer) => {
      const { head } = await answerTo(server, { "Sec-WebSocket-Protocol": "a, b" });
      return /Sec-WebSocket-Protocol: (\w+)/.exec(head)?.[1];
    };
    expect(await chosen(await serve())).toBe("a");
    expect(await chosen(await serve({ handleProtocols: () => "b" }))).toBe("b");
    expect(await chosen(await serve({ handleProtocols: () => false }))).toBeUndefined();
  });

  it("is answered with the lines that a listener adds, which cannot be two in one", async () => {
    const server = await serve();
    server.once("headers", (lines) => lines.push("X-Mine: 1"));
    expect((await answerTo(server)).head).toContain("\r\nX-Mine: 1");
  });
});

describe("handleUpgrade()", () => {
  async function serveBelow(
    onUpgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void,
  ): Promise<string> {
    const http = createServer().on("upgrade", onUpgrade).listen(0, HOST);
    await once(http, "listening");
    onTestFinished(() => void http.close());
    return `ws://${HOST}:${(http.address() as AddressInfo).port}`;
  }

  it("opens a connection of another server's request, with the first bytes behind it", async () => {
    const server = await serve({ noServer: true });
    const url = await serveBelow((...upgrade) => {
      server.handleUpgrade(...upgrade, (ws, request) => ws.send(`${request.url}`));
    });
    const ws = new WebSocket(`${url}/path`);
    expect(await nextMessage(ws)).toBe("/path");
    ws.close();
    expect(() => server.address()).toThrow('The server is operating in "noServer" mode');
  });

  it("throws for a socket that it has already", async () => {
    const server = await serve({ noServer: true });
    let thrown: unknown;
    const url = await serveBelow((...upgrade) => {
      server.handleUpgrade(...upgrade, () => {});
      try {
        server.handleUpgrade(...upgrade, () => {});
      } catch (error) {
        thrown = error;
      }
    });
    const ws = new WebSocket(url);
    await once(ws, "open");
    expect(String(thrown)).toMatch(/called more than once with the same socket/);
    ws.terminate();
  });

  it("asks shouldHandle() of who extends it", async () => {
    class Mine extends WebSocketServer {
      override shouldHandle(request: IncomingMessage): boolean {
        return request.url !== "/no";
      }
    }
    const server = new Mine({ port: 0, host: HOST });
    await once(server, "listening");
    onTestFinished(() => server.close());
    expect((await answerTo(server)).status).toBe(101);
    expect((await answerTo(server, {}, "/no")).status).toBe(400);
  });
});

describe("close()", () => {
  it("waits for the connections, takes no new ones, and calls back once they have ended", async () => {
    const { server, there } = await couple();
    let hasCalledBack = false;
    const closed = new Promise<void>((resolve) => {
      server.close(() => {
        hasCalledBack = true;
        resolve();
      });
    });
    await answerTo(server).catch(() => {});
    expect(hasCalledBack).toBe(false);
    there.close();
    await Promise.all([closed, once(there, "close")]);
    expect(server.clients.size).toBe(0);
  });

  it("tells by its callback and by its event that it was closed already", async () => {
    const server = await serve();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    const event = once(server, "close");
    const error = await new Promise<Error | undefined>((resolve) => server.close(resolve));
    expect(error?.message).toBe("The server is not running");
    await event;
  });

  it("leaves a server that it was given listening", async () => {
    const http = createServer((_, response) => response.end("a page")).listen(0, HOST);
    await once(http, "listening");
    onTestFinished(() => void http.close());
    const server = await serve({ server: http });
    await new Promise<void>((resolve) => server.close(() => resolve()));
    const { port } = http.address() as AddressInfo;
    const [response] = await once(
      httpRequest({ port, host: HOST, agent: false }).end(),
      "response",
    );
    expect(response.statusCode).toBe(200);
    response.resume();
    (response.socket as Socket).destroy();
  });

  it("is answered with 503 where a request was on its way", async () => {
    const server = await serve({
      verifyClient: (_, callback) => {
        server.close();
        setImmediate(callback, true);
      },
    });
    expect((await answerTo(server)).status).toBe(503);
  });
});
