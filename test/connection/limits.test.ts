import { describe, expect, it, onTestFinished, vi } from "vitest";
import { MessageTimer } from "../../src/connection/receiving/message-timer.ts";
import { ConnectionClosedError, type ServerOptions } from "../../src/index.ts";
import { OP, type RawPeer, rawFrame, textFrame } from "../raw-peer.ts";
import { deferred, openPair, until } from "../served.ts";
import { streamOf } from "../stream-of.ts";

/** Sends `bytes` and expects the connection to fail with these codes. */
async function expectFailure(
  options: ServerOptions,
  bytes: Uint8Array[],
  closeCode: number,
  code: string,
): Promise<void> {
  const { ws, peer } = await openPair(options, { message() {} });
  peer.write(...bytes);
  expect(await peer.readClose()).toEqual({ code: closeCode, reason: code });
  await peer.untilEnded();
  peer.socket.end();
  const info = await ws.closed;
  expect(info).toMatchObject({ code: 1006, clean: false, initiator: "local" });
  expect(info.error).toMatchObject({ name: "ProtocolError", code, closeCode });
}

const bit = (length: number) => {
  const frame = rawFrame(OP.binary, "", { declared: 65536 });
  frame.writeBigUInt64BE(BigInt(length), 2);
  return frame;
};

describe("a breach of the protocol", () => {
  it.each([
    ["RESERVED_BITS", 1002, [rawFrame(OP.text, "x", { reserved: 4 })]],
    ["RESERVED_OPCODE", 1002, [rawFrame(3)]],
    ["RESERVED_OPCODE", 1002, [rawFrame(11)]],
    ["MASK_REQUIRED", 1002, [rawFrame(OP.text, "x", { masked: false })]],
    ["LENGTH_NOT_MINIMAL", 1002, [Buffer.from([0x81, 0xfe, 0, 125])]],
    ["LENGTH_INVALID", 1002, [Buffer.from([0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0])]],
    ["CONTROL_TOO_LONG", 1002, [rawFrame(OP.ping, "x".repeat(126))]],
    ["CONTROL_FRAGMENTED", 1002, [rawFrame(OP.ping, "x", { fin: false })]],
    ["UNEXPECTED_CONTINUATION", 1002, [rawFrame(OP.continuation, "x")]],
    ["EXPECTED_CONTINUATION", 1002, [textFrame("a", { fin: false }), textFrame("b")]],
    ["CLOSE_PAYLOAD_LENGTH", 1002, [rawFrame(OP.close, "x")]],
    ["CLOSE_CODE_INVALID", 1002, [rawFrame(OP.close, Buffer.from([3, 237]))]],
    ["INVALID_UTF8", 1007, [rawFrame(OP.text, Buffer.from([0xc0, 0x80]))]],
    ["INVALID_UTF8", 1007, [rawFrame(OP.close, Buffer.from([3, 232, 0xff]))]],
    // Judged before its frame has ended (§8.1).
    ["INVALID_UTF8", 1007, [rawFrame(OP.text, Buffer.from([0xff]), { declared: 100 })]],
  ])("%s closes with %i", async (code, closeCode, bytes) => {
    await expectFailure({}, bytes, closeCode, code);
  });

  it("lets the answers to earlier messages go first, also of an asynchronous consumer", async () => {
    const { ws, peer } = await openPair();
    const echoed = (async () => {
      for await (const message of ws) await ws.send(message);
    })();
    peer.write(textFrame("1"), textFrame("2"), rawFrame(3));
    expect(await peer.readText()).toBe("1");
    expect(await peer.readText()).toBe("2");
    expect((await peer.readClose()).code).toBe(1002);
    peer.socket.end();
    await expect(echoed).rejects.toBeInstanceOf(ConnectionClosedError);
  });

  it("while this side is closing already ends TCP", async () => {
    const { ws, peer } = await openPair({ closeTimeout: 60_000 }, { message() {} });
    ws.close();
    await peer.readClose();
    peer.write(rawFrame(3));
    await peer.untilEnded();
    peer.socket.end();
    expect((await ws.closed).error).toMatchObject({ code: "RESERVED_OPCODE" });
  });
});

describe("maxMessageSize", () => {
  it("is judged by the length that a frame declares", async () => {
    const options = { maxMessageSize: 1000 };
    const declared = rawFrame(OP.binary, "", { declared: 1001 });
    await expectFailure(options, [declared], 1009, "MESSAGE_TOO_BIG");
    await expectFailure(options, [bit(2 ** 52)], 1009, "MESSAGE_TOO_BIG");
    await expectFailure({}, [bit(2 ** 62)], 1009, "MESSAGE_TOO_BIG");
  });

  it("is judged by the sum of the fragments", async () => {
    const half = rawFrame(OP.binary, Buffer.alloc(500), { fin: false });
    const more = rawFrame(OP.continuation, "", { declared: 501 });
    await expectFailure({ maxMessageSize: 1000 }, [half, more], 1009, "MESSAGE_TOO_BIG");
  });

  it("takes a message of exactly that size", async () => {
    const { ws, peer } = await openPair({ maxMessageSize: 1000 });
    peer.write(rawFrame(OP.binary, Buffer.alloc(500), { fin: false }));
    peer.write(rawFrame(OP.continuation, Buffer.alloc(500)), textFrame("x".repeat(1000)));
    expect((await ws.receive()).length).toBe(1000);
    expect((await ws.receive()).length).toBe(1000);
  });

  it("is 1 MiB by default, and Infinity turns it off", async () => {
    const size = 1024 * 1024;
    const over = rawFrame(OP.binary, "", { declared: size + 1 });
    await expectFailure({}, [over], 1009, "MESSAGE_TOO_BIG");
    const { ws, peer } = await openPair({ maxMessageSize: Number.POSITIVE_INFINITY });
    peer.write(rawFrame(OP.binary, Buffer.alloc(size + 1)));
    expect((await ws.receive()).length).toBe(size + 1);
  });

  it("may be set for a route", async () => {
    const { server, open } = await openPair();
    server.handle("/small", { message() {} }, { maxMessageSize: 5 });
    const peer = await open("/small");
    peer.write(textFrame("123456"));
    expect((await peer.readClose()).code).toBe(1009);
  });
});

describe("maxFragments", () => {
  it("closes with 1008 when there are more", async () => {
    const first = textFrame("", { fin: false });
    const next = rawFrame(OP.continuation, "", { fin: false });
    const three = [first, next, next];
    await expectFailure({ maxFragments: 2 }, three, 1008, "TOO_MANY_FRAGMENTS");
    const many = [first, ...Array.from({ length: 16_384 }, () => next)];
    await expectFailure({}, many, 1008, "TOO_MANY_FRAGMENTS");
  });
});

describe("messageTimeout", () => {
  async function untilTimeout(peer: RawPeer): Promise<void> {
    expect(await peer.readClose()).toEqual({ code: 1008, reason: "MESSAGE_TIMEOUT" });
  }

  it("closes with 1008 when a message is not finished", async () => {
    const { peer } = await openPair({ messageTimeout: 80 }, { message() {} });
    peer.write(textFrame("a", { fin: false }));
    await untilTimeout(peer);
  });

  it("is not extended by more of the message, or by pings in between", async () => {
    const { peer } = await openPair({ messageTimeout: 80 }, { message() {} });
    peer.write(textFrame("a", { fin: false }));
    const busy = setInterval(() => {
      peer.write(rawFrame(OP.continuation, "b", { fin: false }), rawFrame(OP.ping));
    }, 10);
    await untilTimeout(peer);
    clearInterval(busy);
  });

  it("bounds a frame that dribbles, and a header", async () => {
    for (const start of [rawFrame(OP.binary, "x", { declared: 1000 }), Buffer.from([0x81])]) {
      const { peer } = await openPair({ messageTimeout: 80 }, { message() {} });
      peer.write(start);
      await untilTimeout(peer);
    }
  });

  it("is for each message anew", async () => {
    const { ws, peer } = await openPair({ messageTimeout: 500 });
    // Each chunk ends within a message, so that the connection is never between two.
    peer.write(textFrame("0", { fin: false }));
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setTimeout(resolve, 30));
      peer.write(rawFrame(OP.continuation), textFrame("next", { fin: false }));
      await ws.receive();
    }
    expect(ws.state).toBe("open");
  });

  it("also comes when a consumer that was slow goes on, and the peer does not", async () => {
    const options = { messageTimeout: 60, maxQueuedMessages: 1 };
    const { ws, peer } = await openPair(options);
    const message = ws.messages.next();
    peer.write(rawFrame(OP.binary, "1", { fin: false }));
    const parts = (await message).value![Symbol.asyncIterator]();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(ws.state).toBe("open");
    await parts.next();
    const second = parts.next();
    await untilTimeout(peer);
    peer.socket.end();
    await expect(second).rejects.toThrow(ConnectionClosedError);
  });

  it("begins anew when this side reads on within a message", async () => {
    const readOn = vi.spyOn(MessageTimer.prototype, "onReadOn");
    onTestFinished(() => readOn.mockRestore());
    const { ws, peer } = await openPair({}, { message() {} });
    peer.write(textFrame("a", { fin: false }), rawFrame(OP.ping));
    await peer.readFrame();
    ws.pause();
    await until(() => {
      peer.write(rawFrame(OP.continuation, "b", { fin: false }));
      return streamOf(ws).isPaused();
    });
    expect(readOn).not.toHaveBeenCalled();
    ws.resume();
    expect(readOn).toHaveBeenCalledOnce();
  });

  it("does not blame a peer for the slowness of our own consumer", async () => {
    const { ws, peer } = await openPair({ messageTimeout: 50 });
    ws.pause();
    peer.write(textFrame("a".repeat(100_000)));
    await new Promise((resolve) => setTimeout(resolve, 150));
    ws.resume();
    expect((await ws.receive()).length).toBe(100_000);
  });
});

describe("the heartbeat", () => {
  const options = { heartbeatInterval: 50, heartbeatTimeout: 50 };

  it("pings a silent peer and gives it up with 1006 when it stays silent", async () => {
    const { ws, peer } = await openPair(options, { message() {} });
    expect((await peer.readFrame()).opcode).toBe(OP.ping);
    const info = await ws.closed;
    expect(info).toMatchObject({ code: 1006, clean: false });
    expect(info.error).toMatchObject({ code: "HEARTBEAT_TIMEOUT" });
    // No Close frame: nobody would read it.
    expect((await peer.readToEnd()).length).toBe(0);
  });

  it("leaves a peer alone that answers", async () => {
    const patient = { heartbeatInterval: 20, heartbeatTimeout: 5000 };
    const { ws, peer } = await openPair(patient, { message() {} });
    for (let i = 0; i < 5; i++) {
      const { opcode, payload } = await peer.readFrame();
      expect(opcode).toBe(OP.ping);
      peer.write(rawFrame(OP.pong, payload));
    }
    expect(ws.state).toBe("open");
  });

  it("does not ping a peer that talks", async () => {
    const { ws, peer } = await openPair(
      { heartbeatInterval: 400, heartbeatTimeout: 400 },
      { message() {} },
    );
    const talk = setInterval(() => peer.write(textFrame("x")), 20);
    await new Promise((resolve) => setTimeout(resolve, 900));
    clearInterval(talk);
    ws.send("end");
    expect(await peer.readText()).toBe("end");
  });

  it("does not count the time in which this side does not read", async () => {
    const { ws, peer } = await openPair(options);
    ws.pause();
    peer.write(textFrame("unread"));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(ws.state).toBe("open");
    ws.resume();
    expect(await ws.receive()).toBe("unread");
  });

  it("with a timeout of Infinity pings for ever and gives nobody up", async () => {
    const { ws, peer } = await openPair(
      { heartbeatInterval: 20, heartbeatTimeout: Number.POSITIVE_INFINITY },
      { message() {} },
    );
    expect((await peer.readFrame()).opcode).toBe(OP.ping);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(ws.state).toBe("open");
    peer.write(rawFrame(OP.pong));
    expect((await peer.readFrame()).opcode).toBe(OP.ping);
  });

  it("is off with Infinity", async () => {
    const { ws, peer } = await openPair(
      { heartbeatInterval: Number.POSITIVE_INFINITY },
      { message() {} },
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    ws.send("end");
    expect(await peer.readText()).toBe("end");
  });
});

describe("the send buffer", () => {
  it("has send return a promise above highWaterMark, which ends when all has gone", async () => {
    const drained = deferred();
    const { ws, peer } = await openPair({}, { drain: () => drained.resolve() });
    peer.socket.pause();
    let waiting: Promise<void> | undefined;
    while (waiting === undefined) {
      waiting = ws.send("x".repeat(10_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(ws.bufferedAmount).toBeGreaterThan(64 * 1024);
    peer.socket.resume();
    await waiting;
    expect(ws.bufferedAmount).toBe(0);
    await drained.promise;
    expect(ws.send("again")).toBeUndefined();
  });

  it("tells drain also of large buffers, once for each time that send held back", async () => {
    let drained = 0;
    const { ws, peer } = await openPair({}, { drain: () => void drained++ });
    for (let round = 1; round <= 2; round++) {
      peer.socket.pause();
      const waiting = [];
      for (let i = 0; i < 8; i++) waiting.push(ws.send(Buffer.alloc(1024 * 1024)));
      expect(waiting.at(-1)).toBeInstanceOf(Promise);
      peer.socket.resume();
      await Promise.all(waiting);
      await until(() => drained === round);
    }
  });

  it("does not hold back for what the system takes at once, however much of it in one tick", async () => {
    const { ws, peer } = await openPair({ highWaterMark: 1000 });
    for (let i = 0; i < 10; i++) expect(ws.send("x".repeat(2000))).toBeUndefined();
    for (let i = 0; i < 10; i++) expect((await peer.readText()).length).toBe(2000);
  });

  it("holds back for a peer that does not read, and lets go when it has read", async () => {
    const { ws, peer } = await openPair({ highWaterMark: 1000 });
    peer.socket.pause();
    let held: Promise<void> | undefined;
    let sent = 0;
    while (held === undefined && ++sent) held = ws.send(Buffer.alloc(40_000));
    const behind = ws.send("behind it");
    expect(behind).toBeInstanceOf(Promise);
    peer.socket.resume();
    await held;
    for (let i = 0; i < sent; i++) expect((await peer.readFrame()).payload.length).toBe(40_000);
    expect(await peer.readText()).toBe("behind it");
    await behind;
  });

  it("closes with 1013 above maxSendBuffer", async () => {
    const { ws, peer } = await openPair({ maxSendBuffer: 200_000 }, { message() {} });
    peer.socket.pause();
    let refused: Promise<void> | undefined;
    let sent = 0;
    while (ws.state === "open") {
      refused = ws.send(Buffer.alloc(50_000, 1));
      if (ws.state === "open") sent++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect(refused).rejects.toThrow(ConnectionClosedError);
    expect(() => ws.send("more")).toThrow(ConnectionClosedError);
    expect(ws.bufferedAmount).toBeLessThan(250_000);
    peer.socket.resume();
    for (let i = 0; i < sent; i++) expect((await peer.readFrame()).payload.length).toBe(50_000);
    expect(await peer.readClose()).toEqual({ code: 1013, reason: "send buffer full" });
    peer.socket.end();
    expect((await ws.closed).error).toMatchObject({ code: "SEND_BUFFER_FULL" });
  });

  it("drops above maxSendBuffer where that is wanted", async () => {
    const { ws, peer } = await openPair({ maxSendBuffer: 200_000, whenSendBufferFull: "drop" });
    peer.socket.pause();
    let dropped: Promise<void> | undefined;
    let sent = 0;
    for (; ws.dropped === 0; sent++) {
      dropped = ws.send(Buffer.alloc(50_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(ws.state).toBe("open");
    peer.socket.resume();
    // Its promise says for how long to hold back.
    await dropped;
    expect(ws.bufferedAmount).toBe(0);
    for (let i = 0; i < sent - 1; i++) await peer.readFrame();
    ws.send("room");
    expect(await peer.readText()).toBe("room");
    expect(ws.dropped).toBe(1);
  });

  it("takes one message of any size while nothing waits", async () => {
    const { ws, peer } = await openPair({ maxSendBuffer: 1000 });
    const sent = ws.send("x".repeat(1_000_000));
    expect((await peer.readText()).length).toBe(1_000_000);
    await sent;
    expect(ws.state).toBe("open");
  });

  it("counts what waits behind a message in fragments", async () => {
    const { ws, peer } = await openPair({ maxSendBuffer: 1000 }, { message() {} });
    ws.sendFragments(
      (async function* () {
        yield "a";
        await new Promise(() => {});
      })(),
    );
    await peer.readFrame();
    ws.send("x".repeat(600));
    expect(ws.bufferedAmount).toBe(600);
    const refused = ws.send("x".repeat(600));
    await expect(refused).rejects.toThrow(ConnectionClosedError);
    expect((await peer.readClose()).code).toBe(1013);
  });

  it("does not grow by pings of a peer that does not read, and the latest is answered", async () => {
    const { ws, peer } = await openPair({}, { message() {} });
    peer.socket.pause();
    while (ws.send("x".repeat(10_000)) === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    const before = ws.bufferedAmount;
    for (let i = 0; i < 1000; i++) peer.write(rawFrame(OP.ping, `${i}`));
    peer.write(rawFrame(OP.ping, "last"));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(ws.bufferedAmount).toBeLessThanOrEqual(before);
    peer.socket.resume();
    const pongs: string[] = [];
    while (pongs.at(-1) !== "last") {
      const { opcode, payload } = await peer.readFrame();
      if (opcode === OP.pong) pongs.push(payload.toString());
    }
    expect(pongs.length).toBeLessThan(1000);
  });
});
