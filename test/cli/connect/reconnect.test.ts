import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { endCommands, runCommand, startCommand } from "../run-command.ts";

afterEach(endCommands);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

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

  it("waits as long as the server asks for", async () => {
    const busy = createServer().on("upgrade", (_request, socket) => {
      socket.end("HTTP/1.1 503 Busy\r\nRetry-After: 40\r\nContent-Length: 0\r\n\r\n");
    });
    busy.listen(0, "127.0.0.1");
    await once(busy, "listening");
    const { port: at } = busy.address() as AddressInfo;
    const command = startCommand(["connect", `ws://127.0.0.1:${at}`, "-r"]);
    const [, delay] = await command.output("stderr", /503[^\n]*\nconnecting again in ([\d.]+) s/);
    expect(Number(delay)).toBeGreaterThanOrEqual(40);
    command.child.kill("SIGINT");
    expect(await command.exit).toBe(1);
    busy.close();
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
    // It is told once.
    expect(stderr.match(/403/g)).toHaveLength(1);
    expect(code).toBe(1);
    refusing.close();
  });

  it("gives up when the server closes with a code that will not pass", async () => {
    const command = startCommand(["connect", `ws://127.0.0.1:${port}`, "-r"]);
    await until(() => sockets.length === 1);
    sockets[0]?.close(1008, "not you");
    expect(await command.exit).toBe(1);
    expect(command.stderr).toContain("closed with 1008: not you\n");
    expect(command.stderr).not.toContain("again");
  });
});
