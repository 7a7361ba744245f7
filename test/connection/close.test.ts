import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Connection } from "../../src/index.ts";
import { closeFrame, OP, rawFrame, textFrame, upgradeHead } from "../raw-peer.ts";
import { deferred, openPair, serve, until } from "../served.ts";
import { streamOf } from "../stream-of.ts";

const READING = { message() {} };

describe("a peer's Close", () => {
  it.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999])(
    "with %i is echoed, and TCP ended (§5.5.1, §7.1.1)",
    async (code) => {
      const { ws, peer } = await openPair({}, READING);
      peer.write(closeFrame(code, "grüße"));
      expect((await peer.readClose()).code).toBe(code);
      // The server ends TCP first: the peer has not ended its side yet.
      await peer.untilEnded();
      peer.socket.end();
      expect(await ws.closed).toEqual({
        code,
        reason: "grüße",
        initiator: "peer",
        clean: true,
        error: undefined,
        discarded: 0,
      });
    },
  );

  it("without a code is answered without one and is 1005 (§7.1.5)", async () => {
    const { ws, peer } = await openPair({}, READING);
    peer.write(closeFrame());
    expect(await peer.readFrame()).toMatchObject({ opcode: OP.close, payload: Buffer.alloc(0) });
    peer.socket.end();
    expect(await ws.closed).toMatchObject({ code: 1005, reason: "", clean: true });
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535])(
    "with %i is answered with 1002",
    async (code) => {
      const { ws, peer } = await openPair({ closeTimeout: Number.POSITIVE_INFINITY }, READING);
      peer.write(closeFrame(code));
      expect((await peer.readClose()).code).toBe(1002);
      // §7.1.7: whatever the peer might answer, TCP is ended.
      await peer.untilEnded();
      peer.socket.end();
      const info = await ws.closed;
      expect(info).toMatchObject({ code: 1006, clean: false, initiator: "local" });
      expect(info.error).toMatchObject({ code: "CLOSE_CODE_INVALID" });
    },
  );

  it("is the last thing that is heeded although close() is called while it waits for its turn", async () => {
    const taken = deferred();
    const go = deferred();
    const opened = deferred<Connection>();
    const { open } = await serve(async (request) => {
      const ws = request.upgrade();
      opened.resolve(ws);
      for await (const _ of ws) {
        taken.resolve();
        await go.promise;
      }
    });
    const peer = await open();
    const ws = await opened.promise;
    peer.write(textFrame("1"));
    await taken.promise;
    peer.write(closeFrame(1001));
    // The Close waits for the iteration to come back; then the user's goes.
    await until(() => streamOf(ws).bytesRead >= upgradeHead().length + 7 + 8);
    ws.close(4000);
    // Were it heeded, it would count as a message that was dropped.
    peer.write(textFrame("2"));
    go.resolve();
    peer.socket.end();
    expect(await ws.closed).toMatchObject({ code: 1001, clean: true, discarded: 0 });
  });

  it("is no failure of a message in fragments that is under way", async () => {
    const { ws, peer } = await openPair({ closeTimeout: 200 }, READING);
    const closed = deferred();
    const sent = ws.sendFragments(
      (async function* () {
        yield "begun";
        await closed.promise;
        yield "too late";
      })(),
    );
    await peer.readFrame();
    peer.write(closeFrame(1000));
    expect((await peer.readClose()).code).toBe(1000);
    closed.resolve();
    await expect(sent).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    peer.socket.end();
    expect(await ws.closed).toMatchObject({ code: 1000, clean: true, error: undefined });
  });

  it("is the last thing that is heeded", async () => {
    const seen: unknown[] = [];
    const { ws, peer } = await openPair({}, { message: (_, data) => void seen.push(data) });
    peer.write(textFrame("1"), closeFrame(1000), textFrame("2"), rawFrame(OP.ping), rawFrame(3));
    expect((await peer.readClose()).code).toBe(1000);
    expect((await peer.readToEnd()).length).toBe(0);
    peer.socket.end();
    expect(await ws.closed).toMatchObject({ code: 1000, clean: true, error: undefined });
    expect(seen).toEqual(["1"]);
  });

  it("reaches the handler object as its last call", async () => {
    const calls: unknown[] = [];
    const done = deferred();
    const { peer } = await openPair(
      {},
      {
        message: (_, data) => void calls.push(data),
        close(ws, code, reason) {
          calls.push([code, reason, ws.state]);
          done.resolve();
        },
      },
    );
    peer.write(textFrame("1"), closeFrame(4000, "r"));
    peer.socket.end();
    await done.promise;
    expect(calls).toEqual(["1", [4000, "r", "closed"]]);
  });
});

describe("close", () => {
  it("sends a Close behind everything before it and waits for the peer's", async () => {
    const { ws, peer } = await openPair({}, READING);
    ws.send("1");
    ws.send(Buffer.alloc(100_000));
    const closed = ws.close(4000, "reason");
    expect(ws.state).toBe("closing");
    expect(await peer.readText()).toBe("1");
    await peer.readFrame();
    expect(await peer.readClose()).toEqual({ code: 4000, reason: "reason" });
    expect(peer.ended).toBe(false);
    peer.write(closeFrame(4000, "mine"));
    await peer.untilEnded();
    peer.socket.end();
    expect(await closed).toEqual({
      code: 4000,
      reason: "mine",
      initiator: "local",
      clean: true,
      error: undefined,
      discarded: 0,
    });
    expect(ws.state).toBe("closed");
    expect(await ws.closed).toBe(await closed);
    expect(await ws.close()).toBe(await closed);
  });

  it("without a code sends an empty Close frame, which the peer answers by such a one (§5.5.1)", async () => {
    const { ws, peer } = await openPair({}, READING);
    ws.close();
    expect(await peer.readClose()).toEqual({ code: undefined, reason: "" });
    peer.write(closeFrame());
    peer.socket.end();
    expect(await ws.closed).toMatchObject({ code: 1005, reason: "", clean: true });
    const { ws: other } = await openPair({}, READING);
    expect(() => other.close(undefined, "bye")).toThrow("a close reason goes with a code only");
  });

  it("counts the messages that arrive behind it, and answers no pings", async () => {
    const { ws, peer } = await openPair();
    ws.close();
    await peer.readClose();
    peer.write(textFrame("1"), rawFrame(OP.ping), rawFrame(OP.binary, Buffer.alloc(100_000)));
    peer.write(textFrame("a", { fin: false }), rawFrame(OP.continuation, "b"), closeFrame(1000));
    expect((await peer.readToEnd()).length).toBe(0);
    peer.socket.end();
    expect(await ws.closed).toMatchObject({ clean: true, discarded: 3 });
  });

  it("counts a message that is received in parts once", async () => {
    const { ws, peer } = await openPair();
    const { messages } = ws;
    peer.write(textFrame("a", { fin: false }));
    await messages.next();
    ws.close();
    for (let i = 0; i < 5; i++) peer.write(rawFrame(OP.continuation, "b", { fin: i === 4 }));
    peer.write(closeFrame(1000));
    await peer.untilEnded();
    peer.socket.end();
    expect(await ws.closed).toMatchObject({ clean: true, discarded: 1 });
  });

  it("may cross the peer's", async () => {
    const { ws, peer } = await openPair({}, READING);
    peer.write(closeFrame(4001, "peer"));
    const closed = ws.close(4002, "local");
    expect(await peer.readClose()).toEqual({ code: 4002, reason: "local" });
    expect((await peer.readToEnd()).length).toBe(0);
    peer.socket.end();
    expect(await closed).toMatchObject({
      code: 4001,
      reason: "peer",
      initiator: "local",
      clean: true,
    });
  });

  it("is decided by its first call", async () => {
    const { ws, peer } = await openPair({}, READING);
    ws.close(4001, "first");
    ws.close(4002, "second");
    expect(await peer.readClose()).toEqual({ code: 4001, reason: "first" });
    peer.write(closeFrame(4001));
    expect((await peer.readToEnd()).length).toBe(0);
  });

  it.each([0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 1000.5, Number.NaN, "1000"])(
    "throws at once for the code %s",
    async (code) => {
      const { ws } = await openPair();
      expect(() => ws.close(code as number)).toThrow(/a close code is 1000 to 1003/);
      expect(ws.state).toBe("open");
    },
  );

  it("throws at once for a reason of more than 123 bytes", async () => {
    const { ws, peer } = await openPair();
    expect(() => ws.close(1000, "x".repeat(124))).toThrow(/123 bytes/);
    expect(() => ws.close(1000, "ü".repeat(62))).toThrow(/123 bytes/);
    expect(ws.state).toBe("open");
    ws.close(1000, `${"ü".repeat(61)}x`);
    expect((await peer.readClose()).reason).toBe(`${"ü".repeat(61)}x`);
  });

  it("is given up after closeTimeout, which no traffic extends", async () => {
    const { ws, peer } = await openPair({ closeTimeout: 100 }, READING);
    const chatter = setInterval(() => peer.write(textFrame("still here")), 10);
    const info = await ws.close();
    clearInterval(chatter);
    expect(info).toMatchObject({ code: 1006, clean: false, initiator: "local" });
    expect(info.error).toMatchObject({ code: "CLOSE_TIMEOUT" });
    expect(info.discarded).toBeGreaterThan(0);
    await peer.untilEnded();
  });

  it("does not wait longer for a peer that does not end TCP behind its Close, and says so", async () => {
    const { ws, peer } = await openPair({ closeTimeout: 50 }, READING);
    peer.write(closeFrame(1000));
    const info = await ws.closed;
    expect(info).toMatchObject({ code: 1000, clean: true });
    expect(info.error).toMatchObject({ code: "CLOSE_TIMEOUT" });
  });

  it("is given up after closeTimeout while it waits for a message in fragments, too", async () => {
    const { ws } = await openPair({ closeTimeout: 50 }, READING);
    ws.sendFragments(
      (async function* () {
        yield "begun";
        await new Promise(() => {});
      })(),
    ).catch(() => {});
    const info = await ws.close();
    expect(info.error).toMatchObject({ code: "CLOSE_TIMEOUT" });
  });

  it("sees the peer's Close behind messages that nobody takes", async () => {
    const { ws, peer } = await openPair({ closeTimeout: Number.POSITIVE_INFINITY });
    await until(() => {
      peer.write(textFrame("more"));
      return streamOf(ws).isPaused();
    });
    const closed = ws.close(1001);
    expect((await peer.readClose()).code).toBe(1001);
    peer.write(closeFrame(1000));
    peer.socket.end();
    expect(await closed).toMatchObject({ code: 1000, clean: true });
  });

  it("works on a peer that has ended its side of TCP", async () => {
    const { ws, peer } = await openPair({}, READING);
    peer.socket.end();
    await peer.untilEnded();
    expect(await ws.close()).toMatchObject({ code: 1006, clean: false });
  });

  it("is what await using does", async () => {
    const { ws, peer } = await openPair({}, READING);
    const done = ws[Symbol.asyncDispose]();
    expect((await peer.readClose()).code).toBe(1000);
    peer.write(closeFrame(1000));
    peer.socket.end();
    await done;
    expect(ws.state).toBe("closed");
  });
});

describe("a connection that has ended", () => {
  /** How many of the timers that are set from now on run; those of a connection do not hold the process. */
  function watchTimers(): () => number {
    const set = vi.spyOn(globalThis, "setTimeout");
    const clear = vi.spyOn(globalThis, "clearTimeout");
    onTestFinished(() => {
      set.mockRestore();
      clear.mockRestore();
    });
    return () => {
      const cleared = new Set<unknown>(clear.mock.calls.map(([timer]) => timer));
      return set.mock.results.filter(({ value }) => !cleared.has(value)).length;
    };
  }

  it.each<[string, (pair: Awaited<ReturnType<typeof openPair>>) => void]>([
    ["in an idle moment", () => {}],
    ["within a message", ({ peer }) => peer.write(textFrame("a", { fin: false }))],
    ["behind close()", ({ ws }) => void ws.close()],
    ["while a Ping was on its way", ({ ws }) => void ws.ping()],
  ])("%s leaves no timer, nor does close() behind it set one", async (_, enter) => {
    const pair = await openPair({}, READING);
    const timers = watchTimers();
    enter(pair);
    pair.peer.write(rawFrame(OP.ping, "there?"));
    const answers: number[] = [OP.pong, OP.close];
    while (!answers.includes((await pair.peer.readFrame()).opcode));
    pair.peer.reset();
    await pair.ws.closed;
    await pair.ws.close();
    expect(timers()).toBe(0);
  });

  it("while a Close waited for its consumer leaves no timer", async () => {
    const taken = deferred();
    const opened = deferred<Connection>();
    const { open } = await serve(async (request) => {
      const ws = request.upgrade();
      opened.resolve(ws);
      for await (const _ of ws) await new Promise(() => taken.resolve());
    });
    const peer = await open();
    peer.write(textFrame("a"));
    await taken.promise;
    const timers = watchTimers();
    peer.write(closeFrame(1000));
    const ws = await opened.promise;
    await until(() => timers() > 1);
    peer.reset();
    await ws.closed;
    expect(timers()).toBe(0);
  });
});

describe("an end without a closing handshake", () => {
  it("by terminate() is 1006 on both sides", async () => {
    const { ws, peer } = await openPair({}, READING);
    ws.terminate();
    expect(await ws.closed).toMatchObject({ code: 1006, clean: false, error: undefined });
    expect((await peer.readToEnd()).length).toBe(0);
  });

  it("by the peer's FIN is 1006", async () => {
    const { ws, peer } = await openPair({}, READING);
    peer.socket.end();
    expect((await peer.readToEnd()).length).toBe(0);
    expect(await ws.closed).toEqual({
      code: 1006,
      reason: "",
      initiator: "none",
      clean: false,
      error: undefined,
      discarded: 0,
    });
  });

  it("by a reset is 1006 with the error of the socket", async () => {
    const { ws, peer } = await openPair({}, READING);
    peer.reset();
    const info = await ws.closed;
    expect(info).toMatchObject({ code: 1006, clean: false, initiator: "none" });
    expect(info.error).toMatchObject({ code: "ECONNRESET" });
  });

  it("by a reset behind both Close frames is a clean one", async () => {
    const { ws, peer } = await openPair({}, READING);
    peer.write(closeFrame(1000));
    await peer.readClose();
    peer.reset();
    expect(await ws.closed).toMatchObject({ code: 1000, clean: true, error: undefined });
  });

  it("in the middle of a message delivers no part of it", async () => {
    const { ws, peer } = await openPair();
    const received = ws.receive();
    peer.write(textFrame("half a mess", { declared: 20 }));
    peer.socket.end();
    await expect(received).rejects.toMatchObject({ closeCode: 1006 });
  });
});

/** What a peer may do to a connection, and when. Whatever it is, the server goes on. */
describe("a peer that", () => {
  const acts: [string, (pair: Awaited<ReturnType<typeof openPair>>) => void][] = [
    ["resets", ({ peer }) => peer.reset()],
    ["ends its side", ({ peer }) => void peer.socket.end()],
    ["vanishes in both directions", ({ peer }) => peer.destroy()],
  ];
  const states: [string, (pair: Awaited<ReturnType<typeof openPair>>) => unknown][] = [
    ["an open connection", () => {}],
    ["the middle of a header", ({ peer }) => peer.write(textFrame("x".repeat(200)).subarray(0, 3))],
    ["the middle of a payload", ({ peer }) => peer.write(textFrame("abc").subarray(0, 8))],
    ["the middle of a message", ({ peer }) => peer.write(textFrame("abc", { fin: false }))],
    ["a pause", ({ ws }) => ws.pause()],
    ["a closing handshake of ours", ({ ws }) => void ws.close()],
    ["a closing handshake of its own", ({ peer }) => peer.write(closeFrame(1000))],
    ["a send that waits", ({ ws }) => void ws.send(Buffer.alloc(8 * 1024 * 1024))],
    ["a broken protocol", ({ peer }) => peer.write(rawFrame(3))],
  ];
  const all = acts.flatMap(([what, act]) =>
    states.map(([when, enter]) => [what, when, act, enter] as const),
  );

  it.each(all)("%s in %s ends its connection only", async (_what, _when, act, enter) => {
    const pair = await openPair({ closeTimeout: 100 }, { message: (ws, data) => ws.send(data) });
    const other = await pair.open();
    await enter(pair);
    act(pair);
    // A paused connection does not read, so it finds out when it goes on.
    pair.ws.resume();
    const info = await pair.ws.closed;
    expect(info.code === 1006 || info.code === 1000).toBe(true);
    other.write(textFrame("alive"));
    expect(await other.readText()).toBe("alive");
    expect(pair.errors).toEqual([]);
  });

  it("dribbles its frames a byte at a time is understood", async () => {
    const { peer } = await openPair({}, { message: (ws: Connection, data) => ws.send(data) });
    const bytes = Buffer.concat([
      textFrame("dri", { fin: false }),
      rawFrame(OP.ping, "p"),
      rawFrame(OP.continuation, "bble €".repeat(30)),
      closeFrame(1000),
    ]);
    for (const byte of bytes) {
      peer.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await peer.readFrame()).opcode).toBe(OP.pong);
    expect(await peer.readText()).toBe(`dri${"bble €".repeat(30)}`);
    expect((await peer.readClose()).code).toBe(1000);
  });
});
