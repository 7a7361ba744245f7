import { once } from "node:events";
import { createServer } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import { selfSignedCertificate } from "../../src/cli/self-signed-certificate.ts";
import { connect, Server } from "../../src/index.ts";
import { readInto } from "../../src/socket/read-into.ts";
import { OP, rawFrame } from "../raw-peer.ts";
import { acceptedPair, deferred, serve, serveAttached, until } from "../served.ts";

describe("readInto", () => {
  it("works on this Node: reads come in the buffer, and no longer as events", async () => {
    const { accepted, peer } = await acceptedPair();
    const buffer = Buffer.alloc(16);
    const reads: string[] = [];
    const events: string[] = [];
    accepted.on("data", (chunk) => events.push(chunk.toString()));
    peer.write("first");
    await until(() => events.length > 0);
    const works = readInto(accepted, buffer, function (length, where) {
      expect(this).toBe(accepted);
      expect(where).toBe(buffer);
      reads.push(where.toString("latin1", 0, length));
      return true;
    });
    expect(works).toBe(true);
    peer.write("more than fits in one");
    await until(() => reads.join("").length === 21);
    expect(reads[0]).toBe("more than fits i");
    expect(events).toEqual(["first"]);
    const ended = once(accepted, "end");
    peer.socket.end();
    await ended;
  });

  it("stops with pause() and goes on with resume()", async () => {
    const { accepted, peer } = await acceptedPair();
    const reads: number[] = [];
    accepted.on("data", () => {});
    readInto(accepted, Buffer.alloc(4), (length) => {
      reads.push(length);
      accepted.pause();
      return true;
    });
    peer.write("12345678");
    await until(() => reads.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const whilePaused = reads.length;
    accepted.resume();
    await until(() => reads.length > whilePaused);
    expect(whilePaused).toBe(1);
  });

  it("leaves a socket alone that has a buffer already, or none to read with", async () => {
    const { accepted } = await acceptedPair();
    expect(readInto(accepted, Buffer.alloc(1), () => true)).toBe(true);
    expect(readInto(accepted, Buffer.alloc(1), () => true)).toBe(false);
    accepted.destroy();
    expect(readInto(accepted, Buffer.alloc(1), () => true)).toBe(false);
  });
});

describe.each([
  ["shared reads", true],
  ["reads of its own", false],
])("with %s", (_, shareReads) => {
  it("messages of many connections keep what was in them", async () => {
    const received = new Map<unknown, Buffer[]>();
    const { open } = await serve(
      {
        open: (ws) => void received.set(ws, []),
        message: (ws, data) => void received.get(ws)?.push(data as Buffer),
      },
      { shareReads },
    );
    const peers = await Promise.all(Array.from({ length: 5 }, () => open()));
    const sizes = [1, 64, 125, 126, 3000, 70_000];
    for (let round = 0; round < 10; round++) {
      for (const [i, peer] of peers.entries()) {
        for (const size of sizes) peer.write(rawFrame(OP.binary, Buffer.alloc(size, i + 1)));
      }
    }
    const all = [...received.values()];
    await until(() => all.every((messages) => messages.length === 60));
    expect(all.map((messages) => messages[0]?.[0]).sort()).toEqual([1, 2, 3, 4, 5]);
    for (const messages of all) {
      expect(messages.map(({ length }) => length)).toEqual(Array(10).fill(sizes).flat());
      expect(messages.every((data) => data.every((byte) => byte === messages[0]?.[0]))).toBe(true);
    }
  });

  it("what a paused connection has read survives the reads of others", async () => {
    const received: string[] = [];
    const paused = deferred();
    const { open } = await serve(
      {
        message(ws, data) {
          received.push(data as string);
          if (data !== "1") return;
          ws.pause();
          paused.resolve();
          setTimeout(() => ws.resume(), 30);
        },
      },
      { shareReads },
    );
    const [one, other] = await Promise.all([open(), open()]);
    one.write(rawFrame(OP.text, "1"), rawFrame(OP.text, "2"), rawFrame(OP.text, "3€"));
    await paused.promise;
    for (let i = 0; i < 5; i++) other.write(rawFrame(OP.text, "x".repeat(1000)));
    await until(() => received.includes("3€"));
    expect(received.filter((text) => text.length < 10)).toEqual(["1", "2", "3€"]);
  });

  it("others who listen for the socket's data get all of it, to keep", async () => {
    const sockets: Socket[] = [];
    const received: string[] = [];
    const http = createServer().on("upgrade", ({ socket }) => sockets.push(socket));
    const { connect: dial } = await serveAttached(
      http,
      { message: (_, data) => void received.push(data as string) },
      { shareReads },
    );
    const peer = await dial();
    await peer.upgrade("/ws");
    const chunks: Buffer[] = [];
    sockets[0]!.prependListener("data", (chunk) => chunks.push(chunk));
    const frames = ["one", "two"].map((text) => rawFrame(OP.text, text));
    for (const frame of frames) {
      peer.write(frame);
      await until(() => received.length === frames.indexOf(frame) + 1);
    }
    expect(received).toEqual(["one", "two"]);
    expect(Buffer.concat(chunks)).toHaveLength(Buffer.concat(frames).length);
    expect(chunks[0]!.subarray(0, 6)).toEqual(frames[0]!.subarray(0, 6));
  });

  it("over TLS, on both sides", async () => {
    const { key, cert } = selfSignedCertificate(["localhost"]);
    const server = new Server({ shareReads });
    server.handle("/", { message: (ws, data) => ws.send(data) });
    const { port } = await server.listen({ port: 0, tls: { key, cert } });
    onTestFinished(() => server.shutdown({ timeout: 100 }).then(() => {}));
    const options = { shareReads, tls: { ca: cert } };
    const clients = await Promise.all(
      [1, 2, 3].map(() => connect(`wss://localhost:${port}/`, options)),
    );
    for (const size of [1, 300, 20_000, 200_000]) {
      const messages = clients.map((_, i) => Buffer.alloc(size, i + 1));
      for (const [i, client] of clients.entries()) client.send(messages[i]!);
      expect(await Promise.all(clients.map((client) => client.receive()))).toEqual(messages);
    }
    await Promise.all(clients.map((client) => client.close()));
  });
});
