import { describe, expect, it } from "vitest";
import { type Connection, ConnectionClosedError } from "../../src/index.ts";
import { closeFrame, OP, rawFrame, textFrame, upgradeHead } from "../raw-peer.ts";
import { deferred, openPair, serve, until } from "../served.ts";
import { streamOf } from "../stream-of.ts";

describe("receive", () => {
  it("gives strings for text and Buffers for binary, in order", async () => {
    const { ws, peer } = await openPair();
    peer.write(textFrame("ü"), rawFrame(OP.binary, "b"), textFrame(""), rawFrame(OP.binary));
    expect(await ws.receive()).toBe("ü");
    expect(await ws.receive()).toEqual(Buffer.from("b"));
    expect(await ws.receive()).toBe("");
    expect(await ws.receive()).toEqual(Buffer.alloc(0));
  });

  it("puts fragments together, control frames between them or not (§5.4)", async () => {
    const { ws, peer } = await openPair();
    const bytes = Buffer.from("a€b");
    peer.write(rawFrame(OP.text, bytes.subarray(0, 2), { fin: false }), rawFrame(OP.ping, "now"));
    peer.write(rawFrame(OP.continuation, "", { fin: false }));
    peer.write(rawFrame(OP.continuation, bytes.subarray(2)));
    expect(await ws.receive()).toBe("a€b");
    expect(await peer.readFrame()).toMatchObject({ opcode: OP.pong, payload: Buffer.from("now") });
  });

  it("may be called several times at once", async () => {
    const { ws, peer } = await openPair();
    const all = Promise.all([ws.receive(), ws.receive(), ws.receive()]);
    peer.write(textFrame("1"), textFrame("2"));
    peer.write(textFrame("3"));
    expect(await all).toEqual(["1", "2", "3"]);
  });

  it("gives up when its signal is aborted, and no message is lost by that", async () => {
    const { ws, peer } = await openPair();
    const controller = new AbortController();
    const given = ws.receive({ signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(given).rejects.toThrow("enough");
    peer.write(textFrame("kept"));
    await expect(ws.receive({ signal: controller.signal })).rejects.toThrow("enough");
    expect(await ws.receive({ signal: new AbortController().signal })).toBe("kept");
    expect(ws.state).toBe("open");
  });

  it("gives what came before the end, and then throws with the close code", async () => {
    const { ws, peer } = await openPair();
    peer.write(textFrame("1"), textFrame("2"), closeFrame(4321, "done"));
    expect(await ws.receive()).toBe("1");
    await peer.readClose();
    peer.socket.end();
    await ws.closed;
    expect(await ws.receive()).toBe("2");
    const error = await ws.receive().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(ConnectionClosedError);
    expect(error).toMatchObject({ closeCode: 4321, reason: "done", code: "CONNECTION_CLOSED" });
    await expect(ws.receive()).rejects.toThrow(ConnectionClosedError);
  });

  it("throws when it is first called after the end", async () => {
    const { ws, peer } = await openPair();
    peer.write(textFrame("1"), textFrame("2"));
    peer.socket.end();
    ws.terminate();
    await ws.closed;
    await expect(ws.receive()).rejects.toMatchObject({ closeCode: 1006 });
  });

  it("gives what came before a peer's end that was not announced", async () => {
    const { ws, peer } = await openPair();
    peer.write(textFrame("1"), textFrame("2"));
    peer.socket.end();
    expect(await ws.receive()).toBe("1");
    expect(await ws.receive()).toBe("2");
    await expect(ws.receive()).rejects.toMatchObject({ closeCode: 1006 });
  });

  it("is an error on the connection of a handler object", async () => {
    const { ws } = await openPair({}, { message() {} });
    await expect(ws.receive()).rejects.toThrow(/handler object/);
    expect(() => ws[Symbol.asyncIterator]()).toThrow(/handler object/);
    expect(() => ws.messages).toThrow(/handler object/);
  });

  it("cannot be mixed with messages in parts", async () => {
    const { ws } = await openPair();
    void ws.messages;
    await expect(ws.receive()).rejects.toThrow(/`messages`/);
    expect(() => ws[Symbol.asyncIterator]()).toThrow(/`messages`/);
  });
});

describe("an iteration", () => {
  const collect = async (ws: AsyncIterable<string | Buffer>) => {
    const all: unknown[] = [];
    for await (const message of ws) all.push(message);
    return all;
  };

  it.each([1000, 1001, undefined])("ends quietly after %s", async (code) => {
    const { ws, peer } = await openPair();
    const all = collect(ws);
    peer.write(textFrame("1"), textFrame("2"), closeFrame(code));
    expect(await peer.readClose()).toEqual({ code, reason: "" });
    peer.socket.end();
    expect(await all).toEqual(["1", "2"]);
  });

  it.each([1002, 1011, 3000, 4999])("throws after %s", async (code) => {
    const { ws, peer } = await openPair();
    const all = collect(ws);
    peer.write(textFrame("1"), closeFrame(code, "why"));
    await peer.readClose();
    peer.socket.end();
    await expect(all).rejects.toMatchObject({ closeCode: code, reason: "why" });
  });

  it("throws when the connection just breaks", async () => {
    const { ws, peer } = await openPair();
    const all = collect(ws);
    peer.reset();
    await expect(all).rejects.toMatchObject({ closeCode: 1006 });
  });

  it("may be left and taken up again", async () => {
    const { ws, peer } = await openPair();
    peer.write(textFrame("1"), textFrame("2"), textFrame("3"));
    for await (const message of ws) {
      expect(message).toBe("1");
      break;
    }
    expect(await ws.receive()).toBe("2");
    for await (const message of ws) {
      expect(message).toBe("3");
      break;
    }
    expect(ws.state).toBe("open");
  });

  it("that echoes answers all before the peer's Close is answered, even in one chunk", async () => {
    const { connect } = await serve(async (request) => {
      const ws = request.upgrade();
      for await (const message of ws) {
        await new Promise((resolve) => setImmediate(resolve));
        await ws.send(message);
      }
    });
    const peer = await connect();
    const texts = Array.from({ length: 40 }, (_, i) => `${i}`);
    peer.write(upgradeHead(), ...texts.map((text) => textFrame(text)), closeFrame(1000, "bye"));
    await peer.readUpgraded();
    for (const text of texts) expect(await peer.readText()).toBe(text);
    expect((await peer.readClose()).code).toBe(1000);
    await peer.untilEnded();
  });

  it("answers all also to a peer that ends TCP right behind its Close", async () => {
    const { connect, errors } = await serve(async (request) => {
      const ws = request.upgrade();
      for await (const message of ws) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        await ws.send(message);
      }
    });
    const peer = await connect();
    peer.write(upgradeHead(), textFrame("1"), textFrame("2"), closeFrame(1000));
    peer.socket.end();
    await peer.readUpgraded();
    expect(await peer.readText()).toBe("1");
    expect(await peer.readText()).toBe("2");
    expect((await peer.readClose()).code).toBe(1000);
    await peer.untilEnded();
    expect(errors).toEqual([]);
  });

  it("that hangs has the Close answered in half of closeTimeout", async () => {
    const opened = deferred<Connection>();
    const { connect } = await serve(
      async (request) => {
        const ws = request.upgrade();
        opened.resolve(ws);
        for await (const _ of ws) await new Promise(() => {});
      },
      { closeTimeout: 100 },
    );
    const peer = await connect();
    peer.write(upgradeHead(), textFrame("1"), closeFrame(1000));
    await peer.readUpgraded();
    expect((await peer.readClose()).code).toBe(1000);
    peer.socket.end();
    expect(await (await opened.promise).closed).toMatchObject({ clean: true, code: 1000 });
  });

  it("with closeTimeout Infinity waits for the consumer as long as it takes", async () => {
    const go = deferred();
    const { connect } = await serve(
      async (request) => {
        const ws = request.upgrade();
        for await (const message of ws) {
          await go.promise;
          await ws.send(message);
        }
      },
      { closeTimeout: Number.POSITIVE_INFINITY },
    );
    const peer = await connect();
    peer.write(upgradeHead(), textFrame("1"), closeFrame(1000));
    await peer.readUpgraded();
    // Enough for a timer of Infinity, which Node fires after 1 ms.
    await new Promise((resolve) => setTimeout(resolve, 30));
    go.resolve();
    expect(await peer.readText()).toBe("1");
    expect((await peer.readClose()).code).toBe(1000);
  });
});

describe("messages in parts", () => {
  const LARGE = 300_000;

  it("come as streams of strings or Buffers", async () => {
    const { ws, peer } = await openPair();
    const text = "ä€😀x".repeat(20_000);
    peer.write(textFrame("small"), textFrame(text), rawFrame(OP.binary, Buffer.alloc(LARGE, 5)));
    const kinds: string[] = [];
    const parts: number[] = [];
    for await (const message of ws.messages) {
      kinds.push(message.type);
      let count = 0;
      const all: Buffer[] = [];
      for await (const part of message) {
        count++;
        expect(typeof part).toBe(message.type === "text" ? "string" : "object");
        if (typeof part === "string") expect(part.includes("\ufffd")).toBe(false);
        all.push(Buffer.from(part as string));
      }
      parts.push(count);
      const whole = Buffer.concat(all);
      if (kinds.length === 1) expect(whole.toString()).toBe("small");
      if (kinds.length === 2) expect(whole.toString() === text).toBe(true);
      if (kinds.length === 3) {
        expect(whole.equals(Buffer.alloc(LARGE, 5))).toBe(true);
        break;
      }
    }
    expect(kinds).toEqual(["text", "text", "binary"]);
    expect(parts[0]).toBe(1);
    expect(parts[2]).toBeGreaterThan(1);
  });

  it("can be had as a string or a Buffer", async () => {
    const { ws, peer } = await openPair();
    const binary = Buffer.from("€".repeat(50_000));
    peer.write(rawFrame(OP.binary, binary), textFrame("t".repeat(100_000)), textFrame("€"));
    const { messages } = ws;
    const first = await messages.next();
    expect((await first.value?.text()) === "€".repeat(50_000)).toBe(true);
    const second = await messages.next();
    expect((await second.value?.buffer())?.length).toBe(100_000);
    const third = await messages.next();
    expect(await third.value?.buffer()).toEqual(Buffer.from("€"));
  });

  it("are skipped where nobody reads them to the end, in a later iteration too", async () => {
    const { ws, peer } = await openPair();
    peer.write(rawFrame(OP.binary, Buffer.alloc(LARGE)), textFrame("x".repeat(LARGE)));
    peer.write(textFrame("last"));
    for await (const message of ws.messages) {
      expect(message.type).toBe("binary");
      break;
    }
    const seen: string[] = [];
    for await (const message of ws.messages) {
      seen.push(message.type);
      if (seen.length === 2) {
        expect(await message.text()).toBe("last");
        break;
      }
      for await (const _ of message) break;
    }
    expect(seen).toEqual(["text", "text"]);
  });

  it("hold up the peer while nobody takes them", async () => {
    const options = { maxMessageSize: 1e9, maxQueuedBytes: 64 * 1024 };
    const { ws, peer } = await openPair(options);
    const { messages } = ws;
    const size = 64 * 1024 * 1024;
    peer.socket.write(rawFrame(OP.binary, Buffer.alloc(size)));
    const message = (await messages.next()).value!;
    let before = -1;
    // Until the peer cannot get rid of any more.
    while (peer.socket.writableLength !== before) {
      before = peer.socket.writableLength;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(peer.socket.bytesWritten - before).toBeLessThan(size / 2);
    let received = 0;
    for await (const part of message) received += part.length;
    expect(received).toBe(size);
  });

  it("throw where the connection ends within one", async () => {
    const { ws, peer } = await openPair();
    const { messages } = ws;
    peer.write(rawFrame(OP.binary, "half", { fin: false }));
    const message = (await messages.next()).value!;
    peer.write(closeFrame(1000));
    peer.socket.end();
    await expect(message.buffer()).rejects.toBeInstanceOf(ConnectionClosedError);
    expect((await messages.next()).done).toBe(true);
  });

  it("end quietly, and throw when the connection breaks", async () => {
    for (const bytes of [closeFrame(1001), rawFrame(3)]) {
      const { ws, peer } = await openPair();
      const next = ws.messages.next();
      peer.write(bytes);
      peer.socket.end();
      if (bytes.length > 6) expect(await next).toEqual({ done: true, value: undefined });
      else await expect(next).rejects.toThrow(ConnectionClosedError);
    }
  });
});

describe("the receive queue", () => {
  it.each([
    ["messages", { maxQueuedMessages: 4 }],
    ["bytes", { maxQueuedMessages: 1e6, maxQueuedBytes: 64 * 1024 }],
  ])("holds up a fast peer by %s, and nothing is lost", async (_, options) => {
    const { ws, peer } = await openPair(options);
    const payload = Buffer.alloc(16 * 1024, 1);
    const count = 2000;
    for (let i = 0; i < count; i++) {
      payload.writeUInt32BE(i);
      peer.socket.write(rawFrame(OP.binary, payload));
    }
    expect(((await ws.receive()) as Buffer).readUInt32BE()).toBe(0);
    let before = -1;
    while (peer.socket.writableLength !== before) {
      before = peer.socket.writableLength;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    // Kernel buffers take some; most of the 32 MiB stays with the peer.
    expect(before).toBeGreaterThan(16 * 1024 * 1024);
    for (let i = 1; i < count; i++) {
      expect(((await ws.receive()) as Buffer).readUInt32BE()).toBe(i);
    }
  });
});

describe("messages that nobody takes", () => {
  it("are read up to maxQueuedMessages and to the end of that chunk, until a quarter is left", async () => {
    const { ws, peer } = await openPair({ maxQueuedMessages: 4 });
    expect(await Promise.all([ws.receive(), peer.write(textFrame("first"))])).toContain("first");
    const messages = Array.from({ length: 10 }, (_, i) => textFrame(`${i}`));
    peer.write(Buffer.concat([...messages, rawFrame(OP.ping, "1")]));
    expect((await peer.readFrame()).payload.toString()).toBe("1");
    peer.write(rawFrame(OP.ping, "2"));
    for (let i = 0; i < 8; i++) expect(await ws.receive()).toBe(`${i}`);
    ws.send("before the Pong");
    expect(await peer.readText()).toBe("before the Pong");
    expect(await ws.receive()).toBe("8");
    expect((await peer.readFrame()).payload.toString()).toBe("2");
    expect(await ws.receive()).toBe("9");
  });

  it("are read up to maxQueuedBytes and no further, within one chunk too", async () => {
    const { ws, peer } = await openPair({ maxQueuedBytes: 250 });
    expect(await Promise.all([ws.receive(), peer.write(textFrame("first"))])).toContain("first");
    // An empty message costs 64 bytes.
    const messages = Array.from({ length: 10 }, () => textFrame(""));
    const before = streamOf(ws).bytesRead;
    peer.write(Buffer.concat([...messages, rawFrame(OP.ping)]));
    await until(() => streamOf(ws).bytesRead > before);
    ws.send("before the Pong");
    expect(await peer.readText()).toBe("before the Pong");
    for (let i = 0; i < 10; i++) await ws.receive();
    expect((await peer.readFrame()).opcode).toBe(OP.pong);
  });

  it("and that come in parts when close() was called are not begun", async () => {
    const { ws, peer } = await openPair();
    const iteration = ws.messages[Symbol.asyncIterator]();
    const next = iteration.next();
    const closed = ws.close(1000);
    peer.write(textFrame("a", { fin: false }), rawFrame(OP.continuation, "b"), closeFrame(1000));
    peer.socket.end();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(await closed).toMatchObject({ code: 1000, discarded: 1 });
  });
});

describe("pause and resume", () => {
  it("hold up the messages of a handler object in the middle of a chunk", async () => {
    const seen: string[] = [];
    const { ws, peer } = await openPair(
      {},
      {
        message(ws, data) {
          seen.push(data as string);
          if (data === "2") ws.pause();
        },
      },
    );
    peer.write(textFrame("1"), textFrame("2"), textFrame("3"), rawFrame(OP.ping, "p"));
    peer.write(textFrame("4"));
    await until(() => seen.length >= 2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen).toEqual(["1", "2"]);
    ws.resume();
    await peer.readFrame();
    await until(() => seen.length >= 4);
    expect(seen).toEqual(["1", "2", "3", "4"]);
  });

  it("within one message lose nothing and hold up nothing", async () => {
    let seen = 0;
    const { peer } = await openPair(
      {},
      {
        message(ws) {
          ws.pause();
          seen++;
          ws.resume();
        },
      },
    );
    // In one chunk, and with no other to come; deep enough for a stack to overflow.
    peer.write(...Array.from({ length: 5000 }, () => textFrame("")), rawFrame(OP.ping, "end"));
    expect((await peer.readFrame()).payload.toString()).toBe("end");
    expect(seen).toBe(5000);
  });

  it("hold up the peer", async () => {
    const { ws, peer } = await openPair({}, { message() {} });
    ws.pause();
    for (let i = 0; i < 64; i++) peer.socket.write(rawFrame(OP.binary, Buffer.alloc(512 * 1024)));
    let before = -1;
    while (peer.socket.writableLength !== before) {
      before = peer.socket.writableLength;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(before).toBeGreaterThan(8 * 1024 * 1024);
    ws.resume();
    peer.socket.write(rawFrame(OP.ping, "done"));
    expect((await peer.readFrame()).payload.toString()).toBe("done");
  });

  it("deliver what was held up when the peer has reset meanwhile", async () => {
    const seen: unknown[] = [];
    const { ws, peer } = await openPair(
      {},
      {
        message(ws, data) {
          seen.push(data);
          ws.pause();
        },
      },
    );
    peer.write(textFrame("1"), textFrame("2"), textFrame("3"));
    await until(() => seen.length === 1);
    // Writing finds out that the peer has gone: a paused socket is not read.
    peer.reset();
    await peer.untilClosed();
    while (ws.state === "open") {
      ws.send("x");
      await new Promise((resolve) => setImmediate(resolve));
    }
    await ws.closed;
    expect(seen).toEqual(["1", "2", "3"]);
  });

  it("do not keep close() from being answered", async () => {
    // At its deadline, too, what waits would be read: there is to be none.
    const options = { closeTimeout: Number.POSITIVE_INFINITY };
    const { ws, peer } = await openPair(options, { message() {} });
    ws.pause();
    peer.write(textFrame("unread"));
    const closed = ws.close();
    await peer.readClose();
    peer.write(closeFrame(1000));
    peer.socket.end();
    expect(await closed).toMatchObject({ code: 1000, clean: true, discarded: 1 });
  });
});
