/**
 * What the closing handshake used to contradict itself in, seen on the wire or in the result: each as it
 * is right.
 */

import { describe, expect, it } from "vitest";
import {
  type CloseInfo,
  type Connection,
  type ConnectionHandler,
  connect,
} from "../../src/index.ts";
import { closeFrame, OP, rawFrame, textFrame } from "../raw-peer.ts";
import { deferred, openPair, serve, until } from "../served.ts";
import { streamOf } from "../stream-of.ts";

const READING: ConnectionHandler = { message() {} };

/** Keeps the Close of `ws` waiting until it is released. */
function keepSending(ws: Connection): () => void {
  const released = deferred();
  ws.sendFragments(
    (async function* () {
      yield "begun";
      await released.promise;
    })(),
  ).catch(() => {});
  return () => released.resolve();
}

/** Sends until the peer, which does not read, holds up `ws`. */
async function fill(ws: Connection): Promise<void> {
  while (ws.send(Buffer.alloc(500_000)) === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("a breach of the peer's", () => {
  it("is told on the wire and in the result although close() waits (§7.1.7)", async () => {
    const { ws, peer } = await openPair({}, READING);
    const release = keepSending(ws);
    const closed = ws.close(4000);
    const { bytesRead } = streamOf(ws);
    peer.write(Buffer.from([0xb1, 0x80, 0, 0, 0, 0]));
    await until(() => streamOf(ws).bytesRead > bytesRead);
    release();
    expect(await peer.readClose()).toEqual({ code: 1002, reason: "RESERVED_BITS" });
    peer.destroy();
    expect((await closed).error).toMatchObject({ code: "RESERVED_BITS" });
  });

  it("is not made another by an error of the user's while its Close waits", async () => {
    const { ws, peer, errors } = await openPair(
      {},
      { message: () => Promise.reject(new Error("a bug")) },
    );
    const release = keepSending(ws);
    peer.write(textFrame("a"), Buffer.from([0xb1, 0x80, 0, 0, 0, 0]));
    await until(() => errors.length > 0);
    release();
    expect(await peer.readClose()).toEqual({ code: 1002, reason: "RESERVED_BITS" });
    peer.destroy();
    expect((await ws.closed).error).toMatchObject({ code: "RESERVED_BITS" });
  });
});

describe("the end of the peer's side of TCP", () => {
  it("while close() waits loses neither a message nor the Close", async () => {
    const { ws, peer } = await openPair({}, READING);
    const release = keepSending(ws);
    const closed = ws.close(1001, "bye");
    peer.socket.end();
    await until(() => streamOf(ws).readableEnded);
    release();
    const frames = [await peer.readFrame(), await peer.readFrame()];
    expect(frames.map(({ payload }) => payload.toString())).toEqual(["begun", ""]);
    expect(await peer.readClose()).toEqual({ code: 1001, reason: "bye" });
    expect(await closed).toMatchObject({ code: 1006, initiator: "local", clean: false });
  });

  it("while an answer waits loses neither, either", async () => {
    const { ws, peer } = await openPair({}, READING);
    const release = keepSending(ws);
    peer.write(closeFrame(1000));
    peer.socket.end();
    await until(() => streamOf(ws).readableEnded);
    release();
    expect(await peer.readClose()).toEqual({ code: 1000, reason: "" });
    expect(await ws.closed).toMatchObject({ code: 1000, initiator: "peer", clean: true });
  });
});

describe("TCP that is gone with the peer's Close unread", () => {
  it("is no clean end, and nothing can be sent into it", async () => {
    const thrown: unknown[] = [];
    const seen = deferred();
    const { ws, peer } = await openPair(
      {},
      {
        message(ws, data) {
          seen.resolve();
          if (data !== "last") return;
          try {
            ws.send("into nothing");
          } catch (error) {
            thrown.push(error);
          }
        },
      },
    );
    ws.pause();
    const { bytesRead } = streamOf(ws);
    peer.write(textFrame("last"), closeFrame(1000));
    await until(() => streamOf(ws).bytesRead > bytesRead);
    streamOf(ws).destroy(new Error("reset"));
    const info = await ws.closed;
    expect(info).toMatchObject({ code: 1000, initiator: "peer", clean: false });
    expect(info.error).toMatchObject({ message: "reset" });
    expect(thrown).toMatchObject([{ code: "CONNECTION_CLOSED" }]);
  });
});

describe("a Close of this side that never left", () => {
  it("makes no clean end, and the deadline says so", async () => {
    const { ws, peer } = await openPair({ closeTimeout: 200 }, READING);
    peer.socket.pause();
    await fill(ws);
    const closed = ws.close(1000);
    peer.write(closeFrame(1000));
    const info = await closed;
    expect(info).toMatchObject({ code: 1000, clean: false });
    expect(info.error).toMatchObject({ code: "CLOSE_TIMEOUT" });
  });
});

describe("a peer that is told to close", () => {
  it.each<[string, (ws: Connection, write: (bytes: Buffer) => void) => void]>([
    ["by close(), which waits", (ws) => void ws.close()],
    ["by an answer, which waits", (_, write) => write(closeFrame(1000))],
  ])("%s, is not pinged any more", async (_, begin) => {
    const { ws, peer } = await openPair(
      { heartbeatInterval: 20, heartbeatTimeout: 20, closeTimeout: 400 },
      READING,
    );
    keepSending(ws);
    expect((await peer.readFrame()).payload.toString()).toBe("begun");
    begin(ws, (bytes) => peer.write(bytes));
    const info = await ws.closed;
    // Its silence was judged by the time for closing, not by the heartbeat.
    expect(info.error).toMatchObject({ code: "CLOSE_TIMEOUT" });
    const rest = (await peer.readToEnd()).toString("latin1");
    expect(rest).not.toContain("\x89");
  });
});

describe("an error of the user's", () => {
  async function errorWhile(begin: (ws: Connection) => void, close?: number) {
    const { ws, peer, errors } = await openPair(
      {},
      { message: () => Promise.reject(new Error("a bug")) },
    );
    const release = keepSending(ws);
    peer.write(textFrame("a"));
    if (close !== undefined) peer.write(closeFrame(close));
    begin(ws);
    await until(() => errors.length > 0);
    release();
    const wire = await peer.readClose();
    if (close === undefined) peer.write(closeFrame(1000));
    peer.socket.end();
    return { wire, info: await ws.closed };
  }

  it("while an answer waits is told to the peer at once, as without one", async () => {
    const { wire, info } = await errorWhile(() => {}, 1000);
    expect(wire.code).toBe(1011);
    expect(info.error).toMatchObject({ message: "a bug" });
  });
});

it("state is open as long as frames may be sent, and no longer", async () => {
  const { ws, peer } = await openPair({}, READING);
  const release = keepSending(ws);
  void ws.close();
  expect(ws.state).toBe("open");
  ws.pong("still");
  release();
  await peer.readClose();
  expect(ws.state).toBe("closing");
  expect(() => ws.pong()).toThrow("cannot pong: the connection is closing");
  peer.destroy();
  await ws.closed;
  expect(ws.state).toBe("closed");
});

it("a breach ends the reading once: what is behind it is not parsed", async () => {
  const seen: unknown[] = [];
  const { ws, peer } = await openPair({}, { message: (_, data) => void seen.push(data) });
  peer.write(textFrame("a"), rawFrame(OP.text, "b", { reserved: 2 }), textFrame("c"));
  expect((await peer.readClose()).code).toBe(1002);
  peer.write(textFrame("d"));
  peer.destroy();
  const info: CloseInfo = await ws.closed;
  expect(info.discarded).toBe(0);
  expect(seen).toEqual(["a"]);
});

it("a client ends TCP at once when the server has, without a closing handshake", async () => {
  const { server, address } = await serve({ open: (ws) => streamOf(ws).end() });
  const ws = await connect(address.url, { closeTimeout: 60_000 });
  expect(await ws.closed).toMatchObject({ code: 1006, clean: false, error: undefined });
  await until(() => server.connections.size === 0);
});
