import { randomBytes } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { jobCounts, startJob } from "../../src/compression/jobs.ts";
import {
  type CompressionOptions,
  ConnectionClosedError,
  connect,
  Server,
} from "../../src/index.ts";
import { streamOf } from "../stream-of.ts";
import { compressedPair, deflated } from "./compressed-peer.ts";

const TAIL = Buffer.from([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]);
const TEXT = "the quick brown fox jumps over the lazy dog. ".repeat(8);

function inflated(payload: Buffer): string {
  return inflateRawSync(Buffer.concat([payload, TAIL])).toString();
}

/** Keeps all threads of the pool from new jobs until the result is called. */
function holdJobs(): () => void {
  const held: (() => void)[] = [];
  for (let i = 0; i < 100 && jobCounts().running < 4; i++) startJob(4, (done) => held.push(done));
  return () => {
    for (const done of held.splice(0)) done();
  };
}

describe("receiving", () => {
  test("takes compressed messages among others, fragments, and controls between", async () => {
    const { ws, peer } = await compressedPair();
    const bytes = deflated(TEXT);
    peer.send(
      [0xc1, deflated("one")],
      [0x81, "two"],
      [0x41, bytes.subarray(0, 5)],
      [0x89, "ping"],
      [0x00, ""],
      [0x80, bytes.subarray(5)],
      [0xc2, ""],
      [0xc1, deflated("ü")],
    );
    expect(await ws.receive()).toBe("one");
    expect(await ws.receive()).toBe("two");
    expect(await ws.receive()).toBe(TEXT);
    expect(await ws.receive()).toEqual(Buffer.alloc(0));
    expect(await ws.receive()).toBe("ü");
    expect(await peer.receive()).toEqual({ first: 0x8a, payload: Buffer.from("ping") });
  });

  test("binary data that is kept holds no more than twice its size of memory", async () => {
    const { ws, peer } = await compressedPair({ compression: { offThreadFrom: 0 } });
    // Shorter ones come from Node's pool.
    for (const size of [40_000, 300_000]) {
      const noise = randomBytes(size);
      peer.send([0xc2, deflated(noise)]);
      const received = (await ws.receive()) as Buffer;
      expect(received.equals(noise)).toBe(true);
      expect(received.buffer.byteLength).toBeLessThanOrEqual(2 * size);
    }
  });

  test("delivers in order, whether on the thread pool or not, and answers a Close last", async () => {
    const long = TEXT.repeat(2000);
    const events: string[] = [];
    const { peer } = await compressedPair(
      { compression: { offThreadFrom: 100_000 } },
      {
        message: (_, data) => void events.push(`${data.length}`),
        close: (_, code) => void events.push(`close ${code}`),
      },
    );
    peer.send(
      [0xc1, deflated("a")],
      [0xc1, deflated(long)],
      [0x81, "bb"],
      [0xc1, deflated(long.slice(1))],
      [0xc1, deflated("ccc")],
      [0x88, Buffer.from([0x03, 0xe8])],
    );
    expect(await peer.closeCode()).toBe(1000);
    expect(events).toEqual(["1", `${long.length}`, "2", `${long.length - 1}`, "3"]);
  });

  test("delivers what came before the peer's FIN", async () => {
    const { ws, peer } = await compressedPair({ compression: { offThreadFrom: 0 } });
    peer.send([0xc1, deflated("last")], [0x81, "words"]);
    peer.socket.end();
    expect(await ws.receive()).toBe("last");
    expect(await ws.receive()).toBe("words");
  });

  test.each([
    ["corrupt data", Buffer.from([0xff, 0xff]), 1007],
    ["a message that was cut off", deflated(TEXT).subarray(0, -3), 1007],
    ["text that is no UTF-8", deflated(Buffer.from([0xc3, 0x28])), 1007],
    ["a message beyond the limit", deflated(Buffer.alloc(100_001)), 1009],
    ["a bomb", deflated(Buffer.alloc(64 << 20)), 1009],
  ])("fails the connection for %s", async (_, payload, code) => {
    for (const offThreadFrom of [0, 1000, Number.POSITIVE_INFINITY]) {
      const { ws, peer } = await compressedPair({
        compression: { offThreadFrom },
        maxMessageSize: 100_000,
      });
      const received = ws.receive();
      peer.send([0xc1, payload]);
      expect(await peer.closeCode()).toBe(code);
      await expect(received).rejects.toThrow(ConnectionClosedError);
    }
  });

  test("stops a bomb in fragments, and takes any number of small messages up to the limit", async () => {
    const limit = 50_000;
    let bytes = 0;
    const { peer } = await compressedPair(
      { maxMessageSize: limit },
      {
        message(_, data) {
          bytes += data.length;
        },
      },
    );
    const most = deflated(Buffer.alloc(limit));
    peer.send(...Array.from({ length: 50 }, () => [0xc2, most] as const));
    const bomb = deflated(Buffer.alloc(8 << 20));
    peer.send([0x42, bomb.subarray(0, 100)]);
    for (let at = 100; at < bomb.length; at += 1000)
      peer.send([0x00, bomb.subarray(at, at + 1000)]);
    peer.send([0x80, ""]);
    expect(await peer.closeCode()).toBe(1009);
    expect(bytes).toBe(50 * limit);
  });

  test("refuses RSV1 where nothing was agreed upon", async () => {
    const server = new Server({ compression: true });
    server.handle("/", { message() {} }, { compression: false });
    await server.shutdown();
    const { peer } = await compressedPair({ compression: false }, {});
    expect(peer.head).not.toContain("permessage-deflate");
    peer.send([0xc1, deflated("a")]);
    expect(await peer.closeCode()).toBe(1002);
  });

  test("drops what is pending when the connection is gone", async () => {
    const { ws, peer } = await compressedPair({ compression: { offThreadFrom: 0 } });
    const release = holdJobs();
    const received = ws.receive();
    peer.send([0xc1, deflated(TEXT)]);
    while (jobCounts().waiting === 0) await new Promise(setImmediate);
    ws.terminate();
    await ws.closed;
    expect(jobCounts().waiting).toBe(0);
    release();
    await expect(received).rejects.toThrow(ConnectionClosedError);
  });
});

describe("sending", () => {
  test("compresses what is worth it", async () => {
    const asked: string[] = [];
    const { ws, peer } = await compressedPair({
      compression: {
        threshold: 10,
        sendContextTakeover: false,
        shouldCompress: (data) => {
          asked.push(data.toString());
          return !data.toString().includes("secret");
        },
      },
    });
    const noise = randomBytes(100);
    for (const data of ["short", TEXT, `secret ${TEXT}`, noise]) ws.send(data);
    const frames = [];
    for (let i = 0; i < 4; i++) frames.push((await peer.receive())!);
    expect(frames.map(({ first }) => first)).toEqual([0x81, 0xc1, 0x81, 0x82]);
    expect(inflated(frames[1]!.payload)).toBe(TEXT);
    expect(frames[3]!.payload).toEqual(noise);
    expect(asked).toHaveLength(3);
  });

  test("sends in order whether on the thread pool or not, and the Close last", async () => {
    const { ws, peer } = await compressedPair({
      compression: { offThreadFrom: 1000, threshold: 0, sendContextTakeover: false },
    });
    const data = [
      "a".repeat(5),
      "b".repeat(500_000),
      "c".repeat(10),
      "d".repeat(2000),
      "é".repeat(999),
    ];
    for (const text of data) ws.send(text);
    ws.close(4000);
    for (const text of data) {
      const { first, payload } = (await peer.receive())!;
      expect((first & 0x40) === 0 ? payload.toString() : inflated(payload)).toBe(text);
    }
    expect(await peer.closeCode()).toBe(4000);
  });

  test("compresses fragments of any size, since nobody knows how many come", async () => {
    const { ws, peer } = await compressedPair({ compression: { threshold: 1000 } });
    ws.sendFragments(["short"]);
    expect((await peer.receive())?.first).toBe(0x41);
    expect((await peer.receive())?.first).toBe(0x80);
    ws.send("short");
    expect((await peer.receive())?.first).toBe(0x81);
  });

  test("compresses fragments", async () => {
    const server = new Server({ compression: true });
    const texts = ["", "one ", TEXT, "\u{1f600}", TEXT];
    server.handle("/", async (request) => {
      const ws = request.upgrade();
      await ws.send(TEXT);
      await ws.sendFragments(texts);
      await ws.sendFragments([Buffer.from("x"), Buffer.from(TEXT)]);
      await ws.send(TEXT);
      for await (const _ of ws);
    });
    const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
    for (const receiveContextTakeover of [true, false]) {
      const ws = await connect(url, { compression: { receiveContextTakeover } });
      expect(await ws.receive()).toBe(TEXT);
      expect(await ws.receive()).toBe(texts.join(""));
      expect(await ws.receive()).toEqual(Buffer.from(`x${TEXT}`));
      expect(await ws.receive()).toBe(TEXT);
      await ws.close();
    }
    await server.shutdown();
  });

  test("takes a message of no bytes also where all are for the thread pool", async () => {
    const { ws, peer } = await compressedPair({ compression: { offThreadFrom: 0 } });
    // What comes of two flushes with nothing between in some senders.
    peer.send([0xc1, ""], [0xc1, deflated("next")]);
    expect(await ws.receive()).toBe("");
    expect(await ws.receive()).toBe("next");
  });

  test("inflates no more than the queue takes when the connection is gone", async () => {
    const { ws, peer } = await compressedPair({
      compression: { threshold: 0 },
      maxQueuedMessages: 2,
    });
    const payload = deflated(TEXT.repeat(10));
    peer.send(...Array.from({ length: 50 }, () => [0xc1, payload] as const));
    while (streamOf(ws).bytesRead < peer.socket.bytesWritten) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    peer.socket.resetAndDestroy();
    // Writing finds out that the peer has gone: a socket that is held up is not read.
    while (ws.state === "open") {
      ws.send("x");
      await new Promise((resolve) => setImmediate(resolve));
    }
    let taken = 0;
    const drain = async () => {
      for (; ; taken++) await ws.receive();
    };
    await ws.closed;
    await expect(drain()).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    expect([2, 3]).toContain(taken);
  });

  test("delivers no long message when the connection is gone", async () => {
    const calls: unknown[] = [];
    const release = holdJobs();
    const { ws, peer } = await compressedPair(
      { compression: { threshold: 0, offThreadFrom: 10 } },
      { message: () => void calls.push("message"), close: () => void calls.push("close") },
    );
    peer.send([0xc1, deflated(TEXT.repeat(10))]);
    while (jobCounts().waiting === 0) await new Promise((resolve) => setImmediate(resolve));
    peer.socket.resetAndDestroy();
    await ws.closed;
    release();
    while (jobCounts().running > 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toEqual(["close"]);
  });

  test("drops what is pending when the connection is gone, and says so", async () => {
    const { ws } = await compressedPair({ compression: { offThreadFrom: 10 } });
    const release = holdJobs();
    const first = ws.send(TEXT);
    const second = ws.send("after it");
    while (jobCounts().waiting === 0) await new Promise(setImmediate);
    expect(ws.bufferedAmount).toBeGreaterThan(0);
    ws.terminate();
    await ws.closed;
    expect(jobCounts().waiting).toBe(0);
    await expect(first).rejects.toThrow(ConnectionClosedError);
    await expect(second).rejects.toThrow(ConnectionClosedError);
    release();
  });

  test("runs no more jobs than it may, and all in the end", async () => {
    const { ws, peer } = await compressedPair({
      compression: { offThreadFrom: 10, maxJobs: 1, sendContextTakeover: false },
    });
    let most = 0;
    for (let i = 0; i < 10; i++) ws.send(TEXT);
    for (let i = 0; i < 10; i++) {
      most = Math.max(most, jobCounts().running);
      expect(inflated((await peer.receive())!.payload)).toBe(TEXT);
    }
    expect(most).toBe(1);
    expect(jobCounts()).toEqual({ running: 0, waiting: 0 });
  });
});

describe("broadcast", () => {
  test("compresses once for each set of parameters, with and without takeover", async () => {
    let asked = 0;
    const server = new Server({
      compression: {
        shouldCompress: () => {
          asked++;
          return true;
        },
      },
    });
    server.handle("/", {});
    // Its settings are another object, and say the same.
    server.handle("/other", {});
    server.handle("/plain", {}, { compression: false });
    const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
    const clients = await Promise.all([
      ...[8, 12, 12, 15].map((windowBits) => connect(url, { compression: { windowBits } })),
      connect(url, { compression: { receiveContextTakeover: false } }),
      connect(url),
      connect(`${url}/other`, { compression: true }),
      connect(`${url}/plain`, { compression: true }),
    ]);
    while (server.connections.size < clients.length) await new Promise(setImmediate);
    for (const message of [TEXT, Buffer.from(TEXT), TEXT.repeat(2000), TEXT]) {
      asked = 0;
      server.broadcast(message);
      for (const ws of server.connections) ws.send(`${message.length} ${TEXT}`);
      for (const client of clients) {
        expect(await client.receive()).toEqual(message);
        expect(await client.receive()).toBe(`${message.length} ${TEXT}`);
      }
      // Windows of 8 and of 12 bits, then six messages to those with compression.
      expect(asked).toBe(2 + 6);
    }
    await server.shutdown();
  });
});

describe("the handshake", () => {
  test("agrees on what both sides can do", async () => {
    const { ws, peer } = await compressedPair({ compression: { windowBits: 10 } });
    expect(ws.extensions).toBe(
      "permessage-deflate; server_max_window_bits=10; client_max_window_bits=10",
    );
    expect(peer.head).toContain(`Sec-WebSocket-Extensions: ${ws.extensions}`);
  });

  test("goes without compression where no offer can be met", async () => {
    const { ws, peer } = await compressedPair({}, undefined, "permessage-deflate; foo, x");
    expect(ws.extensions).toBe("");
    ws.send(TEXT);
    expect((await peer.receive())?.first).toBe(0x81);
  });

  test("takes offers in several lines", async () => {
    const lines = "x\r\nSec-WebSocket-Extensions: permessage-deflate";
    const { ws } = await compressedPair({}, undefined, lines);
    expect(ws.extensions).toContain("permessage-deflate");
  });

  test("is refused where the extensions break their grammar", async () => {
    await expect(compressedPair({}, undefined, "permessage-deflate; =1")).rejects.toThrow("400");
  });
});

describe("the options", () => {
  test.each([
    [1, "compression"],
    [[], "compression"],
    [{ level: 0 }, "level"],
    [{ level: 10 }, "level"],
    [{ memLevel: 0 }, "memLevel"],
    [{ windowBits: 7 }, "windowBits"],
    [{ windowBits: 16 }, "windowBits"],
    [{ windowBits: 8.5 }, "windowBits"],
    [{ threshold: -1 }, "threshold"],
    [{ shouldCompress: true }, "shouldCompress"],
    [{ sendContextTakeover: 1 }, "sendContextTakeover"],
    [{ receiveContextTakeover: "no" }, "receiveContextTakeover"],
    [{ offThreadFrom: Number.NaN }, "offThreadFrom"],
    [{ maxJobs: 0 }, "maxJobs"],
    [{ maxJobs: 1.5 }, "maxJobs"],
    [{ windowbits: 9 }, "windowbits"],
  ])("refuses %j", async (compression, name) => {
    const wrong = compression as CompressionOptions;
    expect(() => new Server({ compression: wrong })).toThrow(name);
    await expect(connect("ws://127.0.0.1:1", { compression: wrong })).rejects.toThrow(name);
  });
});

test("any messages with any options arrive as they were", async () => {
  const options = fc.record({
    level: fc.integer({ min: 1, max: 9 }),
    memLevel: fc.integer({ min: 1, max: 9 }),
    windowBits: fc.integer({ min: 8, max: 15 }),
    threshold: fc.constantFrom(0, 64),
    sendContextTakeover: fc.boolean(),
    receiveContextTakeover: fc.boolean(),
    offThreadFrom: fc.constantFrom(0, 100, Number.POSITIVE_INFINITY),
    maxJobs: fc.integer({ min: 1, max: 5 }),
  });
  const message = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 200 }),
    fc.nat(5000).map((length) => TEXT.repeat(20).slice(0, length)),
    fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
  );
  const messages = fc.array(message, { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(options, options, messages, async (ofServer, ofClient, sent) => {
      const server = new Server({ compression: ofServer });
      server.handle("/", { message: (ws, data) => void ws.send(data) });
      const { url } = await server.listen({ port: 0, host: "127.0.0.1" });
      const ws = await connect(url, { compression: ofClient });
      try {
        for (const data of sent) ws.send(data);
        for (const data of sent) expect(await ws.receive()).toEqual(data);
        expect((await ws.close(1000)).code).toBe(1000);
      } finally {
        await server.shutdown({ timeout: 100 });
      }
    }),
    { numRuns: 40 },
  );
});
