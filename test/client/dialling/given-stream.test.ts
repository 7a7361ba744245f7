import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { connect as connectTcp, createServer as createTcpServer } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { WebSocketServer } from "ws";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { connect } from "../../../src/client/connect.ts";
import type { ConnectionPlace } from "../../../src/client/dialling/given-stream.ts";
import type { ConnectOptions } from "../../../src/client/options.ts";
import { deferred } from "../../served.ts";
import { streamPair } from "../../stream-pair.ts";
import { accepting, answering, failure, Opened } from "../raw-server.ts";

const CERTIFICATE = selfSignedCertificate();
const tls = { ca: CERTIFICATE.cert };

let opened: Opened;
beforeEach(() => {
  opened = new Opened();
});
afterEach(() => opened.close());

/** An HTTP server with an echo service of the package `ws`, which does not listen. */
function echoServer() {
  const http = createHttpServer();
  new WebSocketServer({ server: http }).on("connection", (ws) => {
    ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary }));
  });
  return http;
}

/** A TLS server in front of an echo service, which does not listen. */
function secureEchoServer() {
  const http = echoServer();
  return createTlsServer(CERTIFICATE, (socket) => http.emit("connection", socket));
}

async function echoes(url: string, options: ConnectOptions): Promise<void> {
  const ws = await connect(url, options);
  for (const text of ["short", "long".repeat(50_000)]) {
    await ws.send(text);
    expect(await ws.receive()).toBe(text);
  }
  expect(await ws.close(1000)).toMatchObject({ code: 1000, clean: true });
}

describe("a stream that is given as socket", () => {
  it("may be any Duplex, with what the other side has sent already", async () => {
    const [near, far] = streamPair();
    echoServer().emit("connection", far);
    await echoes("ws://a.example/chat", { socket: near });
  });

  it("carries TLS for wss:", async () => {
    const [near, far] = streamPair();
    secureEchoServer().emit("connection", far);
    await echoes("wss://localhost/", { socket: near, tls });
  });

  it.each([true, false])("may be a socket that is connected (%s)", async (isConnected) => {
    const socket = connectTcp(await opened.listen(echoServer()), "127.0.0.1");
    if (isConnected) await once(socket, "connect");
    await echoes("ws://a.example/", { socket });
  });

  it.each([true, false])("may have TLS, for ws:, done already (%s)", async (isSecure) => {
    const port = await opened.listen(secureEchoServer());
    const socket = connectTls({ port, host: "localhost", ...tls });
    if (isSecure) await once(socket, "secureConnect");
    const ws = await connect("ws://localhost/", { socket });
    expect(ws.tls?.authorized).toBe(true);
    await ws.send("hello");
    expect(await ws.receive()).toBe("hello");
    await ws.close();
  });

  it("may be a tunnel through HTTP/2", async () => {
    const target = await opened.listen(echoServer());
    const proxy = createHttp2Server();
    proxy.on("stream", (stream, headers) => {
      const [host, port] = String(headers[":authority"]).split(":");
      const socket = connectTcp(Number(port), host, () => {
        stream.respond({ ":status": 200 });
        stream.pipe(socket).pipe(stream);
      });
      for (const side of [stream, socket]) side.on("error", () => {});
    });
    const session = connectHttp2(`http://127.0.0.1:${await opened.listen(proxy)}`);
    // The proxy is torn down before it.
    session.on("error", () => {});
    onTestFinished(() => session.close());
    const socket = session.request({
      ":method": "CONNECT",
      ":authority": `127.0.0.1:${target}`,
    }) as Duplex;
    await once(socket, "response");
    await echoes(`ws://127.0.0.1:${target}/`, { socket });
  });

  it("is destroyed when the attempt fails", async () => {
    const [near, far] = streamPair();
    far.once("data", () => far.write("HTTP/1.1 403 x\r\nContent-Length: 2\r\n\r\nno"));
    const error = await failure("ws://a.example/", { socket: near });
    expect(error).toMatchObject({ code: "REFUSED", status: 403 });
    expect(near.destroyed).toBe(true);
  });

  it("is destroyed when the signal says so", async () => {
    const [near] = streamPair();
    const signal = AbortSignal.timeout(20);
    const attempt = connect("ws://a.example/", { socket: near, signal });
    await expect(attempt).rejects.toMatchObject({ name: "TimeoutError" });
    expect(near.destroyed).toBe(true);
  });

  it("is left alone when the arguments are wrong", async () => {
    const [near] = streamPair();
    await expect(connect("ws://a.example/#b", { socket: near })).rejects.toThrow("fragment");
    expect(near.destroyed).toBe(false);
  });

  it("says why it is of no use", async () => {
    const [destroyed] = streamPair();
    destroyed.destroy();
    expect(await failure("ws://a.example/", { socket: destroyed })).toMatchObject({
      code: "CONNECT_FAILED",
      message: "could not connect to a.example:80: the stream is destroyed",
    });
    const [ended, far] = streamPair();
    far.end();
    expect(await failure("ws://a.example/", { socket: ended })).toMatchObject({
      code: "CONNECTION_LOST",
    });
    const failing = connectTcp(await freePort(), "127.0.0.1");
    expect(await failure("ws://a.example/", { socket: failing })).toMatchObject({
      code: "CONNECT_FAILED",
      cause: { code: "ECONNREFUSED" },
    });
    const untrusted = connectTls(await opened.listen(secureEchoServer()), "localhost");
    expect(await failure("ws://a.example/", { socket: untrusted })).toMatchObject({
      code: "CONNECT_FAILED",
      cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
    });
  });

  it("is asked whether ws: is meant where it has TLS and TLS within it fails", async () => {
    const port = await opened.listen(secureEchoServer());
    const socket = connectTls({ port, host: "localhost", ...tls });
    const error = await failure(`wss://localhost:${port}/`, { socket, tls });
    expect(error.message).toContain("has TLS already: is ws: meant?");
    await opened.drained();
  });
});

/** A port on which nobody listens. */
async function freePort(): Promise<number> {
  const other = new Opened();
  const port = await other.listen(createTcpServer());
  await other.close();
  return port;
}

describe("createConnection", () => {
  it("is told where to, and may take its time", async () => {
    const places: ConnectionPlace[] = [];
    const port = await opened.listen(echoServer());
    await echoes("ws://me:secret@[::1]:7/?token=secret", {
      async createConnection(place) {
        places.push(place);
        await new Promise((resolve) => setTimeout(resolve, 10));
        return connectTcp(port, "127.0.0.1");
      },
    });
    expect(places).toEqual([
      { host: "::1", port: 7, secure: false, signal: expect.any(AbortSignal) },
    ]);
    expect(places[0]?.signal.aborted).toBe(false);
  });

  it("makes what TLS is started on", async () => {
    const port = await opened.listen(secureEchoServer());
    const createConnection = (place: ConnectionPlace) => {
      expect(place.secure).toBe(true);
      return connectTcp(port, "127.0.0.1");
    };
    await echoes("wss://localhost/", { createConnection, tls });
  });

  it.each<[string, () => never]>([
    [
      "throws",
      () => {
        throw new Error("no way");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no way")) as never],
  ])("that %s is a connection that failed", async (_, createConnection) => {
    expect(await failure("ws://a.example/", { createConnection })).toMatchObject({
      code: "CONNECT_FAILED",
      message: "could not connect to a.example:80: no way",
    });
  });

  it("that returns no stream is a mistake", async () => {
    const createConnection = () => ({}) as Duplex;
    await expect(connect("ws://a.example/", { createConnection })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: "what createConnection has returned is an object, expected a Duplex stream",
    });
  });

  it("that takes too long is given up, and its stream is destroyed when it comes", async () => {
    const late = deferred<Duplex>();
    let signal: AbortSignal | undefined;
    const error = await failure("ws://a.example/", {
      handshakeTimeout: 30,
      createConnection(place) {
        signal = place.signal;
        return late.promise;
      },
    });
    expect(error).toMatchObject({
      code: "HANDSHAKE_TIMEOUT",
      message: expect.stringContaining("under way was createConnection()"),
    });
    expect(signal?.reason).toBe(error);
    const [near] = streamPair();
    late.resolve(near);
    await new Promise((resolve) => setImmediate(resolve));
    expect(near.destroyed).toBe(true);
  });

  it("that rejects when it has been given up is no unhandled rejection", async () => {
    const late = deferred<Duplex>();
    const signal = AbortSignal.timeout(20);
    const attempt = connect("ws://a.example/", { signal, createConnection: () => late.promise });
    await expect(attempt).rejects.toMatchObject({ name: "TimeoutError" });
    late.reject(new Error("too late"));
    await new Promise((resolve) => setImmediate(resolve));
  });

  it("is called for each redirect", async () => {
    const port = await opened.tcp(
      answering((head) =>
        head.startsWith("GET /old ")
          ? "HTTP/1.1 307 x\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n"
          : accepting(head),
      ),
    );
    const made: Duplex[] = [];
    const ws = await connect("ws://a.example/old", {
      maxRedirects: 1,
      createConnection() {
        const socket = connectTcp(port, "127.0.0.1");
        made.push(socket);
        return socket;
      },
    });
    expect(made.map((stream) => stream.destroyed)).toEqual([true, false]);
    ws.terminate();
  });
});
