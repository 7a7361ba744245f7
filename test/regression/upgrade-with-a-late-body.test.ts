import { createServer } from "node:http";
import { describe, expect, it } from "vitest";
import { upgradeHead } from "../raw-peer.ts";
import { serve, serveAttached } from "../served.ts";

// Node 26 reads the body of a request that asks for an upgrade. While it was not all there, the
// "upgrade" event came with a stream that is no socket: a TypeError that ended the process. A body
// that was there was lost to the listener, which waited for it. An empty one in chunks was
// read by node:http, and waited for again by the listener.
const BODIES = [
  ["Content-Length: 2\r\n", "hi", "hi"],
  ["Transfer-Encoding: chunked\r\n", "2\r\nhi\r\n0\r\n\r\n", "hi"],
  ["Transfer-Encoding: chunked\r\n", "0\r\n\r\n", ""],
] as const;

async function attached() {
  const http = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    response.end(`got ${body}`);
  });
  const { connect } = await serveAttached(http);
  return connect();
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

describe.each(BODIES)("a request for an upgrade with %j %j", (field, body, content) => {
  const websocket = upgradeHead("/ws").replace(/\r\n$/, `${field}\r\n`);
  const other = `POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n${field}\r\n`;

  it("to a WebSocket is refused by an attached server, with the body or before it", async () => {
    for (const first of [body, ""]) {
      const peer = await attached();
      peer.write(websocket + first);
      expect((await peer.readResponse()).status).toBe(400);
    }
  });

  it("to a WebSocket is refused behind a plain request, too", async () => {
    const { connect } = await serve({}, { listener: (_, response) => response.end("page") });
    const peer = await connect();
    peer.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await peer.readWholeResponse()).body).toBe("page");
    peer.write(websocket);
    expect((await peer.readResponse()).status).toBe(400);
  });

  it("to something else is served without, whenever the body comes", async () => {
    for (const parts of [[other + body], [other, body]]) {
      const peer = await attached();
      for (const part of parts) {
        peer.write(part);
        await pause();
      }
      expect((await peer.readWholeResponse()).body).toContain(`got ${content}`);
    }
  });
});
