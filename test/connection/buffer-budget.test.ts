import { describe, expect, it } from "vitest";
import { BufferBudget, type BufferHolder } from "../../src/connection/buffer-budget.ts";
import { type Connection, connect } from "../../src/index.ts";
import { textFrame } from "../raw-peer.ts";
import { serve, until } from "../served.ts";

class Holder implements BufferHolder {
  held = 0;
  closed = false;

  onOverBudget(): void {
    this.closed = true;
    this.held = 0;
  }
}

const turnEnd = () => new Promise((resolve) => setImmediate(resolve));

describe("BufferBudget", () => {
  function holders(limit: number, ...sizes: number[]) {
    const budget = new BufferBudget(limit);
    const all = sizes.map((held) => Object.assign(new Holder(), { held }));
    for (const holder of all) budget.count(holder);
    return { budget, all };
  }

  it("closes the largest when there is too much, until an eighth of the limit is free", async () => {
    const { all } = holders(800, 100, 300, 50, 310, 100);
    await turnEnd();
    expect(all.map(({ closed }) => closed)).toEqual([false, false, false, true, false]);
  });

  it("closes nobody for what was taken since it was counted", async () => {
    const { all } = holders(800, 500, 500);
    all[0]!.held = 100;
    await turnEnd();
    expect(all.some(({ closed }) => closed)).toBe(false);
  });

  it("forgets who has gone", async () => {
    const { budget, all } = holders(800, 500);
    budget.remove(all[0]!);
    const other = Object.assign(new Holder(), { held: 600 });
    budget.count(other);
    await turnEnd();
    expect(other.closed).toBe(false);
  });
});

describe("maxTotalBuffered", () => {
  it("closes those with 1013 that hold most of what waits to be sent", async () => {
    const opened: Connection[] = [];
    const { open } = await serve(
      { open: (ws) => void opened.push(ws), message() {} },
      { maxTotalBuffered: 8_000_000 },
    );
    const peers = [await open(), await open(), await open()];
    for (const peer of peers) peer.socket.pause();
    // What the system takes is none of it.
    for (const ws of opened) while (ws.send(Buffer.alloc(100_000)) === undefined);
    const [slow, slower, slowest] = opened as [Connection, Connection, Connection];
    slow.send(Buffer.alloc(500_000));
    slower.send(Buffer.alloc(3_000_000));
    slowest.send(Buffer.alloc(5_000_000));
    await until(() => slowest.state === "closing");
    expect([slow.state, slower.state]).toEqual(["open", "open"]);
    // The Close comes behind what was being written, in the place of what waited behind that.
    peers[2]!.socket.resume();
    expect(await peers[2]!.readClose()).toEqual({ code: 1013, reason: "server out of buffers" });
    peers[2]!.socket.end();
    const { error } = await slowest.closed;
    expect(error).toMatchObject({ code: "TOTAL_BUFFER_FULL" });
    expect(error?.message).toContain("more than 8000000 bytes (maxTotalBuffered)");
  });

  it("destroys those whose write under way holds too much: a Close would come behind it", async () => {
    const opened: Connection[] = [];
    const { open } = await serve(
      { open: (ws) => void opened.push(ws), message() {} },
      { maxTotalBuffered: 8_000_000, closeTimeout: Number.POSITIVE_INFINITY },
    );
    for (let i = 0; i < 4; i++) (await open()).socket.pause();
    for (const ws of opened) ws.send(Buffer.alloc(20_000_000));
    const { error, code } = await opened[0]!.closed;
    expect(error).toMatchObject({ code: "TOTAL_BUFFER_FULL" });
    expect(code).toBe(1006);
    await until(() => opened.every(({ state }) => state === "closed"));
  });

  it("counts what this side's program has not taken, and drops it", async () => {
    const opened: Connection[] = [];
    const { open } = await serve((request) => void opened.push(request.upgrade()), {
      maxTotalBuffered: 1_000_000,
    });
    const peers = [await open(), await open()];
    peers[0]!.write(textFrame("a".repeat(300_000)));
    peers[1]!.write(textFrame("b".repeat(450_000)));
    peers[1]!.write(textFrame("c".repeat(450_000)));
    expect(await peers[1]!.readClose()).toMatchObject({ code: 1013 });
    peers[1]!.socket.end();
    const info = await opened[1]!.closed;
    expect(info.discarded).toBeGreaterThanOrEqual(1);
    await expect(opened[1]!.receive()).rejects.toMatchObject({ code: "CONNECTION_CLOSED" });
    expect(await opened[0]!.receive()).toHaveLength(300_000);
  });

  it("counts messages that are half there", async () => {
    const { open, address } = await serve({ message() {} }, { maxTotalBuffered: 1_000_000 });
    const half = () => textFrame("a".repeat(500_000), { declared: 1_000_000 });
    const peers = [await open(), await open()];
    for (const peer of peers) peer.write(half());
    await Promise.race(peers.map((peer) => peer.readClose()));
    const ws = await connect(address.url);
    await ws.close();
  });
});
