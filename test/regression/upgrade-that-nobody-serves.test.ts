import { createServer, type Server as HttpServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Connection, Server } from "../../src/index.ts";
import { textFrame, upgradeHead } from "../raw-peer.ts";
import { resetUpgrade, serveAttached, uncaughtErrors } from "../served.ts";

// node:http takes its "error" listener from a socket that asks for an upgrade. Where the path was not
// ours and the HTTP server had another listener of that event, such as a second Server, nobody had one:
// a reset was an uncaught exception. Two Servers each left the request to the other, without an answer.

/** Attaches a second server, with an echo at /second and at /both. */
function attachSecond(http: HttpServer): Server {
  const second = new Server();
  const message = (ws: Connection, data: string | Buffer) => ws.send(`second ${data}`);
  for (const path of ["/second", "/both"]) second.handle(path, { message });
  second.attach(http);
  onTestFinished(async () => void (await second.shutdown({ timeout: 500 })));
  return second;
}

async function attachedTwice() {
  const http = createServer((_, response) => response.end("page"));
  const served = await serveAttached(http);
  served.server.handle("/both", { message: (ws, data) => ws.send(`first ${data}`) });
  attachSecond(http);
  return { ...served, http };
}

it.each(["websocket", "h2c"])("a reset harms nothing behind an upgrade to %s", async (protocol) => {
  const uncaught = uncaughtErrors();
  const http = createServer();
  const { connect } = await serveAttached(http);
  await resetUpgrade(http, connect, upgradeHead("/nowhere", { Upgrade: protocol }));
  expect(uncaught).toEqual([]);
});

describe("two servers attached to one HTTP server", () => {
  it("answer with 404, once, where neither has the path", async () => {
    const { connect } = await attachedTwice();
    const peer = await connect();
    peer.write(upgradeHead("/nowhere"));
    expect((await peer.readWholeResponse()).status).toBe(404);
    expect((await peer.readToEnd()).length).toBe(0);
  });

  it("serve the paths of each", async () => {
    const { connect } = await attachedTwice();
    await (await connect()).upgrade("/ws");
    const peer = await connect();
    await peer.upgrade("/second");
    peer.write(textFrame("hello"));
    expect(await peer.readText()).toBe("second hello");
  });

  it("serve a path of both once: the first does", async () => {
    const { connect } = await attachedTwice();
    const peer = await connect();
    await peer.upgrade("/both");
    peer.write(textFrame("hello"));
    expect(await peer.readText()).toBe("first hello");
  });

  it("serve an upgrade to something else without", async () => {
    const { connect } = await attachedTwice();
    const peer = await connect();
    peer.write("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n");
    expect((await peer.readWholeResponse()).body).toBe("page");
  });

  it("leave other paths to a listener of others", async () => {
    const { connect, http } = await attachedTwice();
    http.on("upgrade", (request, socket) => {
      if (request.url === "/other") socket.end("HTTP/1.1 299 Other\r\nContent-Length: 0\r\n\r\n");
    });
    const peer = await connect();
    peer.write(upgradeHead("/other"));
    expect((await peer.readResponse()).status).toBe(299);
    await (await connect()).upgrade("/second");
  });
});
