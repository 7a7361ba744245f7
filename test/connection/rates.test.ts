import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RateLimit } from "../../src/connection/receiving/rate-limit.ts";
import { OP, rawFrame, textFrame } from "../raw-peer.ts";
import { openPair, until } from "../served.ts";

describe("RateLimit", () => {
  it("lets as much through at once as in a second, and then by its rate", () => {
    const limit = new RateLimit(10, Number.POSITIVE_INFINITY, 0);
    expect(limit.take(10, 1e9, 0)).toBe(0);
    expect(limit.take(1, 0, 0)).toBe(100);
    expect(limit.take(0, 0, 100)).toBe(0);
    expect(limit.take(2, 0, 250)).toBe(50);
    // Nobody saves up more than a second's worth.
    expect(limit.take(10, 0, 60_000)).toBe(0);
    expect(limit.take(5, 0, 60_000)).toBe(500);
  });

  it("counts bytes in the same way, and takes the longer wait", () => {
    const limit = new RateLimit(10, 1000, 0);
    expect(limit.take(12, 1100, 0)).toBe(200);
    expect(limit.take(0, 400, 100)).toBe(400);
  });
});

describe("a peer that exceeds its rate", () => {
  it("is closed with 1008 where the options say so, at the message that is too much", async () => {
    const seen: unknown[] = [];
    const { ws, peer } = await openPair(
      { maxMessageRate: 3, whenRateExceeded: "close" },
      { message: (_, data) => void seen.push(data) },
    );
    peer.write(...["1", "2", "3", "4", "5"].map((text) => textFrame(text)));
    expect(await peer.readClose()).toEqual({ code: 1008, reason: "RATE_EXCEEDED" });
    expect(seen).toEqual(["1", "2", "3"]);
    peer.destroy();
    expect((await ws.closed).error?.message).toContain("3 messages and Infinity bytes a second");
  });

  it("is read no more until it is within it, Pings included", async () => {
    const seen: unknown[] = [];
    const { peer } = await openPair(
      { maxMessageRate: 20 },
      { message: (_, data) => void seen.push(data) },
    );
    const frames = Array.from({ length: 22 }, (_, i) => textFrame(`${i}`));
    peer.write(...frames, rawFrame(OP.ping, "behind"));
    await until(() => seen.length === 21);
    const before = performance.now();
    expect((await peer.readFrame()).payload.toString()).toBe("behind");
    // Of what is over the rate each takes a twentieth of a second, or nearly.
    expect(performance.now() - before).toBeGreaterThan(40);
    expect(seen).toHaveLength(22);
  });

  it("is counted by its bytes, whatever they are", async () => {
    const { peer } = await openPair(
      { maxByteRate: 10_000, whenRateExceeded: "close" },
      { message() {} },
    );
    peer.write(rawFrame(OP.binary, Buffer.alloc(20_000)));
    expect((await peer.readClose()).reason).toBe("RATE_EXCEEDED");
  });
});

describe("a rate that is kept", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("for ever holds nobody up", async () => {
    const seen: unknown[] = [];
    const { peer } = await openPair(
      { maxMessageRate: 2, whenRateExceeded: "close" },
      { message: (_, data) => void seen.push(data) },
    );
    for (let i = 1; i <= 20; i++) {
      peer.write(textFrame(`${i}`));
      await until(() => seen.length === i);
      vi.advanceTimersByTime(500);
    }
    expect(seen).toHaveLength(20);
  });
});
