import { createServer, type RequestListener } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { type RawPeer, textFrame, upgradeHead } from "../raw-peer.ts";
import { serve, serveAttached, uncaughtErrors } from "../served.ts";

// An upgrade behind a request that was still to be answered was answered first, and the answer to the
// earlier request came in the middle of the frames (RFC 9112 §9.3.2).

const PLAIN = "GET /plain HTTP/1.1\r\nHost: localhost\r\n\r\n";
/** More than the socket takes at once: the listener needs "drain" to go on. */
const LONG = "x".repeat(4 * 1024 * 1024);

const slow: RequestListener = async (request, response) => {
  await sleep(50);
  if (request.url === "/last") response.setHeader("Connection", "close");
  if (request.url !== "/long") {
    response.end(request.url);
    return;
  }
  response.writeHead(200, { "Content-Length": 2 * LONG.length });
  response.write(LONG);
  response.once("drain", () => response.end(LONG));
};
const echo = {
  message: (ws: { send(data: string | Buffer): unknown }, data: string | Buffer) => ws.send(data),
};

const KINDS: Record<string, () => Promise<RawPeer>> = {
  "a server of its own": async () => {
    const { server, connect } = await serve(undefined, { listener: slow });
    server.handle("/ws", echo);
    return connect();
  },
  "an attached server": async () => (await serveAttached(createServer(slow), echo)).connect(),
};

describe.each(Object.entries(KINDS))("%s", (_, open) => {
  test("answers an upgrade behind the requests before it", async () => {
    const peer = await open();
    peer.write(PLAIN, PLAIN, upgradeHead("/ws"), textFrame("hello"));
    expect((await peer.readWholeResponse()).body).toBe("/plain");
    expect((await peer.readWholeResponse()).body).toBe("/plain");
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("hello");
  });

  test("answers an upgrade behind an answer that takes long to send", async () => {
    const peer = await open();
    peer.write(PLAIN.replace("plain", "long"), upgradeHead("/ws"), textFrame("hello"));
    expect((await peer.readWholeResponse()).body.length).toBe(2 * LONG.length);
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("hello");
  });

  test("serves an upgrade to something else in its turn", async () => {
    const peer = await open();
    const h2c = "GET /h2c HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
    peer.write(PLAIN, h2c);
    expect((await peer.readWholeResponse()).body).toBe("/plain");
    expect((await peer.readWholeResponse()).body).toBe("/h2c");
  });

  test("leaves an upgrade behind the last answer unanswered", async () => {
    const peer = await open();
    peer.write(PLAIN.replace("plain", "last"), upgradeHead("/ws"));
    expect((await peer.readWholeResponse()).body).toBe("/last");
    expect((await peer.readToEnd()).length).toBe(0);
  });

  test("ends a connection whose peer has ended while the upgrade waited", async () => {
    const peer = await open();
    peer.write(PLAIN, upgradeHead("/ws"));
    peer.socket.end();
    expect((await peer.readWholeResponse()).body).toBe("/plain");
    expect((await peer.readToEnd()).length).toBe(0);
  });

  test("survives a reset while the upgrade waits", async () => {
    const uncaught = uncaughtErrors();
    const peer = await open();
    peer.write(PLAIN, upgradeHead("/ws"));
    await sleep(20);
    peer.reset();
    await sleep(100);
    expect(uncaught).toEqual([]);
  });
});
