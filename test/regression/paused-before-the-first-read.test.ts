import { createHash } from "node:crypto";
import { createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Connection, connect } from "../../src/index.ts";
import { rawFrame } from "../raw-peer.ts";
import { deferred, serve, until } from "../served.ts";

const frames = Buffer.concat(
  Array.from({ length: 10 }, (_, i) => rawFrame(1, `message ${i}`, { masked: false })),
);
const expected = Array.from({ length: 10 }, (_, i) => `message ${i}`);

/** Answers handshakes, with the first bytes right behind the answer. Returns its URL. */
async function startServer(first: Buffer, later: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (head) => {
      const key = /sec-websocket-key: (.*)\r\n/i.exec(head.toString())![1];
      const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`);
      const answer =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
        `Sec-WebSocket-Accept: ${accept.digest("base64")}\r\n\r\n`;
      socket.write(Buffer.concat([Buffer.from(answer), first]));
      later(socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `ws://127.0.0.1:${(server.address() as { port: number }).port}/`;
}

/** Connects and pauses, in one of two ways; messages go to `received`. */
async function connectPaused(url: string, how: string, received: unknown[]): Promise<Connection> {
  const ws =
    how === "in open"
      ? await connect(url, {
          handler: { open: (ws) => ws.pause(), message: (_, data) => void received.push(data) },
        })
      : await connect(url);
  onTestFinished(() => ws.terminate());
  if (how === "in open") return ws;
  ws.pause();
  (async () => {
    for await (const message of ws) received.push(message);
  })().catch(() => {});
  return ws;
}

describe.each(["in open", "behind connect"])("a client that pauses %s", (how) => {
  it.each([
    ["between", 24],
    ["within", 30],
  ])("gets messages in order, the first bytes of which end %s frames", async (_, cut) => {
    const later = deferred();
    const url = await startServer(frames.subarray(0, cut), (socket) => {
      setTimeout(() => socket.write(frames.subarray(cut), () => later.resolve()), 20);
    });
    const received: unknown[] = [];
    const ws = await connectPaused(url, how, received);
    await later.promise;
    await sleep(20);
    expect(received).toEqual([]);
    ws.resume();
    await until(() => received.length === 10);
    expect(received).toEqual(expected);
  });

  it("holds up the peer by TCP", async () => {
    const piece = rawFrame(2, Buffer.alloc(60_000), { masked: false });
    let sent = 0;
    const url = await startServer(Buffer.alloc(0), (socket) => {
      const write = () => {
        while (sent < 100e6 && socket.write(piece)) sent += piece.length;
      };
      socket.on("drain", write);
      setTimeout(write, 20);
    });
    await connectPaused(url, how, []);
    await sleep(300);
    expect(sent).toBeLessThan(50e6);
  });
});

it("a server's connection that is paused by an asynchronous handler holds up the peer", async () => {
  const { open } = await serve(async (request) => {
    await sleep(10);
    const ws = request.upgrade();
    ws.pause();
    await ws.closed;
  });
  const peer = await open();
  const piece = rawFrame(2, Buffer.alloc(60_000));
  let sent = 0;
  const write = () => {
    while (sent < 100e6 && peer.socket.write(piece)) sent += piece.length;
  };
  peer.socket.on("drain", write);
  write();
  await sleep(300);
  expect(sent).toBeLessThan(50e6);
});
