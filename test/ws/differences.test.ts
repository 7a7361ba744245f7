import { once } from "node:events";
import { createServer } from "node:http";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "../../src/ws/ws.ts";
import { OP, rawFrame, upgradeHead } from "../raw-peer.ts";
import { couple, coupleRaw, ended, HOST, raw, serve } from "./serve.ts";

// The table of docs/ws.md, as far as the other files do not have it.

async function statusFor(server: WebSocketServer, head: string): Promise<number> {
  const peer = await raw(server);
  peer.write(head);
  return (await peer.readResponse()).status;
}

describe("strictRequests", () => {
  it.each([
    ["no Host", upgradeHead("/", { Host: undefined })],
    ["a body", upgradeHead("/", { "Content-Length": "1" })],
    [
      "a version twice",
      upgradeHead("/", { "Sec-WebSocket-Version": "13\r\nX: 1" }).replace(
        "X: 1",
        "Sec-WebSocket-Version: 13",
      ),
    ],
    [
      "a key with unused bits",
      upgradeHead("/", { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZR==" }),
    ],
  ])("refuses %s", async (_, head) => {
    expect(await statusFor(await serve(), head)).toBe(400);
  });

  it("is what refuses a key with unused bits", async () => {
    const server = await serve({ strictRequests: false });
    const key = "dGhlIHNhbXBsZSBub25jZR==";
    expect(await statusFor(server, upgradeHead("/", { "Sec-WebSocket-Key": key }))).toBe(101);
  });
});

describe("stricter than ws", () => {
  it("are lines of the answer, which cannot have a line break in them", async () => {
    const http = createServer().listen(0, HOST);
    await once(http, "listening");
    onTestFinished(() => void http.close());
    const server = new WebSocketServer({ noServer: true });
    server.on("headers", (lines) => lines.push("X: 1\r\nY: 2"));
    const thrown = new Promise<unknown>((resolve) => {
      http.on("upgrade", (request, socket, head) => {
        try {
          server.handleUpgrade(request, socket, head, () => {});
        } catch (error) {
          resolve(error);
        }
        socket.destroy();
      });
    });
    const ws = new WebSocket(`ws://${HOST}:${(http.address() as { port: number }).port}`);
    ws.on("error", () => {});
    expect(await thrown).toBeInstanceOf(TypeError);
  });

  it("is a client, which masks whatever it is told", async () => {
    const { here, there } = await couple();
    const message = once(here, "message");
    there.send("hello", { mask: false });
    expect(String((await message)[0])).toBe("hello");
  });

  it("is text that is sent as bytes, unless skipUTF8Validation is true", async () => {
    const { there } = await couple();
    const bytes = Buffer.from([0xff]);
    expect(() => there.send(bytes, { binary: false })).toThrow(TypeError);
    const loose = await couple({ skipUTF8Validation: true }, { skipUTF8Validation: true });
    const message = once(loose.here, "message");
    loose.there.send(bytes, { binary: false });
    expect(await message).toEqual([bytes, false]);
  });

  it("is a server that has more waiting than maxTotalBuffered", async () => {
    const { here, peer } = await coupleRaw({ maxTotalBuffered: 1 << 20 });
    peer.socket.pause();
    const end = ended(here);
    for (let i = 0; i < 64 && here.readyState === WebSocket.OPEN; i++) {
      here.send(Buffer.alloc(256 * 1024));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(here.readyState).not.toBe(WebSocket.OPEN);
    peer.destroy();
    expect((await end)[0]).toBe(1006);
  });
});

describe("looser than ws", () => {
  it("are lists with empty elements", async () => {
    const server = await serve();
    const head = upgradeHead("/", { "Sec-WebSocket-Protocol": "a,,b" });
    expect(await statusFor(server, head)).toBe(101);
  });

  it("is verifyClient, which may return a promise", async () => {
    const verdict = (yes: boolean) => (async () => yes) as unknown as () => boolean;
    expect(await statusFor(await serve({ verifyClient: verdict(false) }), upgradeHead())).toBe(401);
    expect(await statusFor(await serve({ verifyClient: verdict(true) }), upgradeHead())).toBe(101);
  });
});

describe("another order", () => {
  it("lets whoever listens in the next microtask miss no message", async () => {
    const server = await serve();
    const accepted = once(server, "connection");
    const peer = await raw(server);
    peer.write(upgradeHead(), rawFrame(OP.text, "first"));
    const [ws] = (await accepted) as [WebSocket];
    await Promise.resolve();
    const [data] = await once(ws, "message");
    expect(String(data)).toBe("first");
  });

  it("writes what was sent in a turn at once, and when the stream is looked at", async () => {
    const { here, peer } = await coupleRaw();
    const stream = (here as unknown as { _socket: { bytesWritten: number } })._socket;
    const before = stream.bytesWritten;
    for (let i = 0; i < 10; i++) here.send("a");
    const { _socket: looked } = here as unknown as { _socket: { bytesWritten: number } };
    expect(looked.bytesWritten - before).toBe(30);
    for (let i = 0; i < 10; i++) expect((await peer.readFrame()).payload.toString()).toBe("a");
  });

  it("gives a message in fragments as one Buffer", async () => {
    const { here, peer } = await coupleRaw();
    here.binaryType = "fragments";
    const message = once(here, "message");
    peer.write(rawFrame(OP.binary, "a", { fin: false }), rawFrame(OP.continuation, "b"));
    expect((await message)[0]).toEqual([Buffer.from("ab")]);
  });
});
