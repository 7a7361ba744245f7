import { describe, expect, it } from "vitest";
import { ConnectionClosedError } from "../../src/index.ts";
import { closeFrame, OP } from "../raw-peer.ts";
import { deferred, openPair } from "../served.ts";

describe("send", () => {
  it("sends strings as text and everything else as binary", async () => {
    const { ws, peer } = await openPair();
    const bytes = Buffer.from([0, 1, 2, 253, 254, 255]);
    const shared = new SharedArrayBuffer(6);
    new Uint8Array(shared).set(bytes);
    const inside = Buffer.concat([Buffer.from("xx"), bytes, Buffer.from("xx")]);
    const views = [
      bytes,
      new Uint8Array(bytes),
      new Uint8Array(bytes).buffer,
      shared,
      new DataView(inside.buffer, inside.byteOffset + 2, 6),
      new Uint16Array(new Uint8Array(bytes).buffer),
      new Blob([bytes]),
    ];
    ws.send("");
    ws.send("text, ümlaut, €, 😀");
    for (const view of views) ws.send(view);
    expect(await peer.readText()).toBe("");
    expect(await peer.readText()).toBe("text, ümlaut, €, 😀");
    for (const _ of views) {
      const frame = await peer.readFrame();
      expect(frame).toEqual({ fin: true, opcode: OP.binary, masked: false, payload: bytes });
    }
  });

  it.each([1, null, undefined, {}, [1], true, () => {}])("throws at once for %s", async (data) => {
    const { ws } = await openPair();
    expect(() => ws.send(data as unknown as string)).toThrow(/expected a string/);
    expect(ws.state).toBe("open");
  });

  it("throws at once also while a message in fragments is under way", async () => {
    const { ws } = await openPair();
    const go = deferred();
    const sent = ws.sendFragments(
      (async function* () {
        yield "a";
        await go.promise;
      })(),
    );
    expect(() => ws.send(1 as unknown as string)).toThrow(/expected a string/);
    expect(ws.bufferedAmount).not.toBeNaN();
    go.resolve();
    await sent;
  });

  it("makes a lone surrogate U+FFFD", async () => {
    const { ws, peer } = await openPair();
    ws.send("a\ud800b");
    expect(await peer.readText()).toBe("a\ufffdb");
  });

  it.each([125, 126, 65535, 65536, 200_000])("sends %i bytes", async (size) => {
    const { ws, peer } = await openPair();
    const data = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7) & 255));
    ws.send(data);
    ws.send("é".repeat(size));
    expect((await peer.readFrame()).payload.equals(data)).toBe(true);
    expect((await peer.readText()) === "é".repeat(size)).toBe(true);
  });

  it("keeps the order, that of Blobs included", async () => {
    const { ws, peer } = await openPair();
    ws.send("1");
    const blob = ws.send(new Blob(["22"]));
    const after = ws.send("3");
    ws.send(new Blob(["4444"]));
    ws.send(Buffer.from("5"));
    const closed = ws.close(1000, "end");
    expect(ws.bufferedAmount).toBeGreaterThanOrEqual(7);
    const got = [];
    for (let i = 0; i < 5; i++) got.push((await peer.readFrame()).payload.toString());
    expect(got).toEqual(["1", "22", "3", "4444", "5"]);
    expect(await peer.readClose()).toEqual({ code: 1000, reason: "end" });
    await Promise.all([blob, after]);
    expect(ws.bufferedAmount).toBe(0);
    peer.write(closeFrame(1000));
    await peer.untilEnded();
    peer.socket.end();
    expect((await closed).clean).toBe(true);
  });

  it("returns nothing while the peer keeps up", async () => {
    const { ws, peer } = await openPair();
    for (let i = 0; i < 100; i++) {
      expect(ws.send("small")).toBeUndefined();
      await peer.readText();
    }
  });

  it("leaves a buffer that it copies to the caller", async () => {
    const { ws, peer } = await openPair();
    const buffer = Buffer.from("before");
    expect(ws.send(buffer)).toBeUndefined();
    buffer.write("after!");
    expect((await peer.readFrame()).payload.toString()).toBe("before");
  });

  it("after close() is an error that says so", async () => {
    const { ws, peer } = await openPair();
    ws.close();
    for (const call of [
      () => ws.send("x"),
      () => ws.send(new Blob(["x"])),
      () => ws.sendFragments(["x"]),
      () => ws.ping(),
      () => ws.pong(),
    ]) {
      expect(call).toThrow(ConnectionClosedError);
      expect(call).toThrow(/the connection is closing/);
    }
    peer.write(closeFrame(1000));
    peer.socket.end();
    await ws.closed;
    expect(() => ws.send("x")).toThrow(/the connection is closed/);
  });

  it("after close() is an error also while the Close waits for a Blob", async () => {
    const { ws, peer } = await openPair();
    ws.send(new Blob(["x"]));
    ws.close();
    expect(() => ws.send("y")).toThrow(/close\(\) has been called/);
    expect(() => ws.sendFragments(["y"])).toThrow(/close\(\) has been called/);
    expect((await peer.readFrame()).payload.toString()).toBe("x");
    expect((await peer.readFrame()).opcode).toBe(OP.close);
  });

  it("after terminate() is an error", async () => {
    const { ws } = await openPair();
    ws.terminate();
    expect(() => ws.send("x")).toThrow(ConnectionClosedError);
    await ws.closed;
  });

  it("after the peer has ended TCP is an error and breaks nothing", async () => {
    const { ws, peer } = await openPair();
    const received = ws.receive();
    peer.socket.end();
    await expect(received).rejects.toThrow(ConnectionClosedError);
    expect(() => ws.send("x")).toThrow(ConnectionClosedError);
    expect((await ws.closed).error).toBeUndefined();
  });

  it("that nobody awaits harms nothing when the peer vanishes", async () => {
    // An unhandled rejection would fail the whole run.
    const { ws, peer } = await openPair({ highWaterMark: 1000 });
    peer.socket.pause();
    for (let i = 0; i < 50; i++) ws.send(Buffer.alloc(100_000));
    for (let i = 0; i < 50; i++) ws.send("x".repeat(10_000));
    ws.send(new Blob(["x"]));
    ws.sendFragments(["a", "b"]);
    ws.ping();
    const awaited = ws.send(Buffer.alloc(100_000));
    peer.reset();
    ws.receive().catch(() => {});
    await expect(awaited).rejects.toThrow(ConnectionClosedError);
    expect((await ws.closed).code).toBe(1006);
  });
});

describe("sendFragments", () => {
  it("sends a frame per fragment and an empty last one (§5.4)", async () => {
    const { ws, peer } = await openPair();
    await ws.sendFragments(["a", "", "c"]);
    const frames = [];
    for (let i = 0; i < 4; i++) frames.push(await peer.readFrame());
    expect(frames.map(({ fin, opcode, payload }) => [fin, opcode, payload.toString()])).toEqual([
      [false, OP.text, "a"],
      [false, OP.continuation, ""],
      [false, OP.continuation, "c"],
      [true, OP.continuation, ""],
    ]);
  });

  it("sends binary from an async iterable, large parts too", async () => {
    const { ws, peer } = await openPair();
    const large = Buffer.alloc(50_000, 3);
    const sent = ws.sendFragments(
      (async function* () {
        yield Uint8Array.of(1, 2);
        yield large;
      })(),
    );
    expect(await peer.readFrame()).toMatchObject({ fin: false, opcode: OP.binary });
    expect((await peer.readFrame()).payload.equals(large)).toBe(true);
    expect(await peer.readFrame()).toMatchObject({ fin: true, opcode: OP.continuation });
    await sent;
  });

  it("puts surrogate halves that were cut apart together again", async () => {
    const { ws, peer } = await openPair();
    const text = "a😀b\u{10000}\u{10ffff}c\ud7ff\ue000😀";
    await ws.sendFragments(text.split(""));
    const parts: Buffer[] = [];
    for (;;) {
      const { fin, payload } = await peer.readFrame();
      // Every frame is valid on its own: no character is cut.
      expect(payload.toString()).not.toContain("\ufffd");
      parts.push(payload);
      if (fin) break;
    }
    expect(Buffer.concat(parts).toString()).toBe(text);
    await ws.sendFragments(["x\ud83d"]);
    expect((await peer.readFrame()).payload.toString()).toBe("x");
    expect((await peer.readFrame()).payload.toString()).toBe("\ufffd");
  });

  it("holds up later messages, but no pings and pongs", async () => {
    const { ws, peer } = await openPair();
    const go = deferred();
    const sent = ws.sendFragments(
      (async function* () {
        yield "a";
        await go.promise;
        yield "b";
      })(),
    );
    const later = ws.send("later");
    const second = ws.sendFragments(["second"]);
    ws.ping("p");
    ws.pong("q");
    const opcodes = [(await peer.readFrame()).opcode];
    while (opcodes.length < 3) opcodes.push((await peer.readFrame()).opcode);
    expect(opcodes.sort()).toEqual([OP.text, OP.ping, OP.pong].sort());
    go.resolve();
    await Promise.all([sent, later, second]);
    expect((await peer.readFrame()).payload.toString()).toBe("b");
    expect((await peer.readFrame()).fin).toBe(true);
    expect(await peer.readText()).toBe("later");
    expect((await peer.readFrame()).payload.toString()).toBe("second");
  });

  it("closes with 1011 when the iterable throws in the middle", async () => {
    const { ws, peer } = await openPair();
    const sent = ws.sendFragments(
      (async function* () {
        yield "a";
        throw new Error("source gone");
      })(),
    );
    await expect(sent).rejects.toThrow("source gone");
    expect((await peer.readClose()).code).toBe(1011);
    peer.socket.end();
    expect((await ws.closed).error).toMatchObject({
      code: "MESSAGE_UNFINISHED",
      cause: { message: "source gone" },
    });
  });

  it("harms nothing when the iterable throws before its first fragment, or has none", async () => {
    const { ws, peer } = await openPair();
    const sent = ws.sendFragments(
      // biome-ignore lint/correctness/useYield: it throws before it could
      (async function* () {
        throw new Error("source gone");
      })(),
    );
    await expect(sent).rejects.toThrow("source gone");
    await expect(ws.sendFragments([])).rejects.toThrow(/at least one fragment/);
    ws.send("fine");
    expect(await peer.readText()).toBe("fine");
  });

  it("refuses a mixture of text and binary, and anything else", async () => {
    const first = await openPair();
    await expect(first.ws.sendFragments(["a", Buffer.from("b")])).rejects.toThrow(/either all/);
    expect((await first.peer.readClose()).code).toBe(1011);
    const second = await openPair();
    const numbers = [1] as unknown as string[];
    await expect(second.ws.sendFragments(numbers)).rejects.toThrow(/string or a Uint8Array/);
    expect(second.ws.state).toBe("open");
  });

  it("fails with the connection, even when its source never goes on", async () => {
    const { ws, peer } = await openPair();
    const sent = ws.sendFragments(
      (async function* () {
        yield "a";
        await new Promise(() => {});
      })(),
    );
    const later = ws.send("later");
    await peer.readFrame();
    ws.receive().catch(() => {});
    peer.reset();
    await expect(sent).rejects.toThrow(ConnectionClosedError);
    await expect(later).rejects.toThrow(ConnectionClosedError);
  });

  it("does not hold up close() for longer than closeTimeout", async () => {
    const { ws, peer } = await openPair({ closeTimeout: 50 });
    const sent = ws.sendFragments(
      (async function* () {
        yield "a";
        await new Promise(() => {});
      })(),
    );
    const info = await ws.close();
    expect(info).toMatchObject({ code: 1006, clean: false });
    await expect(sent).rejects.toThrow(ConnectionClosedError);
    await peer.untilEnded();
  });

  it("is held up by a peer that does not read", async () => {
    const { ws, peer } = await openPair();
    peer.socket.pause();
    let asked = 0;
    const sent = ws.sendFragments(
      (function* () {
        for (; asked < 1000; asked++) yield Buffer.alloc(64 * 1024);
      })(),
    );
    let before = -1;
    // Until the source is not asked for more for a while.
    while (asked !== before) {
      before = asked;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(asked).toBeLessThan(500);
    expect(ws.bufferedAmount).toBeLessThan(1024 * 1024);
    peer.socket.resume();
    while (!(await peer.readFrame()).fin);
    await sent;
    expect(asked).toBe(1000);
  });
});
