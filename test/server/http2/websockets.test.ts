import { once } from "node:events";
import { connect as connectHttp2, constants, type OutgoingHttpHeaders } from "node:http2";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import type { CloseInfo, Connection, RefusedHandshake, ServerOptions } from "../../../src/index.ts";
import { bodyOf, Http2Peer } from "../../http2-peer.ts";
import { closeFrame, OP, RawPeer, rawFrame, textFrame } from "../../raw-peer.ts";
import { deferred, serve, until } from "../../served.ts";

const TARGET = { port: 0, host: "127.0.0.1", http2: true };

/** An echo, and what a test may want to know of it. */
async function serveEcho(options: ServerOptions = {}, target: object = {}) {
  const opened: Connection[] = [];
  const ended: CloseInfo[] = [];
  const refused: RefusedHandshake[] = [];
  const served = await serve(
    {
      open(ws) {
        opened.push(ws);
        void ws.closed.then((info) => ended.push(info));
      },
      message: (ws, data) => ws.send(data),
    },
    { onRefused: (what) => void refused.push(what), ...options },
    { ...TARGET, ...target },
  );
  return { ...served, opened, ended, refused };
}

describe("over HTTP/2 a server", () => {
  it("says that WebSockets can be had, and opens them beside each other", async () => {
    const { address, opened } = await serveEcho();
    const peer = await Http2Peer.connect(address.url);
    expect(peer.session.remoteSettings.enableConnectProtocol).toBe(true);
    const [first, second] = [await peer.open(), await peer.open()];
    second.write(textFrame("two"));
    first.write(textFrame("one"));
    expect(await first.readText()).toBe("one");
    expect(await second.readText()).toBe("two");
    expect(opened.map(({ http }) => http)).toEqual(["2", "2"]);
  });

  it("answers with no field that only HTTP/1.1 has", async () => {
    const { address } = await serveEcho();
    const { fields } = await (await Http2Peer.connect(address.url)).answer();
    for (const name of ["upgrade", "connection", "sec-websocket-accept"]) {
      expect(fields).not.toHaveProperty(name);
    }
  });

  it("knows who is there, also once the stream has ended", async () => {
    const { address, opened, ended } = await serveEcho();
    const peer = await Http2Peer.connect(address.url);
    const ws = await peer.open("/?room=1", { cookie: ["a=1", "b=2"], "x-two": "2" });
    const { localPort } = peer.session.socket;
    const [connection] = opened;
    expect(connection?.remoteAddress).toBe("127.0.0.1");
    expect(connection?.remotePort).toBe(localPort);
    const { request } = connection!;
    expect(request).toMatchObject({ method: "CONNECT", target: "/?room=1", host: "localhost" });
    expect(request?.cookies).toEqual({ a: "1", b: "2" });
    expect(request?.headers.get("x-two")).toBe("2");
    expect(request?.raw.headers).toMatchObject({ host: "localhost", cookie: "a=1; b=2" });
    ws.write(closeFrame(1000));
    ws.stream.end();
    await until(() => ended.length === 1);
    expect(connection?.http).toBe("2");
    expect(request?.secure).toBe(false);
  });

  it("speaks HTTP/1.1 on the same port, too", async () => {
    const { address, open, opened } = await serveEcho();
    const old = await open();
    old.write(textFrame("hello"));
    expect(await old.readText()).toBe("hello");
    const ws = await (await Http2Peer.connect(address.url)).open();
    ws.write(textFrame("hello"));
    expect(await ws.readText()).toBe("hello");
    expect(opened.map(({ http }) => http)).toEqual(["1.1", "2"]);
  });

  it("agrees upon either by ALPN on a TLS port", async () => {
    const certificate = selfSignedCertificate(["localhost"]);
    const { address, opened } = await serveEcho({}, { tls: certificate });
    const options = { ca: certificate.cert };
    const peer = await Http2Peer.connect(address.url.replace("127.0.0.1", "localhost"), options);
    const ws = await peer.open();
    ws.write(textFrame("hello"));
    expect(await ws.readText()).toBe("hello");
    expect(opened[0]?.tls).toMatchObject({ version: "TLSv1.3", servername: "localhost" });
    expect(opened[0]?.request?.secure).toBe(true);
    const where = { port: address.port, servername: "localhost", ...options };
    const old = new RawPeer(connectTls({ ...where, ALPNProtocols: ["http/1.1"] }));
    onTestFinished(() => old.destroy());
    await old.upgrade();
    old.write(textFrame("hello"));
    expect(await old.readText()).toBe("hello");
    expect(opened.map(({ http }) => http)).toEqual(["2", "1.1"]);
  });

  it("answers a key that is sent all the same, unless it is none", async () => {
    const { address } = await serveEcho();
    const peer = await Http2Peer.connect(address.url);
    // The example of RFC 6455 §1.3.
    const right = await peer.answer("/", { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" });
    expect(right.fields["sec-websocket-accept"]).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    const wrong = await peer.answer("/", { "sec-websocket-key": "not a key" });
    expect(wrong.fields[":status"]).toBe(200);
    expect(wrong.fields).not.toHaveProperty("sec-websocket-accept");
  });

  it("agrees upon subprotocols and compression as over HTTP/1.1", async () => {
    const { address } = await serveEcho({ protocols: ["chat"], compression: true });
    const peer = await Http2Peer.connect(address.url);
    const { fields } = await peer.answer("/", {
      "sec-websocket-protocol": "soap, chat",
      "sec-websocket-extensions": "permessage-deflate",
    });
    expect(fields["sec-websocket-protocol"]).toBe("chat");
    expect(fields["sec-websocket-extensions"]).toMatch(/^permessage-deflate/);
  });

  it("calls a handler function, which answers with fields of its own", async () => {
    const { address } = await serve(
      async (request) => {
        const ws = request.upgrade({
          headers: { "Set-Cookie": ["a=1", "b=2"], "X-Why": "because" },
        });
        for await (const message of ws) await ws.send(message);
      },
      {},
      TARGET,
    );
    const peer = await Http2Peer.connect(address.url);
    const stream = peer.ask();
    stream.write(textFrame("early"));
    const fields = new Promise((resolve) => stream.once("response", resolve));
    const ws = new RawPeer(stream as never);
    expect(await ws.readText()).toBe("early");
    expect(await fields).toMatchObject({ "set-cookie": ["a=1", "b=2"], "x-why": "because" });
  });
});

describe("a stream of HTTP/2 that is refused", () => {
  const refusals: [
    what: string,
    status: number,
    ServerOptions,
    OutgoingHttpHeaders,
    path?: string,
  ][] = [
    ["a path without a route", 404, {}, {}, "/nowhere"],
    ["a foreign origin", 403, {}, { origin: "https://elsewhere.example" }],
    ["another host", 421, { hosts: ["example.com"] }, {}],
    ["another version", 400, {}, { "sec-websocket-version": "8" }],
    ["another protocol", 501, {}, { ":protocol": "connect-udp" }],
    ["too many fields", 431, { maxHeadFields: 3 }, { a: "1", b: "2", c: "3" }],
    ["too large a head", 431, { maxHeadSize: 200 }, { a: "x".repeat(200) }],
    ["a Host that is not :authority", 400, {}, { host: "other.example" }],
    ["a subprotocol twice", 400, {}, { "sec-websocket-protocol": "a, a" }],
    ["no room", 503, { maxConnections: 1 }, {}],
    ["too many of one address", 429, { maxConnectionsPerAddress: 1 }, {}],
  ];
  it.each(refusals)("for %s has status %i, and harms no other", async (...row) => {
    const [, status, options, headers, path] = row;
    const { address, refused } = await serveEcho(options);
    const peer = await Http2Peer.connect(address.url);
    const answer = await peer.answer(path, headers);
    expect(answer.fields[":status"]).toBe(status);
    expect(await bodyOf(answer)).not.toBe("");
    await until(() => answer.stream.closed);
    expect(refused[0]).toMatchObject({ remoteAddress: "127.0.0.1" });
    expect(peer.session.closed).toBe(false);
  });

  it("is refused with what the handler says", async () => {
    const { address } = await serve(
      (request) => request.reject(401, { headers: { "WWW-Authenticate": "Basic" }, body: "who?" }),
      {},
      TARGET,
    );
    const answer = await (await Http2Peer.connect(address.url)).answer();
    expect(answer.fields).toMatchObject({ ":status": 401, "www-authenticate": "Basic" });
    expect(await bodyOf(answer)).toBe("who?");
  });

  it("is answered with 408 when its handler takes too long", async () => {
    const { address, refused } = await serveEcho({ handshakeTimeout: 50 });
    expect(refused).toEqual([]);
    const slow = await serve(() => new Promise(() => {}), { handshakeTimeout: 50 }, TARGET);
    const peer = await Http2Peer.connect(slow.address.url);
    expect((await peer.answer()).fields[":status"]).toBe(408);
    expect(address.port).toBeGreaterThan(0);
  });

  it("is given up when the peer resets it", async () => {
    const asked = deferred<AbortSignal>();
    const { address } = await serve(
      async (request) => {
        asked.resolve(request.signal);
        await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      },
      {},
      TARGET,
    );
    const stream = (await Http2Peer.connect(address.url)).ask();
    const signal = await asked.promise;
    stream.close(constants.NGHTTP2_CANCEL);
    await until(() => signal.aborted);
  });
});

describe("a stream of HTTP/2 ends", () => {
  it("with END_STREAM behind both Close frames", async () => {
    const { address, ended } = await serveEcho();
    const ws = await (await Http2Peer.connect(address.url)).open();
    ws.write(closeFrame(4000, "bye"));
    expect(await ws.readClose()).toEqual({ code: 4000, reason: "" });
    await ws.untilEnded();
    ws.stream.end();
    await until(() => ended.length === 1);
    expect(ended[0]).toMatchObject({ code: 4000, reason: "bye", clean: true });
    expect(ws.stream.rstCode).toBe(0);
  });

  it("with a Close that names the breach, and no other stream with it", async () => {
    const { address, ended } = await serveEcho();
    const peer = await Http2Peer.connect(address.url);
    const [ws, other] = [await peer.open(), await peer.open()];
    ws.write(rawFrame(OP.text, "x", { reserved: 4 }));
    expect((await ws.readClose()).code).toBe(1002);
    await ws.untilEnded();
    other.write(textFrame("still here"));
    expect(await other.readText()).toBe("still here");
    ws.stream.end();
    await until(() => ended.length === 1);
  });

  it("with CANCEL where it is terminated", async () => {
    const { address, opened, ended } = await serveEcho();
    const ws = await (await Http2Peer.connect(address.url)).open();
    opened[0]?.terminate();
    await until(() => ws.stream.closed && ended.length === 1);
    expect(ws.stream.rstCode).toBe(constants.NGHTTP2_CANCEL);
    expect(ended[0]).toMatchObject({ code: 1006, clean: false });
  });

  it("with 1006 and why where the peer resets it", async () => {
    const { address, ended } = await serveEcho();
    const peer = await Http2Peer.connect(address.url);
    const ws = await peer.open();
    ws.stream.close(constants.NGHTTP2_CANCEL);
    await until(() => ended.length === 1);
    expect(ended[0]).toMatchObject({ code: 1006, clean: false, error: { code: "ECONNRESET" } });
    expect(`${ended[0]?.error?.message}`).toContain("reset with code 8");
  });

  it("with all its session, without an error that nobody catches", async () => {
    const { address, ended } = await serveEcho();
    const peer = await Http2Peer.connect(address.url);
    await Promise.all([peer.open(), peer.open(), peer.open()]);
    peer.session.socket.unref();
    peer.session.destroy();
    await until(() => ended.length === 3);
    expect(ended.map(({ code }) => code)).toEqual([1006, 1006, 1006]);
  });
});

it("a port without the option knows nothing of HTTP/2", async () => {
  const { address } = await serve({}, {}, { port: 0, host: "127.0.0.1" });
  const session = connectHttp2(address.url.replace("ws", "http"));
  onTestFinished(() => session.destroy());
  const [error] = await once(session, "error");
  expect(error).toBeInstanceOf(Error);
});
