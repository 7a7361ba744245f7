import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { NetworkWatch, networkWatch } from "../../../src/client/reconnecting/network-watch.ts";

let addresses: string[];
let wall: number;
let running: number;
let watch: NetworkWatch;
let calls: number;
const listener = () => {
  calls++;
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  addresses = ["192.0.2.1"];
  wall = 1_000_000;
  running = 0;
  calls = 0;
  watch = new NetworkWatch({
    addresses: () => addresses,
    wallClock: () => wall,
    runningClock: () => running,
  });
});
afterEach(() => void vi.useRealTimers());

/** Lets time pass by both clocks. */
function pass(milliseconds: number, awake = milliseconds): void {
  for (let passed = 0; passed < awake; passed += 1000) {
    wall += 1000;
    running += 1000;
    vi.advanceTimersByTime(1000);
  }
  wall += milliseconds - awake;
}

describe("a network watch", () => {
  it("says nothing while nothing changes", () => {
    watch.add(listener);
    pass(600_000);
    expect(calls).toBe(0);
  });

  it("says when there is an address that was not there", () => {
    watch.add(listener);
    addresses = [];
    pass(10_000);
    expect(calls).toBe(0);
    addresses = ["192.0.2.1"];
    pass(1000);
    expect(calls).toBe(1);
    addresses = ["192.0.2.1", "2001:db8::1"];
    pass(5000);
    expect(calls).toBe(2);
    addresses = ["2001:db8::1"];
    pass(5000);
    expect(calls).toBe(2);
  });

  it.each([
    ["the running clock stands still in", 0],
    ["both clocks go on in", 3_600_000],
  ])("says when the machine was asleep, which %s", (_, ran) => {
    watch.add(listener);
    pass(5000);
    wall += 3_600_000;
    running += ran;
    pass(5000);
    expect(calls).toBe(1);
  });

  it("is not misled by a clock that is set back, nor by a late timer", () => {
    watch.add(listener);
    wall -= 3_600_000;
    pass(5000);
    wall += 4000;
    running += 4000;
    pass(5000);
    expect(calls).toBe(0);
  });

  it("looks only while somebody listens, and once for all of them", () => {
    const looks = vi.fn(() => addresses);
    watch = new NetworkWatch({
      addresses: looks,
      wallClock: () => wall,
      runningClock: () => running,
    });
    expect(vi.getTimerCount()).toBe(0);
    const others = Array.from({ length: 1000 }, () => () => listener());
    for (const other of others) watch.add(other);
    expect(vi.getTimerCount()).toBe(1);
    pass(10_000);
    expect(looks).toHaveBeenCalledTimes(11);
    addresses = ["192.0.2.2"];
    pass(1000);
    expect(calls).toBe(1000);
    for (const other of others) watch.remove(other);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("lets a listener go while it calls them", () => {
    const once = () => {
      listener();
      watch.remove(once);
    };
    watch.add(once);
    watch.add(listener);
    addresses = ["192.0.2.2"];
    pass(1000);
    addresses = ["192.0.2.3"];
    pass(1000);
    expect(calls).toBe(3);
  });

  it("does not take what it sees first for a change", () => {
    watch.add(listener);
    watch.remove(listener);
    wall += 3_600_000;
    addresses = ["192.0.2.9"];
    watch.add(listener);
    pass(3000);
    expect(calls).toBe(0);
  });
});

describe("the watch of this machine", () => {
  it("keeps no process running", () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    networkWatch.add(listener);
    const during = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    networkWatch.remove(listener);
    expect(during).toBe(before);
  });
});
