import { describe, expect, it } from "vitest";
import { type Connection, connect } from "../../src/index.ts";
import { OP } from "../raw-peer.ts";
import { deferred, openPair, serve, until } from "../served.ts";

describe("broadcast", () => {
  it("sends text and binary to all connections", async () => {
    const { open, server } = await serve({});
    const peers = await Promise.all([open(), open(), open()]);
    server.broadcast("grüße");
    server.broadcast(Uint16Array.of(0x0201));
    server.broadcast(Buffer.alloc(70_000, 1));
    for (const peer of peers) {
      expect(await peer.readText()).toBe("grüße");
      expect(await peer.readFrame()).toMatchObject({
        opcode: OP.binary,
        payload: Buffer.from([1, 2]),
      });
      expect((await peer.readFrame()).payload.equals(Buffer.alloc(70_000, 1))).toBe(true);
    }
  });

  it("sends to those that are given", async () => {
    const { open, server } = await serve({});
    const first = await open("/");
    const second = await open("/");
    const [, ws] = server.connections;
    server.broadcast("you", [ws!]);
    server.broadcast("all");
    expect(await first.readText()).toBe("all");
    expect(await second.readText()).toBe("you");
  });

  it("is not for connections of a client, whose frames are masked one by one", async () => {
    const { server, address } = await openPair();
    const client = await connect(`${address.url}/`);
    expect(() => server.broadcast("x", [client])).toThrow(/goes to connections of a server/);
    await client.close();
  });

  it("keeps the order with what is sent to one", async () => {
    const { server, ws, peer } = await openPair();
    ws.send("1");
    server.broadcast("2");
    ws.send(Buffer.alloc(40_000));
    server.broadcast("4");
    ws.send("5");
    expect(await peer.readText()).toBe("1");
    expect(await peer.readText()).toBe("2");
    expect((await peer.readFrame()).payload.length).toBe(40_000);
    expect(await peer.readText()).toBe("4");
    expect(await peer.readText()).toBe("5");
  });

  it("waits for the end of a message in fragments (§5.4)", async () => {
    const { server, ws, peer } = await openPair();
    const go = deferred();
    const sent = ws.sendFragments(
      (async function* () {
        yield "a";
        await go.promise;
        yield "b";
      })(),
    );
    expect(await peer.readFrame()).toMatchObject({ opcode: OP.text, fin: false });
    server.broadcast("between?");
    expect(ws.bufferedAmount).toBeGreaterThan(0);
    go.resolve();
    await sent;
    const rest = [await peer.readFrame(), await peer.readFrame()];
    expect(rest).toMatchObject([
      { opcode: OP.continuation, fin: false },
      { opcode: OP.continuation, fin: true },
    ]);
    expect(await peer.readText()).toBe("between?");
    expect(ws.bufferedAmount).toBe(0);
  });

  it("passes over connections that are closing", async () => {
    const { server, ws, peer } = await openPair();
    ws.close();
    server.broadcast("too late");
    expect((await peer.readFrame()).opcode).toBe(OP.close);
    expect(peer.ended).toBe(false);
  });

  it("closes with 1013 who has no room, and no other", async () => {
    const { open, server } = await serve({}, { maxSendBuffer: 100_000 });
    const stalled = await open();
    const reading = await open();
    stalled.socket.pause();
    const [slow, quick] = server.connections as Set<Connection>;
    const data = Buffer.alloc(64 * 1024);
    while (slow?.state === "open") {
      server.broadcast(data);
      await reading.readFrame();
    }
    expect(quick?.state).toBe("open");
    stalled.socket.resume();
    expect((await stalled.readClose()).code).toBe(1013);
  });

  it("drops for who has no room, where that is wanted", async () => {
    const options = { maxSendBuffer: 100_000, whenSendBufferFull: "drop" } as const;
    const { open, server } = await serve({}, options);
    const stalled = await open();
    stalled.socket.pause();
    const [slow] = server.connections as Set<Connection>;
    let sent = 0;
    while (slow!.dropped < 3) {
      server.broadcast(Buffer.alloc(64 * 1024));
      sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(slow?.state).toBe("open");
    const taken = sent - slow!.dropped;
    stalled.socket.resume();
    for (let i = 0; i < taken; i++) await stalled.readFrame();
    await until(() => slow?.bufferedAmount === 0);
    server.broadcast("room again");
    expect(await stalled.readText()).toBe("room again");
  });

  it("refuses what it cannot send", async () => {
    const { server } = await serve({});
    for (const data of [1, null, undefined, {}, new Blob(["a"])]) {
      expect(() => server.broadcast(data as unknown as string)).toThrow(/expected a string/);
    }
  });
});
