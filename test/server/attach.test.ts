import { createServer, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import type { Connection, ServerOptions } from "../../src/index.ts";
import { RawPeer, textFrame, upgradeHead } from "../raw-peer.ts";
import { deferred, serveAttached } from "../served.ts";

const ECHO = { message: (ws: Connection, data: string | Buffer) => ws.send(data) };

/** Somebody's HTTP server with an echo attached to it. */
const attached = (http: HttpServer, options: ServerOptions = {}) =>
  serveAttached(http, ECHO, options);

describe("attach", () => {
  it("serves the routes beside the server's own requests", async () => {
    const http = createServer((_, response) => response.end("page"));
    const { connect, server } = await attached(http);
    const peer = await connect();
    peer.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await peer.readWholeResponse()).body).toBe("page");
    peer.write(upgradeHead("/ws"), textFrame("first"));
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("first");
    expect(server.connections.size).toBe(1);
  });

  it("leaves other paths to other listeners of the upgrade event", async () => {
    const http = createServer();
    http.on("upgrade", (request, socket) => {
      if (request.url === "/other") socket.end("HTTP/1.1 299 Other\r\nContent-Length: 0\r\n\r\n");
    });
    const { connect } = await attached(http);
    const other = await connect();
    other.write(upgradeHead("/other"));
    expect((await other.readResponse()).status).toBe(299);
    await (await connect()).upgrade("/ws");
  });

  it("answers with 404 where there are no other listeners", async () => {
    const { connect } = await attached(createServer());
    const peer = await connect();
    peer.write(upgradeHead("/nowhere"));
    expect((await peer.readResponse()).status).toBe(404);
  });

  it("leaves upgrades to other protocols alone", async () => {
    const { connect } = await attached(createServer((_, response) => response.end("page")));
    const peer = await connect();
    peer.write("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
    expect((await peer.readWholeResponse()).body).toBe("page");
  });

  it("holds the request to the same strictness", async () => {
    const { connect } = await attached(createServer());
    const peer = await connect();
    peer.write(upgradeHead("/ws", { "Sec-WebSocket-Key": "short" }));
    const response = await peer.readWholeResponse();
    expect(response.status).toBe(400);
    expect(response.body).toContain("Sec-WebSocket-Key");
    const foreign = await connect();
    foreign.write(upgradeHead("/ws", { Origin: "http://evil.test" }));
    expect((await foreign.readResponse()).status).toBe(403);
  });

  it("keeps the deadline of the handshake", async () => {
    const { connect, server } = await attached(createServer(), { handshakeTimeout: 50 });
    server.handle("/slow", () => new Promise(() => {}));
    const peer = await connect();
    peer.write(upgradeHead("/slow"));
    expect((await peer.readResponse()).status).toBe(408);
  });

  it("loses nothing that comes while an asynchronous handler thinks", async () => {
    const { connect, server } = await attached(createServer());
    const asked = deferred();
    const go = deferred();
    server.handle("/slow", async (request) => {
      asked.resolve();
      await go.promise;
      const ws = request.upgrade();
      for await (const message of ws) await ws.send(message);
    });
    const peer = await connect();
    peer.write(upgradeHead("/slow"), textFrame("one"));
    await asked.promise;
    for (let i = 0; i < 10; i++) {
      peer.write(textFrame(`then ${i}`));
      await new Promise((resolve) => setImmediate(resolve));
    }
    go.resolve();
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("one");
    for (let i = 0; i < 10; i++) expect(await peer.readText()).toBe(`then ${i}`);
  });

  it("ends by the function it returns, and open connections stay", async () => {
    const http = createServer((_, response) => response.end("plain"));
    const { connect, detach } = await attached(http);
    const open = await connect();
    await open.upgrade("/ws");
    detach();
    const late = await connect();
    late.write(upgradeHead("/ws"));
    expect((await late.readWholeResponse()).body).toBe("plain");
    open.write(textFrame("still here"));
    expect(await open.readText()).toBe("still here");
  });

  it("ends by shutdown, which leaves the HTTP server running", async () => {
    const http = createServer((_, response) => response.end("plain"));
    const { connect, server } = await attached(http);
    const open = await connect();
    await open.upgrade("/ws");
    const done = server.shutdown({ timeout: 200 });
    expect(await open.readClose()).toEqual({ code: 1001, reason: "" });
    open.destroy();
    expect(await done).toMatchObject({ closed: 0, destroyed: 0 });
    const late = await connect();
    late.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await late.readWholeResponse()).body).toBe("plain");
  });

  it("works on https", async () => {
    const certificate = selfSignedCertificate();
    const https = createHttpsServer(certificate, (_, response) => response.end("secure page"));
    const { port, server } = await attached(https);
    const secure = deferred<boolean>();
    server.handle("/info", (request) => {
      secure.resolve(request.secure);
      request.upgrade();
    });
    const connect = () => {
      const socket = connectTls({ port, host: "127.0.0.1", ca: certificate.cert });
      onTestFinished(() => void socket.destroy());
      return new RawPeer(socket);
    };
    const peer = connect();
    peer.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await peer.readWholeResponse()).body).toBe("secure page");
    peer.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
    expect((await peer.readWholeResponse()).body).toBe("secure page");
    peer.write(upgradeHead("/ws"), textFrame("hello"));
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("hello");
    await connect().upgrade("/info");
    expect(await secure.promise).toBe(true);
  });
});
