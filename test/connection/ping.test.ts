import { describe, expect, it } from "vitest";
import { ConnectionClosedError } from "../../src/index.ts";
import { OP, rawFrame } from "../raw-peer.ts";
import { openPair } from "../served.ts";

const READING = { message() {} };

describe("ping", () => {
  it("resolves with the milliseconds until its Pong", async () => {
    const { ws, peer } = await openPair({}, READING);
    const rtt = ws.ping("are you there");
    const { opcode, payload } = await peer.readFrame();
    expect([opcode, payload.toString()]).toEqual([OP.ping, "are you there"]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    peer.write(rawFrame(OP.pong, payload));
    // Timers may fire a little early.
    expect(await rtt).toBeGreaterThan(15);
  });

  it("has a payload of its own where none is given", async () => {
    const { ws, peer } = await openPair({}, READING);
    const both = Promise.all([ws.ping(), ws.ping()]);
    const first = await peer.readFrame();
    const second = await peer.readFrame();
    expect(first.payload).not.toEqual(second.payload);
    peer.write(rawFrame(OP.pong, first.payload), rawFrame(OP.pong, second.payload));
    await both;
  });

  it("is answered too by the Pong to a later one (§5.5.3)", async () => {
    const { ws, peer } = await openPair({}, READING);
    const all = Promise.all([ws.ping("a"), ws.ping("b"), ws.ping("c")]);
    peer.write(rawFrame(OP.pong, "c"));
    expect(await all).toHaveLength(3);
  });

  it("is not answered by a Pong to an earlier one, or that nobody asked for", async () => {
    const { ws, peer } = await openPair({}, READING);
    const first = ws.ping("a");
    let answered = false;
    const second = ws.ping("b");
    second.then(
      () => {
        answered = true;
      },
      () => {},
    );
    peer.write(rawFrame(OP.pong, "stray"), rawFrame(OP.pong), rawFrame(OP.pong, "a"));
    await first;
    expect(answered).toBe(false);
    peer.write(rawFrame(OP.pong, "b"));
    await second;
  });

  it("may have the same payload as another: each gets its Pong", async () => {
    const { ws, peer } = await openPair({}, READING);
    const first = ws.ping("same");
    const second = ws.ping("same");
    peer.write(rawFrame(OP.pong, "same"));
    await first;
    peer.write(rawFrame(OP.pong, "same"));
    await second;
  });

  it("rejects when the connection ends, which nobody has to handle", async () => {
    const { ws, peer } = await openPair({}, READING);
    ws.ping();
    const handled = ws.ping();
    peer.reset();
    await expect(handled).rejects.toThrow(ConnectionClosedError);
  });

  it("and pong take 125 bytes at most, and throw at once", async () => {
    const { ws, peer } = await openPair({}, READING);
    for (const method of ["ping", "pong"] as const) {
      expect(() => ws[method]("x".repeat(126))).toThrow(/at most 125 bytes; got 126/);
      expect(() => ws[method]("ü".repeat(63))).toThrow(/at most 125 bytes/);
      expect(() => ws[method](5 as unknown as string)).toThrow(/expected a string/);
    }
    ws.ping(Buffer.alloc(125, 1));
    ws.pong("unasked");
    expect((await peer.readFrame()).payload).toEqual(Buffer.alloc(125, 1));
    expect(await peer.readFrame()).toMatchObject({
      opcode: OP.pong,
      payload: Buffer.from("unasked"),
    });
  });
});

describe("a peer's Ping", () => {
  it("is answered with its payload, at once and in order (§5.5.2)", async () => {
    const { ws, peer } = await openPair({}, { message: (ws, data) => ws.send(data) });
    peer.write(
      rawFrame(OP.ping, "1"),
      rawFrame(OP.text, "2"),
      rawFrame(OP.ping, Buffer.alloc(125)),
    );
    peer.write(rawFrame(OP.ping));
    const got = [];
    for (let i = 0; i < 4; i++) got.push(await peer.readFrame());
    expect(got.map(({ opcode, payload }) => [opcode, payload.length])).toEqual([
      [OP.pong, 1],
      [OP.text, 1],
      [OP.pong, 125],
      [OP.pong, 0],
    ]);
    expect(ws.state).toBe("open");
  });
});
