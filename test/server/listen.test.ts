import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { type Connection, Server } from "../../src/index.ts";
import { RawPeer, textFrame, upgradeHead } from "../raw-peer.ts";
import { deferred, openPair, serve } from "../served.ts";

const ECHO = { message: (ws: Connection, data: string | Buffer) => ws.send(data) };
const CERTIFICATE = selfSignedCertificate();

function connectSecurely(port: number): RawPeer {
  const ca = CERTIFICATE.cert;
  const socket = connectTls({ port, host: "127.0.0.1", ca, servername: "localhost" });
  onTestFinished(() => void socket.destroy());
  return new RawPeer(socket);
}

const secureTarget = { port: 0, host: "127.0.0.1", tls: CERTIFICATE };

describe("listen", () => {
  it("says where", async () => {
    const { server, address } = await serve(ECHO);
    expect(address).toMatchObject({ address: "127.0.0.1", secure: false });
    expect(address.url).toBe(`ws://127.0.0.1:${address.port}`);
    const everywhere = await server.listen(0);
    expect(everywhere.url).toBe(`ws://localhost:${everywhere.port}`);
    const four = await server.listen({ port: 0, host: "0.0.0.0" });
    expect(four.url).toBe(`ws://localhost:${four.port}`);
    const six = await server.listen({ port: 0, host: "::1" });
    expect(six.url).toBe(`ws://[::1]:${six.port}`);
    const peer = await RawPeer.connect({ port: six.port, host: "::1" });
    onTestFinished(() => peer.destroy());
    await peer.upgrade();
  });

  it("rejects with the system's error for a port that is taken", async () => {
    const { address, server } = await serve(ECHO);
    const again = server.listen({ port: address.port, host: "127.0.0.1" });
    await expect(again).rejects.toMatchObject({ code: "EADDRINUSE" });
    await expect(server.listen(-1)).rejects.toMatchObject({ code: "ERR_SOCKET_BAD_PORT" });
    await expect(server.listen(null as unknown as number)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
    });
  });

  it("by TLS sends each of many messages as it was, to a peer that takes its time", async () => {
    const opened = deferred<Connection>();
    const handler = { open: (ws: Connection) => opened.resolve(ws) };
    const { address } = await serve(handler, {}, secureTarget);
    const peer = connectSecurely(address.port);
    await peer.upgrade();
    const ws = await opened.promise;
    peer.socket.pause();
    // Each in a tick of its own, until TLS holds some that it has not read yet.
    const text = (i: number) => `${i}`.padStart(4000, ".");
    let sent = 0;
    while (ws.bufferedAmount < 200_000) {
      ws.send(text(sent++));
      await new Promise((resolve) => setImmediate(resolve));
    }
    peer.socket.resume();
    for (let i = 0; i < sent; i++) expect(await peer.readText()).toBe(text(i));
  });

  it("takes the path of a Unix socket", async () => {
    const directory = await mkdtemp(join(tmpdir(), "barewire-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const path = join(directory, "socket");
    const { open, address, server } = await serve(ECHO, {}, path);
    expect(address).toMatchObject({
      port: 0,
      address: path,
      secure: false,
      url: `ws+unix:${path}`,
    });
    const peer = await open();
    peer.write(textFrame("by file"));
    expect(await peer.readText()).toBe("by file");
    const [ws] = server.connections;
    expect(ws?.remoteAddress).toBeUndefined();
    expect(ws?.tls).toBeUndefined();
  });

  it("is refused after a shutdown, and undone by one that comes first", async () => {
    const server = new Server();
    const early = server.listen({ port: 0, host: "127.0.0.1" });
    const done = server.shutdown();
    await expect(early).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await done;
    await expect(server.listen(0)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});

describe("a TLS server", () => {
  it("serves WebSockets and pages", async () => {
    const { address } = await serve(
      ECHO,
      { listener: (_, response) => response.end("page") },
      secureTarget,
    );
    expect(address.secure).toBe(true);
    expect(address.url).toBe(`wss://127.0.0.1:${address.port}`);
    const peer = connectSecurely(address.port);
    peer.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    expect((await peer.readWholeResponse()).body).toBe("page");
    peer.write(upgradeHead(), textFrame("later"));
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("later");
    const direct = connectSecurely(address.port);
    direct.write(upgradeHead(), textFrame("at once"));
    await direct.readUpgraded();
    expect(await direct.readText()).toBe("at once");
  });

  it("tells what TLS has agreed upon, and judges the origin by https", async () => {
    const { address, server } = await serve(ECHO, {}, secureTarget);
    const peer = connectSecurely(address.port);
    await peer.upgrade("/", { Origin: "https://localhost" });
    const [ws] = server.connections;
    expect(ws?.tls).toMatchObject({ version: "TLSv1.3", authorized: false });
    expect(ws?.tls?.cipher).toMatch(/^TLS_/);
    expect(ws?.tls?.servername).toBe("localhost");
    const plain = connectSecurely(address.port);
    plain.write(upgradeHead("/", { Origin: "http://localhost" }));
    expect((await plain.readResponse()).status).toBe(403);
  });

  it("sends large and many messages unharmed", async () => {
    const { address, server } = await serve(ECHO, {}, secureTarget);
    const peer = connectSecurely(address.port);
    await peer.upgrade();
    const [ws] = server.connections;
    const large = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i & 255));
    for (let i = 0; i < 50; i++) {
      ws?.send(`short ${i}`);
      if (i % 10 === 0) ws?.send(large);
    }
    for (let i = 0; i < 50; i++) {
      expect(await peer.readText()).toBe(`short ${i}`);
      if (i % 10 === 0) expect((await peer.readFrame()).payload.equals(large)).toBe(true);
    }
  });

  it("includes the TLS handshake in its deadline", async () => {
    const { connect } = await serve(ECHO, { handshakeTimeout: 50 }, secureTarget);
    const silent = await connect();
    await silent.untilEnded();
  });

  it("survives a peer that does not speak TLS", async () => {
    const { connect, address } = await serve(ECHO, {}, secureTarget);
    const plain = await connect();
    plain.write(upgradeHead());
    await plain.untilEnded();
    const resetting = await connect();
    resetting.reset();
    await connectSecurely(address.port).upgrade();
  });

  it("is shut down in time while a peer is in the TLS handshake", async () => {
    const { connect, server } = await serve(ECHO, {}, secureTarget);
    const silent = await connect();
    await server.shutdown({ timeout: 50 });
    await silent.untilEnded();
  });
});

describe("addresses", () => {
  it("of both sides are known to a connection", async () => {
    const { ws, peer, address } = await openPair();
    expect(ws.remoteAddress).toBe("127.0.0.1");
    expect(ws.localAddress).toBe("127.0.0.1");
    expect(ws.localPort).toBe(address.port);
    expect(ws.remotePort).toBe(peer.socket.localPort);
  });
});
