/** Compressed messages of every size class, byte for byte, with other implementations. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { WebSocket as UndiciWebSocket } from "undici";
import { afterEach, describe, expect, test } from "vitest";
import { type PerMessageDeflateOptions, WebSocket, WebSocketServer } from "ws";
import { smallMessages } from "../../bench/load/json-messages.ts";
import { type CompressionOptions, connect, Server } from "../../src/index.ts";

const MAX = 8 * 1024 * 1024;
const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/** Both sides of each border: of the frame's length, of zlib's windows, of the thread pool. */
const SIZES = [
  0, 1, 125, 126, 127, 255, 256, 257, 4095, 4097, 32768, 65535, 65536, 70_000, 1_048_576,
];

/** Text that shrinks, with characters of several bytes; bytes that shrink, and some that do not. */
function messages(): (string | Buffer)[] {
  let seed = 1;
  const noise = () => {
    seed = (seed * 48271) % 2147483647;
    return seed & 0xff;
  };
  const sized = SIZES.flatMap((size) => [
    '{"name":"zoë","n":12345},'.repeat(size / 25 + 1).slice(0, size),
    Buffer.alloc(size, "abcabcabd"),
    Buffer.from(Array.from({ length: Math.min(size, 70_000) }, noise)),
  ]);
  // And short ones that are alike, between the same messages twice: as a feed has them.
  const alike = smallMessages(60).map((message) => message.toString());
  return [...sized, ...alike, ...sized.slice(0, 30)];
}

const OWN: [string, CompressionOptions][] = [
  ["defaults, all compressed", { threshold: 0 }],
  ["windows of 8", { threshold: 0, windowBits: 8 }],
  ["windows of 15, level 9", { threshold: 0, windowBits: 15, level: 9, memLevel: 9 }],
  ["no takeover", { threshold: 0, sendContextTakeover: false, receiveContextTakeover: false }],
  ["all on the thread pool", { threshold: 0, offThreadFrom: 0 }],
  ["nothing on the thread pool", { threshold: 0, offThreadFrom: Number.POSITIVE_INFINITY }],
];

const WS: [string, PerMessageDeflateOptions][] = [
  ["defaults", { threshold: 0 }],
  ["no takeover", { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true }],
  ["small windows", { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 8 }],
  ["no smaller windows", { threshold: 0, serverMaxWindowBits: 15, clientMaxWindowBits: 15 }],
];

async function echoServer(compression: CompressionOptions): Promise<string> {
  const server = new Server({ compression, maxMessageSize: MAX });
  server.handle("/", { message: (ws, data) => void ws.send(data) });
  cleanUps.push(() => server.shutdown());
  return (await server.listen({ port: 0, host: "127.0.0.1" })).url;
}

function expectSame(received: unknown, sent: string | Buffer): void {
  if (typeof sent === "string") expect(received === sent, `text of ${sent.length}`).toBe(true);
  else expect(sent.equals(received as Buffer), `bytes of ${sent.length}`).toBe(true);
}

describe.each(OWN)("the server with %s", (_, compression) => {
  test.each(WS)("and ws with %s", async (_name, perMessageDeflate) => {
    const ws = new WebSocket(await echoServer(compression), { perMessageDeflate, maxPayload: MAX });
    cleanUps.push(() => ws.terminate());
    await once(ws, "open");
    expect(ws.extensions).toContain("permessage-deflate");
    const sent = messages();
    const done = new Promise<void>((resolve, reject) => {
      let next = 0;
      ws.on("close", (code) => reject(new Error(`closed with ${code}`)));
      ws.on("message", (data, isBinary) => {
        try {
          expectSame(isBinary ? data : data.toString(), sent[next++]!);
          if (next === sent.length) resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    for (const message of sent) ws.send(message);
    await done;
  });

  test("and undici", async () => {
    const ws = new UndiciWebSocket(await echoServer(compression));
    cleanUps.push(() => ws.close());
    ws.binaryType = "arraybuffer";
    await new Promise((resolve) => ws.addEventListener("open", resolve));
    expect(ws.extensions).toContain("permessage-deflate");
    const sent = messages();
    const done = new Promise<void>((resolve, reject) => {
      let next = 0;
      ws.addEventListener("close", ({ code }) => reject(new Error(`closed with ${code}`)));
      ws.addEventListener("message", ({ data }) => {
        try {
          expectSame(
            typeof data === "string" ? data : Buffer.from(data as ArrayBuffer),
            sent[next++]!,
          );
          if (next === sent.length) resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    for (const message of sent) ws.send(message);
    await done;
  });
});

describe.each(OWN)("the client with %s", (_, compression) => {
  test.each(WS)("and ws with %s", async (_name, perMessageDeflate) => {
    const server = new WebSocketServer({
      port: 0,
      host: "127.0.0.1",
      perMessageDeflate,
      maxPayload: MAX,
    });
    cleanUps.push(() => server.close());
    server.on("connection", (socket) => {
      socket.on("message", (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const ws = await connect(`ws://127.0.0.1:${port}`, { compression, maxMessageSize: MAX });
    cleanUps.push(() => ws.terminate());
    expect(ws.extensions).toContain("permessage-deflate");
    const sent = messages();
    for (const message of sent) ws.send(message);
    for (const message of sent) expectSame(await ws.receive(), message);
    expect((await ws.close()).clean).toBe(true);
  });

  test("and the server of this library", async () => {
    const ws = await connect(await echoServer({ threshold: 0 }), {
      compression,
      maxMessageSize: MAX,
    });
    cleanUps.push(() => ws.terminate());
    const sent = messages();
    for (const message of sent) ws.send(message);
    for (const message of sent) expectSame(await ws.receive(), message);
    expect((await ws.close()).clean).toBe(true);
  });
});
