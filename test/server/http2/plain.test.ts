import { once } from "node:events";
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
} from "node:http2";
import type { AddressInfo } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { Server, type ServerOptions } from "../../../src/index.ts";
import { bodyOf, Http2Peer } from "../../http2-peer.ts";
import { RawPeer, textFrame } from "../../raw-peer.ts";
import { serve, uncaughtErrors } from "../../served.ts";

const ECHO = { message: (ws: { send(data: unknown): unknown }, data: unknown) => ws.send(data) };

describe("a plain request over HTTP/2", () => {
  const plain = async (options: ServerOptions, path: string) => {
    const target = { port: 0, host: "127.0.0.1", http2: true };
    const { address } = await serve({}, options, target);
    return (await Http2Peer.connect(address.url)).get(path);
  };

  it("gets a file of root", async () => {
    const { fields, body } = await plain({ root: "public" }, "/index.html");
    expect(fields).toMatchObject({ ":status": 200, "content-type": "text/html; charset=utf-8" });
    expect(body).toContain("<!doctype html>");
  });

  it("gets what the listener answers", async () => {
    const { fields, body } = await plain(
      { listener: (request, response) => response.end(`${request.method} ${request.url}`) },
      "/page?x=1",
    );
    expect(fields[":status"]).toBe(200);
    expect(body).toBe("GET /page?x=1");
  });

  it("gets 500 where the listener throws, and nothing of the error", async () => {
    const { fields, body } = await plain(
      {
        listener() {
          throw new Error("secret");
        },
      },
      "/page",
    );
    expect([fields[":status"], body]).toEqual([500, ""]);
  });

  it("is told that there is a WebSocket, at the path of one", async () => {
    const { fields } = await plain({ root: "public" }, "/");
    expect(fields).toMatchObject({ ":status": 405, allow: "CONNECT" });
  });

  it("gets 404 and 421 as over HTTP/1.1", async () => {
    expect((await plain({}, "/nowhere")).fields[":status"]).toBe(404);
    expect((await plain({ hosts: ["example.com"] }, "/nowhere")).fields[":status"]).toBe(421);
  });
});

/** Serves an echo at /ws of somebody's server. */
async function attached(http: Http2Server | Http2SecureServer, path = "/ws") {
  const server = new Server();
  server.handle(path, ECHO);
  const detach = server.attach(http);
  if (!http.listening) {
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
  }
  onTestFinished(async () => {
    await server.shutdown({ timeout: 100 });
    http.close();
  });
  const { port } = http.address() as AddressInfo;
  return { detach, port, url: `http://127.0.0.1:${port}` };
}

describe("attached to somebody's server of HTTP/2", () => {
  it("serves the routes beside a listener for requests", async () => {
    const errors = uncaughtErrors();
    const http = createServer((_, response) => response.end("page"));
    const peer = await Http2Peer.connect((await attached(http)).url);
    const ws = await peer.open("/ws");
    ws.write(textFrame("hello"));
    expect(await ws.readText()).toBe("hello");
    expect((await peer.get("/")).body).toBe("page");
    ws.stream.close(2);
    expect((await peer.get("/")).body).toBe("page");
    expect(errors).toEqual([]);
  });

  it("answers for other paths where nobody else can", async () => {
    for (const http of [createServer(), createServer((_, response) => response.end())]) {
      const peer = await Http2Peer.connect((await attached(http)).url);
      expect((await peer.answer("/other")).fields[":status"]).toBe(404);
    }
  });

  it("leaves other paths to who listens for them", async () => {
    const http = createServer();
    const { url } = await attached(http);
    http.on("stream", (stream, headers) => {
      if (headers[":path"] === "/other") stream.respond({ ":status": 200 });
      if (headers[":path"] === "/other") stream.end("theirs");
    });
    const peer = await Http2Peer.connect(url);
    expect(await bodyOf(await peer.answer("/other"))).toBe("theirs");
    expect((await peer.answer("/ws")).fields[":status"]).toBe(200);
  });

  it("shares it with another server of this kind", async () => {
    const http = createServer((_, response) => response.end());
    const { url } = await attached(http, "/one");
    await attached(http, "/two");
    const peer = await Http2Peer.connect(url);
    for (const path of ["/one", "/two"]) {
      const ws = await peer.open(path);
      ws.write(textFrame(path));
      expect(await ws.readText()).toBe(path);
    }
    expect((await peer.answer("/three")).fields[":status"]).toBe(404);
  });

  it("serves what comes by HTTP/1.1, too, where the server allows that", async () => {
    const certificate = selfSignedCertificate(["localhost"]);
    const http = createSecureServer({ ...certificate, allowHTTP1: true }, (_, response) =>
      response.end(),
    );
    const { port } = await attached(http);
    const peer = new RawPeer(connectTls({ port, ca: certificate.cert, servername: "localhost" }));
    onTestFinished(() => peer.destroy());
    await peer.upgrade("/ws");
    peer.write(textFrame("old"));
    expect(await peer.readText()).toBe("old");
    const url = `https://localhost:${port}`;
    const ws = await (await Http2Peer.connect(url, { ca: certificate.cert })).open("/ws");
    ws.write(textFrame("new"));
    expect(await ws.readText()).toBe("new");
  });

  it("takes the routes away again", async () => {
    const http = createServer((_, response) => response.end());
    const { url, detach } = await attached(http);
    detach();
    expect((await (await Http2Peer.connect(url)).answer("/ws")).fields[":status"]).toBe(405);
  });
});
