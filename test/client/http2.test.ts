import { once } from "node:events";
import { createSecureServer, createServer, connect as openSession } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import {
  type Connection,
  type ConnectOptions,
  connect,
  type ServerOptions,
} from "../../src/index.ts";
import { socketBelow } from "../../src/socket/http2/stream.ts";
import { serve } from "../served.ts";
import { streamOf } from "../stream-of.ts";

const CERTIFICATE = selfSignedCertificate(["localhost"]);
const TLS = { ca: CERTIFICATE.cert };

/** An echo over TLS, and what it has seen. */
async function serveEcho(target: object = { http2: true }, options: ServerOptions = {}) {
  const opened: Connection[] = [];
  const served = await serve(
    { open: (ws) => void opened.push(ws), message: (ws, data) => ws.send(data) },
    options,
    { port: 0, host: "127.0.0.1", tls: CERTIFICATE, ...target },
  );
  const url = served.address.url.replace("127.0.0.1", "localhost");
  const open = async (more: ConnectOptions = {}) => {
    const ws = await connect(url, { tls: { ...TLS }, http: "auto", ...more });
    onTestFinished(() => ws.terminate());
    return ws;
  };
  return { ...served, opened, url, open };
}

/** How many TCP connections the server's WebSockets have come by. */
const sessions = (opened: readonly Connection[]) => new Set(opened.map((ws) => ws.remotePort)).size;

describe("connect() with http", () => {
  it('"auto" takes HTTP/2 where it can be had, on one session for all', async () => {
    const { open, opened } = await serveEcho();
    const all = await Promise.all([open(), open(), open()]);
    all.push(await open());
    for (const [i, ws] of all.entries()) {
      expect(ws.http).toBe("2");
      await ws.send(`number ${i}`);
      expect(await ws.receive()).toBe(`number ${i}`);
    }
    expect(opened).toHaveLength(4);
    expect(sessions(opened)).toBe(1);
    expect(all[0]?.tls?.authorized).toBe(true);
    expect(all[0]?.remotePort).toBeGreaterThan(0);
    expect(await all[0]?.close(4000, "bye")).toMatchObject({ code: 4000, clean: true });
    expect(all[1]?.state).toBe("open");
  });

  it("1, which is the default, does not", async () => {
    const { open, opened } = await serveEcho();
    expect((await open({ http: 1 })).http).toBe("1.1");
    expect(opened[0]?.http).toBe("1.1");
  });

  it('"auto" falls back to HTTP/1.1 where the server knows no HTTP/2', async () => {
    const { open } = await serveEcho({});
    const all = await Promise.all([open(), open(), open()]);
    expect(all.map(({ http }) => http)).toEqual(["1.1", "1.1", "1.1"]);
  });

  it('"auto" falls back where the server has no WebSockets over HTTP/2', async () => {
    const http = createSecureServer({ ...CERTIFICATE, allowHTTP1: true });
    const { server } = await serveEcho();
    server.attach(http as never);
    http.updateSettings({ enableConnectProtocol: false });
    http.listen(0);
    await once(http, "listening");
    onTestFinished(() => void http.close());
    const { port } = http.address() as AddressInfo;
    const ws = await connect(`wss://localhost:${port}/`, { tls: TLS, http: "auto" });
    expect(ws.http).toBe("1.1");
    ws.terminate();
    await expect(connect(`wss://localhost:${port}/`, { tls: TLS, http: 2 })).rejects.toMatchObject({
      code: "CONNECT_FAILED",
    });
  });

  it("2 speaks it without TLS, too, with compression and a subprotocol", async () => {
    const options = { compression: true, protocols: ["chat"] };
    const { address } = await serveEcho({ tls: undefined, http2: true }, options);
    const ws = await connect(address.url, { http: 2, ...options });
    onTestFinished(() => ws.terminate());
    expect([ws.http, ws.protocol]).toEqual(["2", "chat"]);
    expect(ws.extensions).toMatch(/^permessage-deflate/);
    await ws.send("x".repeat(100_000));
    expect(await ws.receive()).toBe("x".repeat(100_000));
  });

  it("2 fails where the server knows none", async () => {
    const { open } = await serveEcho({});
    await expect(open({ http: 2 })).rejects.toMatchObject({ code: "TLS_FAILED" });
  });

  it("other options make another session", async () => {
    const { open, opened } = await serveEcho();
    await open();
    await open({ tls: { ...TLS, servername: "localhost" } });
    expect(sessions(opened)).toBe(2);
  });

  it("refusals say what the server has said", async () => {
    const { open, url } = await serveEcho();
    await open();
    const refused = connect(`${url}/nowhere`, { tls: TLS, http: 2 });
    await expect(refused).rejects.toMatchObject({ code: "REFUSED", status: 404 });
    const error = await refused.catch((thrown) => thrown);
    expect(`${error.received.body}`).toContain("no WebSocket at this path");
  });
});

describe("a session that dies", () => {
  it("takes its connections with it, and is not used again", async () => {
    const { open, opened, server } = await serveEcho();
    const [one, two] = await Promise.all([open(), open()]);
    for (const ws of server.connections) socketBelow(streamOf(ws)).destroy();
    expect(await one?.closed).toMatchObject({ code: 1006, clean: false });
    expect(await two?.closed).toMatchObject({ code: 1006, clean: false });
    expect((await open()).http).toBe("2");
    expect(opened).toHaveLength(3);
  });

  it("by GOAWAY is not used for what comes after it", async () => {
    const first = await serveEcho();
    const ws = await first.open();
    const done = first.server.shutdown();
    expect(await ws.closed).toMatchObject({ code: 1001, clean: true });
    await done;
    await expect(first.open()).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  });
});

describe("a session of the caller's own", () => {
  it("carries the connection, and stays the caller's", async () => {
    const { address, opened } = await serveEcho({ tls: undefined, http2: true });
    const session = openSession(address.url.replace("ws", "http"));
    onTestFinished(() => session.destroy());
    await once(session, "remoteSettings");
    const ws = await connect(address.url, { session });
    await ws.send("hello");
    expect(await ws.receive()).toBe("hello");
    await ws.close();
    expect(session.closed).toBe(false);
    expect(sessions(opened)).toBe(1);
    session.destroy();
    await expect(connect(address.url, { session })).rejects.toMatchObject({
      name: "HandshakeError",
    });
  });

  it("does not go with other ways to the server", async () => {
    const session = { request() {} } as never;
    for (const other of [{ http: 1 }, { proxy: "none" }, { localPort: 0 }] as ConnectOptions[]) {
      await expect(connect("ws://localhost", { session, ...other })).rejects.toThrow("session");
    }
    await expect(connect("ws://localhost", { http: 3 as never })).rejects.toThrow("http is 3");
  });
});

it("gives up at the deadline where the server says nothing", async () => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  server.on("session", (session) => onTestFinished(() => session.destroy()));
  server.updateSettings({ enableConnectProtocol: true });
  // Nobody answers.
  server.on("stream", (stream) => stream.on("error", () => {}));
  const { port } = server.address() as AddressInfo;
  const attempt = connect(`ws://127.0.0.1:${port}`, { http: 2, handshakeTimeout: 100 });
  await expect(attempt).rejects.toMatchObject({ code: "HANDSHAKE_TIMEOUT" });
});
