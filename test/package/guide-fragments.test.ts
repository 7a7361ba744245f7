import { EventEmitter, once } from "node:events";
import { createServer, type Server as HttpServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import ts from "typescript";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import {
  connect,
  type HandshakeError,
  type Listener,
  type ListenTarget,
  type RefusedHandshake,
  Server,
  type ServerOptions,
} from "../../src/index.ts";
import { RawPeer, textFrame, upgradeHead } from "../raw-peer.ts";
import { until } from "../served.ts";
import { snippetsOf } from "./snippets.ts";

// The guide's examples of the server that are no programs of their own: what stands in them is run here, in
// this process, and does what the text says. That they compile is tested in readme.test.ts.

const FRAGMENTS = snippetsOf("docs/guide.md").filter(({ complete }) => !complete);
const TLS = selfSignedCertificate(["localhost"]);

/** Servers that a fragment makes, on free ports whatever it says. */
const made: Recorded[] = [];
class Recorded extends Server {
  readonly listeners: Listener[] = [];

  constructor(options?: ServerOptions) {
    super(options);
    made.push(this);
    onTestFinished(async () => void (await this.shutdown({ timeout: 500 })));
  }

  override async listen(target: ListenTarget): Promise<Listener> {
    const options = typeof target === "object" ? target : {};
    const listener = await super.listen({ ...options, port: 0, host: "127.0.0.1" });
    this.listeners.push(listener);
    return listener;
  }

  async port(): Promise<number> {
    return (await this.listen(0)).port;
  }
}

/** Runs the fragment in which something stands, with what its text takes for granted. */
async function run(what: string, scope: Readonly<Record<string, unknown>>): Promise<void> {
  const found = FRAGMENTS.filter(({ code }) => code.includes(what));
  expect(found, `fragments with ${what}`).toHaveLength(1);
  const { outputText } = ts.transpileModule(found[0]!.code, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const AsyncFunction = (async () => {}).constructor as FunctionConstructor;
  await AsyncFunction(...Object.keys(scope), outputText)(...Object.values(scope));
}

async function statusOf(attempt: Promise<unknown>): Promise<number> {
  const error: HandshakeError = await attempt.then(
    () => expect.unreachable(),
    (reason) => reason,
  );
  return error.status;
}

describe("the guide's fragments about a server", () => {
  it("listen, renew a certificate and close a listener", async () => {
    const server = new Recorded();
    let renewals = 0;
    const renewedCertificate = async () => {
      renewals++;
      return selfSignedCertificate(["renewed.test"]);
    };
    const printed: unknown[] = [];
    const console = { log: (line: unknown) => printed.push(line) };
    await run("setSecureContext(await renewedCertificate())", {
      ...{ server, renewedCertificate, console },
      ...{ cert: TLS.cert, key: TLS.key },
    });
    const [listener] = server.listeners;
    expect([renewals, printed]).toEqual([1, [listener?.url]]);
    expect(listener?.secure).toBe(true);
    const gone = connect(`${listener?.url}/`, { tls: { ca: TLS.cert } });
    await expect(gone).rejects.toMatchObject({ code: "CONNECT_FAILED" });
  });

  it("count by a handler object, whose data has a type", async () => {
    const server = new Recorded();
    await run('server.handle<number>("/counter"', { server });
    const url = `ws://127.0.0.1:${await server.port()}/counter`;
    const ws = await connect(url);
    for (const [text, total] of [
      ["four", "4"],
      ["seven", "9"],
    ] as const) {
      await ws.send(text);
      expect(await ws.receive()).toBe(total);
    }
    expect(await statusOf(connect(`${url}?closed`))).toBe(403);
  });

  it("ask who it is before they upgrade", async () => {
    const server = new Recorded();
    const said: unknown[][] = [];
    const findUser = async (session?: string) => (session === "1" ? "ann" : undefined);
    const say = async (...words: unknown[]) => void said.push(words);
    await run('server.handle("/rooms/:room"', { server, findUser, say });
    await run("handler: room, data: { name }", { server, findUser });
    const port = await server.port();
    const headers = { Cookie: "session=1" };
    const room = await connect(`ws://127.0.0.1:${port}/rooms/blue`, {
      headers,
      protocols: ["chat.v2"],
      maxMessageSize: 8 * 1024 * 1024,
    });
    expect(room.protocol).toBe("chat.v2");
    expect(room.response?.get("x-room")).toBe("blue");
    await room.send("hello");
    await until(() => said.length > 0);
    expect(said).toEqual([["ann", "hello"]]);
    const chat = await connect(`ws://127.0.0.1:${port}/chat`, {
      headers,
      maxMessageSize: 8 * 1024 * 1024,
    });
    await chat.send("x".repeat(2 * 1024 * 1024));
    expect(String(await chat.receive())).toMatch(/^ann: x+$/);
    for (const path of ["/rooms/blue", "/chat"]) {
      expect(await statusOf(connect(`ws://127.0.0.1:${port}${path}`))).toBe(401);
    }
  });

  it("know a client by its certificate", async () => {
    const server = new Recorded({ onError() {} });
    const scope = { server, cert: TLS.cert, key: TLS.key, ca: TLS.cert };
    await run('server.handle("/devices"', scope);
    const [listener] = server.listeners;
    // It is refused in TLS: without a certificate nobody gets as far as the handler.
    const nobody = connect(`${listener?.url}/devices`, { tls: { ca: TLS.cert } });
    await expect(nobody).rejects.toMatchObject({ status: 0 });
  });

  it("pass requests on from a listener of one's own, and to one", async () => {
    const server = new Recorded();
    server.handle("/echo", { message: (ws, data) => ws.send(data) });
    const https: HttpServer[] = [];
    const recording = (listener: RequestListener) => {
      const http = createServer(listener);
      https.push(http);
      return http;
    };
    const app: RequestListener = (_, response) => response.end();
    await run("server.handleUpgrade(request, socket, head)", {
      ...{ server, app, key: "right", createServer: recording },
    });
    const httpServer = https[0]!;
    await new Promise<void>((resolve) => httpServer.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void httpServer.close());
    const { port } = httpServer.address() as AddressInfo;
    const url = `ws://127.0.0.1:${port}/echo`;
    const ws = await connect(url, { headers: { "X-API-Key": "right" } });
    await ws.send("hello");
    expect(await ws.receive()).toBe("hello");
    await ws.close();
    expect(await statusOf(connect(url))).toBe(401);

    await run("onUnknownUpgrade: (request, socket, head) => httpServer", {
      ...{ Server: Recorded, httpServer },
    });
    const others = `ws://127.0.0.1:${await made.at(-1)!.port()}/echo`;
    const passedOn = await connect(others, { headers: { "X-API-Key": "right" } });
    await passedOn.send("hello");
    expect(await passedOn.receive()).toBe("hello");
    await passedOn.close();
  });

  it("drain and shut down at a signal", async () => {
    const server = new Recorded();
    server.handle("/", {});
    const ws = await connect(`ws://127.0.0.1:${await server.port()}/`);
    const process = new EventEmitter();
    const printed: string[] = [];
    const console = { log: (line: string) => printed.push(line) };
    await run('process.once("SIGTERM"', { server, process, console });
    process.emit("SIGTERM");
    await until(() => server.drain() !== undefined);
    void ws.close(1000);
    await ws.closed;
    await until(() => printed.length === 2);
    expect(printed).toEqual(["0 connections are still open", "0 closed, 0 destroyed"]);
  });

  it("tell why nobody can connect", async () => {
    const told: unknown[][] = [];
    const console = { log: (...words: unknown[]) => void told.push(words) };
    await run("const watched = new Server", { Server: Recorded, console });
    const port = await made.at(-1)!.port();
    expect(await statusOf(connect(`ws://127.0.0.1:${port}/nowhere`))).toBe(404);
    const message = "there is no WebSocket at this path";
    expect(told).toEqual([
      ["127.0.0.1", "/nowhere", undefined, 404, "NO_ROUTE", message, undefined],
    ]);
  });

  it("judge origins and hosts", async () => {
    const refused: RefusedHandshake[] = [];
    class Watched extends Recorded {
      constructor(options: ServerOptions) {
        super({ ...options, onRefused: (what) => void refused.push(what) });
        this.handle("/ws", {});
      }
    }
    const status = async (server: Recorded, headers: Record<string, string>) => {
      const peer = await RawPeer.connect({ port: await server.port(), host: "127.0.0.1" });
      onTestFinished(() => peer.destroy());
      peer.write(upgradeHead("/ws", headers));
      return (await peer.readResponse()).status;
    };
    await run('origin: ["same-origin", "https://app.example.com", "file://"]', { Server: Watched });
    const origins = made.at(-1)!;
    for (const [Origin, expected] of [
      ["http://localhost", 101],
      ["https://app.example.com", 101],
      ["file://", 101],
      ["https://evil.example", 403],
    ] as const) {
      expect(await status(origins, { Origin }), Origin).toBe(expected);
    }
    await run("const development = new Server", { Server: Watched });
    const [development, production] = made.slice(-2);
    for (const [Host, atHome, outside] of [
      ["localhost:8199", 101, 421],
      ["192.0.2.1", 101, 421],
      ["evil.example", 421, 421],
      ["chat.example.com", 421, 101],
    ] as const) {
      expect(await status(development!, { Host }), Host).toBe(atHome);
      expect(await status(production!, { Host }), Host).toBe(outside);
    }
  });

  it("believe the proxies that they name", async () => {
    await run('new Server({ trustProxy: ["loopback"] })', { Server: Recorded });
    const behind = made.at(-1)!;
    behind.handle("/ws", { open: (ws) => ws.send(`${ws.remoteAddress} ${ws.request?.url}`) });
    const headers = {
      ...{ "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https" },
      ...{ "X-Forwarded-Host": "example.com" },
    };
    const ws = await connect(`ws://127.0.0.1:${await behind.port()}/ws`, { headers });
    expect(await ws.receive()).toBe("192.0.2.1 wss://example.com/ws");
    await ws.close();

    const server = new Recorded();
    server.handle("/ws", { message: (own, data) => own.send(data) });
    await run('proxyProtocol: ["10.0.0.5"]', { server, cert: TLS.cert, key: TLS.key });
    // From here no header is expected, and none is believed.
    const peer = await RawPeer.connect({ port: server.listeners[0]!.port, host: "127.0.0.1" });
    onTestFinished(() => peer.destroy());
    peer.write(upgradeHead("/ws"), textFrame("hello"));
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("hello");
    expect(server.listeners.map(({ secure }) => secure)).toEqual([false, true]);
    await once(peer.socket.end(), "close");
  });
});
