import { createServer, type IncomingMessage } from "node:http";
import { type AddressInfo, connect as connectTcp } from "node:net";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import type { ServerOptions, UpgradeRequest } from "../../../src/index.ts";
import { RawPeer, upgradeHead } from "../../raw-peer.ts";
import { deferred, serve, serveAttached } from "../../served.ts";

/** The request that a handler function gets for a head. */
async function requested(
  target: string,
  headers: Record<string, string | undefined> = {},
  options: ServerOptions = {},
): Promise<UpgradeRequest> {
  const seen = deferred<UpgradeRequest>();
  const { server, connect } = await serve(undefined, options);
  server.handle("/*", (request) => {
    seen.resolve(request);
    request.upgrade();
  });
  const peer = await connect();
  peer.write(upgradeHead(target, headers));
  await peer.readUpgraded();
  return seen.promise;
}

describe("the address of a request", () => {
  it.each([
    ["/chat?room=1", "a.test:8199", "ws://a.test:8199/chat?room=1"],
    ["/%C3%BC/../x", "a.test", "ws://a.test/x"],
    ["http://a.test/chat", "a.test", "ws://a.test/chat"],
    ["/", "[::1]:1", "ws://[::1]:1/"],
    ["//b.test/x", "a.test", "ws://a.test//b.test/x"],
    ["/x", "a%00b", "ws://invalid/x"],
  ])("of %s at %s is %s", async (target, host, address) => {
    const request = await requested(target, { Host: host });
    expect(request.url).toBeInstanceOf(URL);
    expect(request.url.href).toBe(address);
    expect(request.host).toBe(host);
  });

  it("is wss over TLS", async () => {
    const certificate = selfSignedCertificate();
    const seen = deferred<UpgradeRequest>();
    const { address } = await serve(
      (request) => seen.resolve(request.upgrade().request as UpgradeRequest),
      {},
      { port: 0, host: "127.0.0.1", tls: certificate },
    );
    const peer = new RawPeer(connectTls({ port: address.port, ca: certificate.cert }));
    onTestFinished(() => peer.destroy());
    await peer.upgrade("/", { Host: "a.test" });
    expect((await seen.promise).url.href).toBe("wss://a.test/");
  });
});

describe("the cookies of a request", () => {
  it("are there by name", async () => {
    const { cookies } = await requested("/", { Cookie: "session=a%20b; theme=dark; session=c" });
    expect({ ...cookies }).toEqual({ session: "a b", theme: "dark" });
  });

  it("are none where there is no such field", async () => {
    expect({ ...(await requested("/")).cookies }).toEqual({});
  });
});

describe("the client's address", () => {
  it("is known to the request and the connection", async () => {
    const seen = deferred<unknown[]>();
    const { connect } = await serve((request) => {
      const before = [request.remoteAddress, request.remotePort];
      const ws = request.upgrade();
      seen.resolve([...before, ws.remoteAddress, ws.remotePort]);
    });
    const peer = await connect();
    await peer.upgrade();
    const { localPort } = peer.socket;
    expect(await seen.promise).toEqual(["127.0.0.1", localPort, "127.0.0.1", localPort]);
  });
});

describe("the client's certificate", () => {
  it("is known before the upgrade, where one was asked for", async () => {
    const server = selfSignedCertificate(["localhost"]);
    const client = selfSignedCertificate(["client.test"]);
    const { address, errors } = await serve(
      (request) => {
        const names = request.tls?.peerCertificate.subjectaltname;
        if (names === undefined) return request.reject(401);
        const trusted = `${request.tls?.authorized}`;
        request.upgrade({ headers: { "X-Names": names, "X-Trusted": trusted } });
      },
      {},
      {
        port: 0,
        host: "127.0.0.1",
        tls: { ...server, ca: client.cert, requestCert: true, rejectUnauthorized: false },
      },
    );
    const connect = (own: object) => {
      const peer = new RawPeer(connectTls({ port: address.port, ca: server.cert, ...own }));
      onTestFinished(() => peer.destroy());
      return peer;
    };
    const known = await connect(client).upgrade();
    expect(known.field("X-Names")).toContain("DNS:client.test");
    expect(known.field("X-Trusted")).toBe("true");
    const stranger = connect({});
    stranger.write(upgradeHead());
    expect((await stranger.readResponse()).status).toBe(401);
    expect(errors).toEqual([]);
  });

  it("is undefined on a plain connection", async () => {
    expect((await requested("/")).tls).toBeUndefined();
  });
});

describe("the raw request", () => {
  const HEAD =
    "GET /a?b=c HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "SEC-websocket-KEY: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nX-A: 1\r\nx-a:  2 \r\n" +
    "Cookie: a=b\r\ncookie: c=d\r\nSet-Cookie: x\r\nUser-Agent: one\r\nUser-Agent: two\r\n" +
    "__proto__: p\r\nX-Empty:\r\n\r\n";

  /** What of an IncomingMessage its users look at. */
  function facts(raw: IncomingMessage) {
    const { method, url, httpVersion, httpVersionMajor, httpVersionMinor } = raw;
    const { rawHeaders, headers, headersDistinct, trailers, statusCode, complete } = raw;
    return {
      ...{ method, url, httpVersion, httpVersionMajor, httpVersionMinor, complete, statusCode },
      ...{ rawHeaders, headers: { ...headers }, distinct: { ...headersDistinct }, trailers },
    };
  }

  /** The request of HEAD as `node:http` reads it. */
  async function fromNode(): Promise<IncomingMessage> {
    const http = createServer().listen(0, "127.0.0.1");
    const asked = deferred<IncomingMessage>();
    http.on("upgrade", (request, socket) => {
      asked.resolve(request);
      socket.destroy();
    });
    onTestFinished(() => void http.close());
    await new Promise((resolve) => http.once("listening", resolve));
    const socket = connectTcp((http.address() as AddressInfo).port, "127.0.0.1");
    socket.on("error", () => {}).write(HEAD);
    return asked.promise;
  }

  it("is what node:http would have made of the same head", async () => {
    const seen = deferred<IncomingMessage>();
    const { server, connect } = await serve(undefined);
    server.handle("/a", (request) => {
      seen.resolve(request.raw);
      expect(request.raw).toBe(request.raw);
      const ws = request.upgrade();
      expect(ws.request?.raw).toBe(request.raw);
    });
    const peer = await connect();
    peer.write(HEAD);
    await peer.readUpgraded();
    const raw = await seen.promise;
    expect(facts(raw)).toEqual(facts(await fromNode()));
    expect(raw.socket.remotePort).toBe(peer.socket.localPort);
    let body = "";
    for await (const chunk of raw) body += chunk;
    expect(body).toBe("");
  });

  it("of an attached server is its own", async () => {
    const http = createServer();
    const { server, connect } = await serveAttached(http);
    const given = deferred<IncomingMessage>();
    http.on("upgrade", (request) => given.resolve(request));
    const seen = deferred<IncomingMessage>();
    server.handle("/raw", (request) => {
      seen.resolve(request.raw);
      request.upgrade();
    });
    await (await connect()).upgrade("/raw");
    expect(await seen.promise).toBe(await given.promise);
  });

  it("is there for who asks a connection of a handler object", async () => {
    const seen = deferred<string | undefined>();
    const { connect } = await serve({ open: (ws) => seen.resolve(ws.request?.raw.url) });
    await (await connect()).upgrade("/?a=b");
    expect(await seen.promise).toBe("/?a=b");
  });
});
