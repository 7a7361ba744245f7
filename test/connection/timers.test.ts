import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Heartbeat } from "../../src/connection/control/heartbeat.ts";
import { MessageTimer } from "../../src/connection/receiving/message-timer.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

describe("Heartbeat", () => {
  function heartbeat(heartbeatInterval: number, heartbeatTimeout: number) {
    const owner = { sendHeartbeat: vi.fn(), onDead: vi.fn() };
    const state = { pinged: true, listens: true, hindered: false };
    const source = { lastReceived: performance.now(), ...state, ...owner };
    const beat = new Heartbeat(heartbeatInterval, heartbeatTimeout);
    owner.onDead.mockImplementation(() => beat.remove(source));
    beat.add(source);
    const hear = () => {
      source.lastReceived = performance.now();
    };
    const pong = () => {
      hear();
      beat.onPong(source);
    };
    return { beat, source, owner, hear, pong };
  }

  it("pings after the interval and gives up after the timeout", () => {
    const { owner } = heartbeat(25_000, 20_000);
    vi.advanceTimersByTime(24_999);
    expect(owner.sendHeartbeat).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(owner.sendHeartbeat).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(19_999);
    expect(owner.onDead).not.toHaveBeenCalled();
    // One look at what has arrived comes first, by setImmediate.
    vi.advanceTimersByTime(2);
    expect(owner.onDead).toHaveBeenCalledOnce();
    expect(owner.sendHeartbeat).toHaveBeenCalledOnce();
  });

  it.each<[string, number, (watched: ReturnType<typeof heartbeat>) => void]>([
    ["gives up who was silent until then", 1, () => {}],
    ["spares who was heard by then", 0, ({ hear }) => hear()],
    ["spares who has gone by then", 0, ({ beat, source }) => beat.remove(source)],
  ])("looks once more at what has arrived, and %s", (_, dead, act) => {
    const watched = heartbeat(100, 50);
    const looks: (() => void)[] = [];
    vi.spyOn(globalThis, "setImmediate").mockImplementation(((look: () => void) => {
      looks.push(look);
    }) as unknown as typeof setImmediate);
    vi.advanceTimersByTime(150);
    expect(looks).toHaveLength(1);
    act(watched);
    looks[0]?.();
    expect(watched.owner.onDead).toHaveBeenCalledTimes(dead);
  });

  it("watches over the others when one has gone", () => {
    const { owner, beat, source } = heartbeat(100, 50);
    const other = { ...source, sendHeartbeat: vi.fn(), onDead: vi.fn() };
    beat.add(other);
    beat.remove(other);
    vi.advanceTimersByTime(100);
    expect(owner.sendHeartbeat).toHaveBeenCalledOnce();
    expect(other.sendHeartbeat).not.toHaveBeenCalled();
  });

  it("waits for a whole interval of silence", () => {
    const { owner, hear } = heartbeat(100, 50);
    for (let i = 0; i < 20; i++) {
      vi.advanceTimersByTime(90);
      hear();
    }
    expect(owner.sendHeartbeat).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(owner.sendHeartbeat).toHaveBeenCalledOnce();
  });

  it("is content with a Pong, and begins anew", () => {
    const { owner, pong } = heartbeat(100, 50);
    for (let i = 1; i <= 5; i++) {
      vi.advanceTimersByTime(110);
      pong();
      vi.advanceTimersByTime(40);
    }
    expect(owner.sendHeartbeat).toHaveBeenCalledTimes(5);
    expect(owner.onDead).not.toHaveBeenCalled();
  });

  it("is not content with other bytes, which answer no Ping", () => {
    const { owner, hear } = heartbeat(100, 50);
    vi.advanceTimersByTime(100);
    for (let i = 1; i < 5; i++) {
      vi.advanceTimersByTime(10);
      hear();
    }
    expect(owner.onDead).not.toHaveBeenCalled();
    vi.advanceTimersByTime(20);
    expect(owner.onDead).toHaveBeenCalledOnce();
  });

  it("waits for a Pong that has to wait itself", () => {
    const { owner, source } = heartbeat(100, 50);
    source.hindered = true;
    vi.advanceTimersByTime(10_000);
    expect(owner.onDead).not.toHaveBeenCalled();
    source.hindered = false;
    vi.advanceTimersByTime(5);
    expect(owner.onDead).toHaveBeenCalledOnce();
  });

  it("leaves a connection alone that is closing", () => {
    const { owner, source } = heartbeat(100, 50);
    vi.advanceTimersByTime(110);
    source.pinged = false;
    vi.advanceTimersByTime(10_000);
    expect(owner.sendHeartbeat).toHaveBeenCalledOnce();
    expect(owner.onDead).not.toHaveBeenCalled();
  });

  it("gives up at the timeout also where that is longer than the interval", () => {
    const { owner } = heartbeat(100, 1000);
    vi.advanceTimersByTime(1099);
    expect(owner.onDead).not.toHaveBeenCalled();
    // One look at what has arrived comes first, by setImmediate.
    vi.advanceTimersByTime(2);
    expect(owner.onDead).toHaveBeenCalledOnce();
  });

  it("pings while nothing is read, so that the system notices who has gone, and judges nobody", () => {
    const { owner, source } = heartbeat(100, 50);
    vi.advanceTimersByTime(100);
    source.listens = false;
    vi.advanceTimersByTime(1000);
    expect(owner.onDead).not.toHaveBeenCalled();
    expect(owner.sendHeartbeat).toHaveBeenCalledTimes(11);
    source.listens = true;
    vi.advanceTimersByTime(60);
    expect(owner.onDead).toHaveBeenCalledOnce();
  });

  it("never gives up with a timeout of Infinity, and sets no timer that fires at once", () => {
    const { owner, beat, source } = heartbeat(100, Number.POSITIVE_INFINITY);
    const set = vi.spyOn(globalThis, "setTimeout");
    vi.advanceTimersByTime(10_000);
    expect(owner.onDead).not.toHaveBeenCalled();
    for (const [, delay] of set.mock.calls) expect(delay).toBeLessThanOrEqual(100);
    expect(set.mock.calls.length).toBeLessThanOrEqual(100);
    beat.remove(source);
    expect(vi.getTimerCount()).toBe(0);
  });
});

/** Milliseconds of fake time that a deadline gives the event loop before it judges. */
const TURNS = 5;

describe("MessageTimer", () => {
  function timer(limit: number) {
    const target = { held: false, isHeld: () => target.held, onTimeout: vi.fn() };
    return { timer: new MessageTimer(limit, target), target };
  }

  it("ends at the limit after the message began, whatever came in between", () => {
    const { timer: t, target } = timer(100);
    for (let i = 0; i < 10; i++) {
      t.onIncomplete();
      vi.advanceTimersByTime(9);
    }
    expect(target.onTimeout).not.toHaveBeenCalled();
    vi.advanceTimersByTime(10 + TURNS);
    expect(target.onTimeout).toHaveBeenCalledOnce();
  });

  it("counts anew for each message", () => {
    const { timer: t, target } = timer(100);
    for (let i = 0; i < 20; i++) {
      t.onIncomplete();
      vi.advanceTimersByTime(60);
      t.onMessage();
    }
    vi.advanceTimersByTime(1000);
    expect(target.onTimeout).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not count from a control frame that came in two pieces before the message", () => {
    const { timer: t, target } = timer(100);
    t.onIncomplete();
    vi.advanceTimersByTime(10);
    t.onIdle();
    vi.advanceTimersByTime(80);
    t.onIncomplete();
    vi.advanceTimersByTime(99);
    expect(target.onTimeout).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1 + TURNS);
    expect(target.onTimeout).toHaveBeenCalledOnce();
  });

  it("waits while nothing is read, and comes back", () => {
    const { timer: t, target } = timer(100);
    t.onIncomplete();
    target.held = true;
    vi.advanceTimersByTime(1000);
    expect(target.onTimeout).not.toHaveBeenCalled();
    target.held = false;
    vi.advanceTimersByTime(100 + TURNS);
    expect(target.onTimeout).toHaveBeenCalledOnce();
  });

  it("gives the peer all the time again once this side reads on", () => {
    const { timer: t, target } = timer(100);
    t.onIncomplete();
    target.held = true;
    vi.advanceTimersByTime(90);
    target.held = false;
    t.onReadOn();
    vi.advanceTimersByTime(99);
    expect(target.onTimeout).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1 + 2 * TURNS);
    expect(target.onTimeout).toHaveBeenCalledOnce();
    t.onMessage();
    t.onReadOn();
    vi.advanceTimersByTime(1000);
    expect(target.onTimeout).toHaveBeenCalledOnce();
  });

  it("ends with stop", () => {
    const { timer: t, target } = timer(100);
    t.onIncomplete();
    t.stop();
    vi.advanceTimersByTime(1000);
    expect(target.onTimeout).not.toHaveBeenCalled();
  });
});
