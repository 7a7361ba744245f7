import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createRequire } from "node:module";
import type { AddressInfo, LookupFunction, Server, Socket } from "node:net";
import { createProxy, type ProxyServer } from "proxy";
import socks from "simple-socks";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { connect } from "../../../src/client/connect.ts";
import type { ConnectOptions } from "../../../src/client/options.ts";
import { accepting, answering, Opened, open } from "../raw-server.ts";

const TARGET = selfSignedCertificate();
const PROXY = selfSignedCertificate(["proxy.example"]);

let opened: Opened;
beforeEach(() => {
  opened = new Opened();
});
afterEach(() => opened.close());

/** An echo server of the package `ws`, plain or with TLS. */
async function echo(scheme: string): Promise<number> {
  const http = scheme === "wss" ? createHttpsServer(TARGET) : createHttpServer();
  new WebSocketServer({ server: http }).on("connection", (ws) => {
    ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary }));
  });
  return opened.listen(http);
}

/** An HTTP proxy of the package `proxy`, and the targets that it was asked for. */
async function httpProxy(
  options: { tls?: boolean; authenticate?: ProxyServer["authenticate"] } = {},
) {
  const asked: (string | undefined)[] = [];
  const http = options.tls ? createHttpsServer(PROXY) : createHttpServer();
  http.on("connect", (request) => asked.push(request.url));
  const server = createProxy(http);
  if (options.authenticate) server.authenticate = options.authenticate;
  return { port: await opened.listen(server), asked };
}

/** A SOCKS5 proxy of the package `simple-socks`, and the hosts that it was asked for. */
async function socksProxy(options: Parameters<typeof socks.createServer>[0] = {}) {
  const asked: string[] = [];
  const server = socks.createServer({
    connectionFilter(destination, _origin, callback) {
      asked.push(`${destination.address}:${destination.port}`);
      callback();
    },
    ...options,
  });
  return { port: await opened.listen(server), asked };
}

/** Sends a message to and fro through whatever the options say. */
async function echoes(url: string, options: ConnectOptions): Promise<void> {
  const ws = await connect(url, { tls: { ca: TARGET.cert }, ...options });
  await ws.send("through");
  expect(await ws.receive()).toBe("through");
  await ws.close();
}

/** The package `socks4` has no types. */
type Socks4Server = Server & { proxyRequest(request: object): void };
const { createServer: createSocks4Server } = createRequire(import.meta.url)("socks4") as {
  createServer(): Socks4Server;
};

const SCHEMES = ["ws", "wss"];
const CREDENTIALS = `Basic ${btoa("me:p@w")}`;

describe("an HTTP proxy", () => {
  it.each(SCHEMES)("leads to a %s server", async (scheme) => {
    const target = await echo(scheme);
    const { port, asked } = await httpProxy();
    await echoes(`${scheme}://localhost:${target}/`, { proxy: `http://127.0.0.1:${port}` });
    expect(asked).toEqual([`localhost:${target}`]);
  });

  it.each(SCHEMES)("leads to a %s server when itself reached by TLS", async (scheme) => {
    const target = await echo(scheme);
    const { port, asked } = await httpProxy({ tls: true });
    const proxy = `https://localhost:${port}`;
    await echoes(`${scheme}://localhost:${target}/`, { proxy, proxyTls: { ca: PROXY.cert } });
    expect(asked).toEqual([`localhost:${target}`]);
  });

  it("gets credentials", async () => {
    const target = await echo("ws");
    const heard: unknown[] = [];
    const { port } = await httpProxy({
      authenticate(request) {
        heard.push(request.headers["proxy-authorization"]);
        return heard.at(-1) === CREDENTIALS;
      },
    });
    await echoes(`ws://127.0.0.1:${target}/`, { proxy: `http://me:p%40w@127.0.0.1:${port}` });
    const attempt = connect(`ws://127.0.0.1:${target}/`, { proxy: `http://127.0.0.1:${port}` });
    await expect(attempt).rejects.toMatchObject({
      code: "PROXY_REFUSED",
      status: 407,
      received: { status: 407, body: Buffer.from("Proxy authorization required") },
      message: expect.stringContaining("put credentials into the proxy's URL"),
    });
    expect(heard).toEqual([CREDENTIALS, undefined]);
  });

  it("gets proxyHeaders, which the target does not", async () => {
    let atTarget = "";
    const target = await opened.tcp(
      answering((head) => {
        atTarget = head;
        return accepting(head);
      }),
    );
    const heard: unknown[] = [];
    const { port } = await httpProxy({
      authenticate(request) {
        heard.push(request.headers["proxy-authorization"], request.headers["x-route"]);
        return true;
      },
    });
    const { stream } = await open(`ws://127.0.0.1:${target}/`, {
      proxy: `http://127.0.0.1:${port}`,
      proxyHeaders: { "Proxy-Authorization": "Bearer t", "X-Route": ["a", "b"] },
    });
    stream.destroy();
    expect(heard).toEqual(["Bearer t", "a, b"]);
    expect(atTarget).not.toMatch(/bearer|x-route/i);
  });

  it("does not get the credentials of the target, nor the target those of the proxy", async () => {
    const heads: string[] = [];
    const target = await opened.tcp(
      answering((head) => {
        heads.push(head);
        return accepting(head);
      }),
    );
    const { port } = await httpProxy({
      authenticate(request) {
        heads.push(request.rawHeaders.join());
        return true;
      },
    });
    const url = `ws://you:secret@127.0.0.1:${target}/`;
    const { stream } = await open(url, { proxy: `http://me:pw@127.0.0.1:${port}` });
    stream.destroy();
    expect(heads).toHaveLength(2);
    expect(heads[0]).toContain(btoa("me:pw"));
    expect(heads[0]).not.toContain(btoa("you:secret"));
    expect(heads[1]).toContain(btoa("you:secret"));
    expect(heads[1]).not.toMatch(/proxy-authorization/i);
  });

  it("says no to a target that it cannot reach", async () => {
    const { port } = await httpProxy();
    const attempt = connect("ws://127.0.0.1:1/", { proxy: `http://127.0.0.1:${port}` });
    await expect(attempt).rejects.toMatchObject({
      code: "PROXY_REFUSED",
      status: 500,
      message: expect.stringMatching(/refused to connect to 127\.0\.0\.1:1: it answered 500/),
    });
  });

  it.each([199, 300])("says no with the status %i, too", async (status) => {
    // Nine times: eight interim responses are passed over.
    const answer = `HTTP/1.1 ${status} x\r\nContent-Length: 0\r\n\r\n`.repeat(9);
    const port = await opened.tcp(answering(() => answer));
    const attempt = connect("ws://a.example/", { proxy: `http://127.0.0.1:${port}` });
    await expect(attempt).rejects.toMatchObject({ code: "PROXY_REFUSED", status });
  });

  it("loses no byte that stands right behind its answer", async () => {
    const port = await opened.tcp((socket) => {
      socket.once("data", () => {
        // All at once: the proxy's answer, an interim response, and half of the final one.
        socket.write(
          "HTTP/1.1 200 Fine\r\nContent-Length: 5\r\n\r\nHTTP/1.1 103 x\r\n\r\nHTTP/1.1 403 No",
        );
        socket.once("data", () => socket.end(" Way\r\n\r\n"));
      });
    });
    const attempt = connect("ws://a.example/", { proxy: `http://127.0.0.1:${port}` });
    await expect(attempt).rejects.toMatchObject({
      code: "REFUSED",
      status: 403,
      message: expect.stringContaining('"No Way"'),
    });
  });

  it.each([
    ["is no HTTP server", "SSH-2.0-x\r\n\r\n", "is no HTTP"],
    ["hangs up", "", "hung up instead of answering CONNECT"],
    ["sends a head without end", `HTTP/1.1 200 x\r\nX: ${"y".repeat(20_000)}`, "16384 bytes"],
  ])("fails when it %s", async (_, answer, message) => {
    const port = await opened.tcp((socket) =>
      socket.once("data", () => socket.end(answer)).resume(),
    );
    const attempt = connect("ws://a.example/", { proxy: `http://me:secret@127.0.0.1:${port}` });
    await expect(attempt).rejects.toMatchObject({
      code: "PROXY_FAILED",
      message: expect.stringContaining(message),
    });
    await expect(attempt).rejects.toThrow(/^(?!.*secret)/);
    await opened.drained();
  });

  it("fails when it is not there", async () => {
    const other = new Opened();
    const port = await other.tcp(() => {});
    await other.close();
    const attempt = connect("ws://a.example/", { proxy: `http://127.0.0.1:${port}` });
    await expect(attempt).rejects.toMatchObject({
      code: "PROXY_FAILED",
      cause: { code: "ECONNREFUSED" },
      message: expect.stringContaining(`could not connect to the proxy http://127.0.0.1:${port}`),
    });
  });

  it("fails when its certificate is not trusted, tls.ca being the target's", async () => {
    const { port } = await httpProxy({ tls: true });
    const options = { proxy: `https://localhost:${port}`, tls: { ca: PROXY.cert } };
    await expect(connect("wss://a.example/", options)).rejects.toMatchObject({
      code: "PROXY_FAILED",
      message: expect.stringContaining("proxyTls.ca"),
      cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
    });
    await opened.drained();
  });

  it("does not stand in for the target's certificate", async () => {
    const target = await echo("wss");
    const { port } = await httpProxy();
    const options = { proxy: `http://127.0.0.1:${port}` };
    await expect(connect(`wss://localhost:${target}/`, options)).rejects.toMatchObject({
      code: "TLS_FAILED",
      message: expect.stringContaining(`TLS with localhost:${target}`),
    });
  });
});

describe("a SOCKS5 proxy", () => {
  it.each([
    ["ws", "socks5"],
    ["ws", "socks5h"],
    ["ws", "socks"],
    ["wss", "socks5"],
  ])("leads to a %s server, by name, as %s", async (scheme, kind) => {
    const target = await echo(scheme);
    const { port, asked } = await socksProxy();
    // The name is for the proxy to resolve: nobody asks for it here.
    const lookup: LookupFunction = () => expect.unreachable();
    const options = { proxy: `${kind}://127.0.0.1:${port}`, lookup };
    await echoes(`${scheme}://localhost:${target}/`, options);
    expect(asked).toEqual([`localhost:${target}`]);
  });

  it("leads to an IP address", async () => {
    const target = await echo("ws");
    const { port, asked } = await socksProxy();
    await echoes(`ws://127.0.0.1:${target}/`, { proxy: `socks5://127.0.0.1:${port}` });
    expect(asked).toEqual([`127.0.0.1:${target}`]);
  });

  it("gets credentials", async () => {
    const target = await echo("ws");
    const { port } = await socksProxy({
      authenticate(username, password, _socket, callback) {
        callback(username === "me" && password === "p@w" ? undefined : new Error("no"));
      },
    });
    const url = `ws://127.0.0.1:${target}/`;
    await echoes(url, { proxy: `socks5://me:p%40w@127.0.0.1:${port}` });
    await expect(connect(url, { proxy: `socks5://me:x@127.0.0.1:${port}` })).rejects.toMatchObject({
      code: "PROXY_REFUSED",
      message: expect.stringContaining("does not accept the user name and password"),
    });
    await expect(connect(url, { proxy: `socks5://127.0.0.1:${port}` })).rejects.toMatchObject({
      code: "PROXY_REFUSED",
      message: expect.stringContaining("wants credentials"),
    });
  });

  it("says no to a target that it cannot reach", async () => {
    const { port } = await socksProxy();
    const attempt = connect("ws://127.0.0.1:1/", { proxy: `socks5://127.0.0.1:${port}` });
    await expect(attempt).rejects.toMatchObject({
      code: "PROXY_REFUSED",
      message: expect.stringContaining(
        "connection refused by the target (reply 5, for 127.0.0.1:1)",
      ),
    });
  });

  it("loses no byte that stands right behind its reply", async () => {
    const port = await opened.tcp((socket: Socket) => {
      socket.once("data", () => {
        socket.write(Buffer.from("0500", "hex"));
        socket.once("data", () => {
          const reply = Buffer.from("05000001000000000000", "hex");
          socket.write(
            Buffer.concat([reply, Buffer.from("HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n")]),
          );
          socket.resume();
        });
      });
    });
    const attempt = connect("ws://a.example/", { proxy: `socks5://127.0.0.1:${port}` });
    await expect(attempt).rejects.toMatchObject({ code: "REFUSED", status: 403 });
  });
});

describe("a SOCKS4A proxy", () => {
  it.each([
    ["ws", "localhost"],
    ["wss", "localhost"],
    ["ws", "127.0.0.1"],
  ])("leads to a %s server at %s", async (scheme, host) => {
    const target = await echo(scheme);
    const asked: string[] = [];
    const server = createSocks4Server();
    server.on("connect", (request: { host: string; port: number }) => {
      asked.push(`${request.host}:${request.port}`);
      server.proxyRequest(request);
    });
    // Not by `opened`: what this server says of its connections is no socket.
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    // The name is for the proxy to resolve: nobody asks for it here.
    const options = { proxy: `socks4a://127.0.0.1:${port}`, lookup: () => expect.unreachable() };
    await echoes(`${scheme}://${host}:${target}/`, options);
    expect(asked).toEqual([`${host}:${target}`]);
  });
});

describe("a proxy of the environment", () => {
  it("is used by name of the target, and not for loopback unless asked", async () => {
    const target = await opened.tcp(answering(accepting));
    const { port, asked } = await socksProxy();
    const env = { ALL_PROXY: `socks5://127.0.0.1:${port}` };
    const url = `ws://127.0.0.1:${target}/`;
    (await open(url, { proxy: "env" }, env)).stream.destroy();
    (await open(url, {}, env)).stream.destroy();
    expect(asked).toEqual([]);
    (await open(url, { proxy: "env", proxyLoopback: true }, env)).stream.destroy();
    expect(asked).toEqual([`127.0.0.1:${target}`]);
    const bypassed = { ...env, NO_PROXY: "127.0.0.0/8" };
    (await open(url, { proxy: "env", proxyLoopback: true }, bypassed)).stream.destroy();
    expect(asked).toHaveLength(1);
  });
});
