import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import type { Connection } from "../../src/index.ts";
import { textFrame, upgradeHead } from "../raw-peer.ts";
import { serve } from "../served.ts";
import { streamOf } from "../stream-of.ts";

const ECHO = { message: (ws: Connection, data: string | Buffer) => ws.send(data) };

const GET = "GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n";

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += chunk;
  return body;
}

/** Answers with what it was asked. */
async function mirror(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url } = request;
  response.end(`${method} ${url} ${await bodyOf(request)}`);
}

function post(body: string): string {
  return `POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

describe("a request that is no WebSocket request", () => {
  it("goes to the listener, with its body", async () => {
    const { connect } = await serve(ECHO, { listener: mirror });
    const peer = await connect();
    peer.write(post("a=1"));
    expect((await peer.readWholeResponse()).body).toBe("POST /form a=1");
  });

  it("reaches the listener whatever chunks it came in", async () => {
    const { connect } = await serve(ECHO, { listener: mirror });
    const peer = await connect();
    for (const byte of Buffer.from(post("slow"))) {
      peer.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await peer.readWholeResponse()).body).toBe("POST /form slow");
  });

  it("may have a body of many chunks", async () => {
    const { connect } = await serve(ECHO, {
      listener: async (request, response) => response.end(`${(await bodyOf(request)).length}`),
    });
    const peer = await connect();
    peer.write(post("x".repeat(3_000_000)));
    expect((await peer.readWholeResponse()).body).toBe("3000000");
  });

  it("may be followed by others on the same connection, the second one slow", async () => {
    const { connect } = await serve(ECHO, { listener: mirror });
    const peer = await connect();
    peer.write(GET, GET);
    expect((await peer.readWholeResponse()).body).toBe("GET /page ");
    expect((await peer.readWholeResponse()).body).toBe("GET /page ");
    for (const byte of Buffer.from(GET)) {
      peer.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await peer.readWholeResponse()).body).toBe("GET /page ");
  });

  it("is not bound by the deadline of the opening handshake once it is there", async () => {
    const { connect } = await serve(ECHO, {
      handshakeTimeout: 100,
      listener(_, response) {
        setTimeout(() => response.end("at last"), 250);
      },
    });
    const peer = await connect();
    peer.write(GET);
    expect((await peer.readWholeResponse()).body).toBe("at last");
  });

  it("may be followed by an upgrade on the same connection", async () => {
    const { connect, server } = await serve(ECHO, { listener: mirror });
    const peer = await connect();
    peer.write(GET);
    expect((await peer.readWholeResponse()).body).toBe("GET /page ");
    peer.write(upgradeHead(), textFrame("pipelined"));
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("pipelined");
    peer.write(textFrame("then"));
    expect(await peer.readText()).toBe("then");
    expect(server.connections.size).toBe(1);
    // The patience with plain HTTP does not hold for it any more: a silent WebSocket is none to close.
    const [ws] = server.connections;
    expect(streamOf(ws!).timeout).toBe(0);
  });

  it("may be followed by an upgrade whose handler takes its time", async () => {
    const { connect } = await serve(
      async (request) => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        const ws = request.upgrade();
        for await (const message of ws) await ws.send(message);
      },
      { listener: mirror },
    );
    const peer = await connect();
    peer.write(GET);
    await peer.readWholeResponse();
    peer.write(upgradeHead(), textFrame("one"));
    peer.write(textFrame("two"));
    await new Promise((resolve) => setTimeout(resolve, 20));
    peer.write(textFrame("three"));
    await peer.readUpgraded();
    for (const text of ["one", "two", "three"]) expect(await peer.readText()).toBe(text);
  });

  it("may be followed by an upgrade that is refused", async () => {
    const { connect } = await serve(ECHO, { listener: mirror });
    const peer = await connect();
    peer.write(GET);
    await peer.readWholeResponse();
    peer.write(upgradeHead("/", { "Sec-WebSocket-Key": "no" }));
    expect((await peer.readResponse()).status).toBe(400);
    await peer.untilEnded();
  });

  it("is answered with 426 at the path of a route", async () => {
    const { connect } = await serve(ECHO);
    const peer = await connect();
    peer.write("GET /?a=b HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const response = await peer.readWholeResponse();
    expect([response.status, response.field("Upgrade")]).toEqual([426, "websocket"]);
  });

  it("is answered with 404 where there is neither root nor listener", async () => {
    const { connect } = await serve(ECHO);
    const peer = await connect();
    peer.write(GET);
    expect((await peer.readWholeResponse()).status).toBe(404);
  });

  it("is served a file of root", async () => {
    const { connect } = await serve(undefined, { root: "public" });
    const peer = await connect();
    peer.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const response = await peer.readResponse();
    expect(response.status).toBe(200);
    expect(response.field("Content-Type")).toContain("text/html");
  });

  it("may ask for an upgrade to something else, and is served without (RFC 9110 §7.8)", async () => {
    const { connect } = await serve(ECHO, { listener: mirror });
    const peer = await connect();
    const h2c = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n";
    peer.write(`GET /page HTTP/1.1\r\nHost: localhost\r\n${h2c}\r\n`);
    expect((await peer.readWholeResponse()).body).toBe("GET /page ");
    peer.write(`POST /p HTTP/1.1\r\nHost: localhost\r\n${h2c}Content-Length: 2\r\n\r\nhi`);
    expect((await peer.readWholeResponse()).body).toBe("POST /p hi");
    peer.write(`GET /c HTTP/1.1\r\nHost: localhost\r\n${h2c.toUpperCase()}\r\n`);
    expect((await peer.readWholeResponse()).body).toBe("GET /c ");
    peer.write(upgradeHead(), textFrame("after all"));
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("after all");
  });

  it("that is malformed is refused by node:http", async () => {
    const { connect } = await serve(ECHO, { listener: mirror });
    const peer = await connect();
    peer.write("BLAH\r\n\r\n");
    expect((await peer.readResponse()).status).toBe(400);
    await peer.untilEnded();
  });

  it("that is malformed and asks for a WebSocket is refused by us", async () => {
    const { connect } = await serve(ECHO, { listener: mirror });
    const peer = await connect();
    peer.write(upgradeHead().replace("Host: localhost\r\n", "Host: localhost\n"));
    expect((await peer.readWholeResponse()).body).toContain("LF");
  });

  it("whose listener throws or rejects gets 500, is reported, and touches no other", async () => {
    const { connect, open, errors } = await serve(ECHO, {
      listener: (request, response) => {
        if (request.url === "/throw") throw new Error("thrown");
        if (request.url === "/late") response.write("begun");
        return Promise.reject(new Error("rejected"));
      },
    });
    const other = await open();
    for (const path of ["/throw", "/reject"]) {
      const peer = await connect();
      peer.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      expect((await peer.readResponse()).status).toBe(500);
    }
    const late = await connect();
    late.write("GET /late HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await late.untilEnded();
    expect(errors).toMatchObject([
      { message: "thrown" },
      { message: "rejected" },
      { message: "rejected" },
    ]);
    other.write(textFrame("alive"));
    expect(await other.readText()).toBe("alive");
  });
});
