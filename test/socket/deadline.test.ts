import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { Deadline } from "../../src/socket/deadline.ts";
import { acceptedPair, until } from "../served.ts";

/** Keeps this process from doing anything else, as a long job does. */
function block(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** What the turns behind the time take, of a clock that fakes `setImmediate` too. */
const TURNS = 5;

describe("with time that passes as it should, a deadline", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([1, 3, 50, 1001, 10_000, 2 ** 31 - 1])("of %i ms passes then, once", (wait) => {
    const onPassed = vi.fn();
    const deadline = new Deadline(onPassed);
    deadline.start(wait);
    vi.advanceTimersByTime(wait - 1);
    expect(onPassed).not.toHaveBeenCalled();
    expect(deadline.running).toBe(true);
    vi.advanceTimersByTime(1 + TURNS);
    expect(onPassed).toHaveBeenCalledOnce();
    expect(deadline.running).toBe(false);
    vi.advanceTimersByTime(3 * wait);
    expect(onPassed).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("of no time passes behind a few turns", () => {
    const onPassed = vi.fn();
    new Deadline(onPassed).start(0);
    expect(onPassed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1 + TURNS);
    expect(onPassed).toHaveBeenCalledOnce();
  });

  it("of Infinity sets no timer", () => {
    const deadline = new Deadline(() => {});
    deadline.start(Number.POSITIVE_INFINITY);
    expect(deadline.running).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([0, 400, 999])("that is stopped after %i ms does not pass", (when) => {
    const onPassed = vi.fn();
    const deadline = new Deadline(onPassed);
    deadline.start(1000);
    vi.advanceTimersByTime(when);
    deadline.stop();
    expect(deadline.running).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(onPassed).not.toHaveBeenCalled();
  });

  it("that is started again begins anew, also when it has passed", () => {
    const onPassed = vi.fn();
    const deadline = new Deadline(onPassed);
    deadline.start(1000);
    vi.advanceTimersByTime(900);
    deadline.start(500);
    vi.advanceTimersByTime(499);
    expect(onPassed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1 + TURNS);
    expect(onPassed).toHaveBeenCalledOnce();
    deadline.start(20);
    vi.advanceTimersByTime(20 + TURNS);
    expect(onPassed).toHaveBeenCalledTimes(2);
  });

  it("may be started by what it calls", () => {
    let passed = 0;
    const deadline = new Deadline(() => {
      if (++passed < 3) deadline.start(100);
    });
    deadline.start(100);
    vi.advanceTimersByTime(1000);
    expect(passed).toBe(3);
    expect(deadline.running).toBe(false);
  });
});

describe("where this process stands still, a deadline", () => {
  // Timers that fire when the test says so, late by what it says.
  let now = 0;
  let pending: { at: number; ring: () => void } | undefined;
  const waits: number[] = [];

  beforeEach(() => {
    now = 0;
    pending = undefined;
    waits.length = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    vi.spyOn(globalThis, "setTimeout").mockImplementation(((
      ring: (of: unknown) => void,
      wait: number,
      of: unknown,
    ) => {
      pending = { at: now + wait, ring: () => ring(of) };
      waits.push(wait);
      return { unref() {} };
    }) as typeof setTimeout);
    vi.spyOn(globalThis, "clearTimeout").mockImplementation(() => {
      pending = undefined;
    });
  });
  afterEach(() => void vi.restoreAllMocks());

  /** Lets the timer fire that is set, so many milliseconds late. */
  function ring(late = 0): void {
    const timer = pending;
    if (timer === undefined) throw new Error("there is no timer");
    pending = undefined;
    now = timer.at + late;
    timer.ring();
  }

  /** The event loop's own turns are real here. */
  const turns = async () => {
    for (let i = 0; i < 10; i++) await new Promise((resolve) => setImmediate(resolve));
  };

  it("loses the part in which it does, and nothing of the others", async () => {
    const onPassed = vi.fn();
    new Deadline(onPassed).start(1000);
    // It is 999 ms late with the first quarter: three are left.
    ring(999);
    ring();
    ring();
    ring();
    expect(now).toBe(250 + 999 + 750);
    expect(pending).toBeUndefined();
    await turns();
    expect(onPassed).toHaveBeenCalledOnce();
  });

  it("gives back the lateness of its last part", async () => {
    const onPassed = vi.fn();
    new Deadline(onPassed).start(1000);
    for (let i = 0; i < 3; i++) ring();
    ring(300);
    for (let i = 0; i < 4; i++) ring();
    expect(waits).toEqual([250, 250, 250, 250, 75, 75, 75, 75]);
    expect(now).toBe(1600);
    expect(pending).toBeUndefined();
    await turns();
    expect(onPassed).toHaveBeenCalledOnce();
  });

  it("gives back the whole time at most, however often it is late", async () => {
    const onPassed = vi.fn();
    new Deadline(onPassed).start(1000);
    let rings = 0;
    while (pending !== undefined && rings < 100) {
      ring(60);
      rings++;
    }
    expect(rings).toBeLessThan(100);
    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThanOrEqual(2000);
    await turns();
    expect(onPassed).toHaveBeenCalledOnce();
  });

  it("gives back as much as it is told to where only a moment was left", () => {
    new Deadline(() => {}).start(4, 1000);
    for (let i = 0; i < 4; i++) ring(i === 3 ? 5000 : 0);
    for (let i = 0; i < 4; i++) ring();
    expect(waits).toEqual([1, 1, 1, 1, 250, 250, 250, 250]);
    expect(pending).toBeUndefined();
  });

  it("waits for what takes several turns of the loop, each of which brings the next", async () => {
    const onPassed = vi.fn();
    const deadline = new Deadline(onPassed);
    deadline.start(1);
    ring();
    let left = 4;
    await new Promise<void>((resolve) => {
      setImmediate(function turn() {
        if (--left > 0) setImmediate(turn);
        else resolve(deadline.stop());
      });
    });
    await turns();
    expect(onPassed).not.toHaveBeenCalled();
  });

  it("does not call a busy machine's lateness one", () => {
    new Deadline(() => {}).start(1000);
    for (let i = 0; i < 4; i++) ring(50);
    expect(pending).toBeUndefined();
  });
});

describe("a peer that has kept a deadline", () => {
  it("is heard before it is judged, when this process was blocked beyond it", async () => {
    const { accepted, peer } = await acceptedPair();
    const judged = vi.fn();
    const deadline = new Deadline(judged);
    const received = vi.fn(() => deadline.stop());
    accepted.on("data", received);
    deadline.start(20);
    peer.write("in time");
    block(100);
    await until(() => received.mock.calls.length > 0 || judged.mock.calls.length > 0);
    expect(received).toHaveBeenCalledOnce();
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(judged).not.toHaveBeenCalled();
  });

  it("and one that has not is judged all the same", async () => {
    const judged = vi.fn();
    new Deadline(judged).start(20);
    block(100);
    await until(() => judged.mock.calls.length > 0);
  });
});

it("a deadline that does not hold the process lets it end", async () => {
  const unref = vi.fn();
  const original = globalThis.setTimeout;
  const spy = vi.spyOn(globalThis, "setTimeout").mockImplementation(((
    ...args: Parameters<typeof original>
  ) => {
    const timer = original(...args);
    const { unref: really } = timer;
    timer.unref = () => {
      unref();
      return really.call(timer);
    };
    return timer;
  }) as typeof setTimeout);
  onTestFinished(() => void spy.mockRestore());
  new Deadline(() => {}, false).start(1000);
  expect(unref).toHaveBeenCalledOnce();
  const holding = new Deadline(() => {});
  holding.start(1000);
  expect(unref).toHaveBeenCalledOnce();
  holding.stop();
});
