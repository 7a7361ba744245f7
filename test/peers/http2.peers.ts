/** Interoperation over HTTP/2 with Python: a client of h2 and wsproto, Hypercorn as a server. */

import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { type Connection, type ConnectOptions, connect } from "../../src/index.ts";
import { CLOSES, isSame, MESSAGES } from "./messages.ts";
import { testOurServer } from "./our-server.ts";
import { PeerServer } from "./peer-server.ts";
import { pythonWithPackages } from "./python-environment.ts";

const FOLDER = fileURLToPath(new URL("python/", import.meta.url));

let python: string;

beforeAll(async () => {
  python = await pythonWithPackages();
});

describe("h2 and wsproto for Python", () => {
  testOurServer(() => [python, `${FOLDER}http2_client.py`], 2);
});

describe.each(["ws", "wss"])("our client with Hypercorn, over %s", (scheme) => {
  const certificate = scheme === "wss" ? selfSignedCertificate() : undefined;
  const trust = certificate === undefined ? {} : { tls: { ca: certificate.cert } };
  let server: PeerServer;
  let opened = 0;

  beforeAll(async () => {
    server = await PeerServer.start([python, `${FOLDER}hypercorn_server.py`], certificate);
  });
  afterAll(async () => {
    await server?.end();
  });

  async function open(path: "/echo" | "/close", options: ConnectOptions = {}) {
    const query = `n=${opened++}`;
    const ws = await connect(`${server.url(path)}?${query}`, { ...trust, http: 2, ...options });
    expect(ws.http).toBe("2");
    return { ws, query };
  }

  async function close(ws: Connection, code = 1000): Promise<void> {
    expect(await ws.close(code)).toMatchObject({ code, initiator: "local", clean: true });
  }

  it.each(MESSAGES)("has %s echoed", async (_, message) => {
    const { ws } = await open("/echo");
    await ws.send(message);
    expect(isSame(await ws.receive(), message)).toBe(true);
    await close(ws);
  });

  it("has the messages of many echoed on one session", async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => open("/echo")));
    expect(new Set(all.map(({ ws }) => ws.localPort)).size).toBe(1);
    for (const [i, { ws }] of all.entries()) await ws.send(`number ${i}`);
    for (const [i, { ws }] of all.entries()) expect(await ws.receive()).toBe(`number ${i}`);
    await Promise.all(all.map(({ ws }) => close(ws)));
  });

  it("pings and is answered", async () => {
    const { ws } = await open("/echo");
    const message = ws.receive();
    expect(await ws.ping("are you there?")).toBeGreaterThan(0);
    await ws.send("a message");
    expect(await message).toBe("a message");
    await close(ws);
  });

  it.each(CLOSES)("closes with %i %j", async (code, reason) => {
    const { ws, query } = await open("/echo");
    expect(await ws.close(code, reason)).toMatchObject({ code, clean: true });
    expect(await server.ended(query)).toMatchObject({ code });
  });

  it.each(CLOSES)("is closed with %i %j", async (code, reason) => {
    const { ws } = await open("/close");
    await ws.send(JSON.stringify({ code, reason }));
    await expect(ws.receive()).rejects.toThrow("the connection has ended");
    expect(await ws.closed).toMatchObject({ code, reason, initiator: "peer", clean: true });
  });

  it("agrees on a subprotocol", async () => {
    const { ws } = await open("/echo", { protocols: ["chat.v1", "chat.v2"] });
    expect(ws.protocol).toBe("chat.v2");
    await close(ws);
  });
});
