import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { Delays, isPassing, retryAfter } from "../../../src/cli/connect/reconnecting.ts";
import { HandshakeError } from "../../../src/index.ts";
import { endCommands, runCommand, startCommand } from "../run-command.ts";

afterEach(endCommands);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe("Delays", () => {
  beforeEach(() => {
    vi.spyOn(Math, "random").mockReturnValue(1);
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("grow to 30 s, and begin anew behind a connection that has lasted", () => {
    const delays = new Delays();
    const seen = Array.from({ length: 7 }, () => delays.next());
    expect(seen).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    delays.ended(9_999);
    expect(delays.next()).toBe(30_000);
    delays.ended(10_000);
    expect(delays.next()).toBe(1000);
  });

  it("are random, and at least what the server asks for", () => {
    vi.mocked(Math.random).mockReturnValue(0.25);
    const delays = new Delays();
    expect(delays.next()).toBe(250);
    expect(delays.next(5000)).toBe(5000);
  });
});

describe("what may pass", () => {
  const refused = (status: number, headers = {}): HandshakeError =>
    new HandshakeError("REFUSED", "refused", { status, headers });

  it.each([
    [refused(503), true],
    [refused(500), true],
    [refused(429), true],
    [refused(408), true],
    [refused(403), false],
    [refused(404), false],
    [refused(301), false],
    [new HandshakeError("CONNECT_FAILED", "", { status: 0 }), true],
    [new HandshakeError("HANDSHAKE_TIMEOUT", "", { status: 0 }), true],
    [new HandshakeError("CONNECTION_LOST", "", { status: 0 }), true],
    [new HandshakeError("TLS_FAILED", "", { status: 0 }), false],
    [new HandshakeError("BAD_RESPONSE", "", { status: 101 }), false],
  ])("%s: %s", (error, expected) => {
    expect(isPassing(error)).toBe(expected);
  });

  it("is known from Retry-After, in seconds or as a date, up to an hour", () => {
    expect(retryAfter(refused(503, { "retry-after": "7" }))).toBe(7000);
    const date = new Date(Date.now() + 60_000).toUTCString();
    expect(retryAfter(refused(503, { "retry-after": date }))).toBeGreaterThan(50_000);
    expect(retryAfter(refused(503, { "retry-after": "99999" }))).toBe(3_600_000);
    expect(retryAfter(refused(503, { "retry-after": "soon" }))).toBe(0);
    expect(retryAfter(refused(503))).toBe(0);
  });
});

describe("--reconnect", () => {
  let http: Server;
  let port: number;
  let server: WebSocketServer;
  let got: string[];
  let sockets: WebSocket[];

  beforeEach(async () => {
    http = createServer();
    server = new WebSocketServer({ server: http });
    got = [];
    sockets = [];
    server.on("connection", (ws) => {
      sockets.push(ws);
      ws.on("message", (data) => got.push(`${sockets.length}: ${data}`));
    });
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    port = (http.address() as AddressInfo).port;
  });

  afterEach(() => {
    for (const ws of server.clients) ws.terminate();
    http.close();
  });

  it("connects again when the connection is lost, with --send anew and no line lost", async () => {
    const command = startCommand(["connect", `ws://127.0.0.1:${port}`, "-rx", "login"]);
    command.child.stdin.write("one\n");
    await until(() => got.length === 2);
    sockets[0]?.terminate();
    await command.output("stderr", /closed with 1006 \(lost\)\n.*connecting again in [\d.]+ s\n/s);
    command.child.stdin.write("two\n");
    await command.output("stderr", /connecting again.*connected to/s);
    await until(() => got.length === 4);
    expect(got).toEqual(["1: login", "1: one", "2: login", "2: two"]);
    // The end of the input is the user's: nothing follows it.
    command.child.stdin.end();
    expect(await command.exit).toBe(0);
    expect(sockets).toHaveLength(2);
  });

  it("tries until there is a server", async () => {
    http.close();
    await once(http, "close");
    const command = startCommand(["connect", `ws://127.0.0.1:${port}`, "-r", "--no-input"]);
    await command.output("stderr", /ECONNREFUSED[^\n]*\nconnecting again/);
    const later = createServer().listen(port, "127.0.0.1");
    const other = new WebSocketServer({ server: later });
    await command.output("stderr", /connected to/);
    command.child.kill("SIGINT");
    expect(await command.exit).toBe(0);
    for (const ws of other.clients) ws.terminate();
    later.close();
  });

  it("is ended by Ctrl-C while it waits", async () => {
    const command = startCommand(["connect", "ws://127.0.0.1:1", "-r"]);
    await command.output("stderr", /connecting again/);
    command.child.kill("SIGINT");
    expect(await command.exit).toBe(1);
  });

  it("gives up what does not pass", async () => {
    const refusing = createServer().on("upgrade", (_request, socket) => {
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    refusing.listen(0, "127.0.0.1");
    await once(refusing, "listening");
    const { port: closed } = refusing.address() as AddressInfo;
    const { code, stderr } = await runCommand(["connect", `ws://127.0.0.1:${closed}`, "-r"]);
    expect(stderr).not.toContain("again");
    expect(code).toBe(1);
    refusing.close();
  });
});
