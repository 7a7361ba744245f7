import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Changes, Wait } from "../../../src/conformance/drive/wait.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a wait", () => {
  it("runs out after its time", () => {
    const act = vi.fn();
    new Wait(1000, act);
    vi.advanceTimersByTime(999);
    expect(act).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(act).toHaveBeenCalledOnce();
  });

  it("does not run out once it was ended", () => {
    const act = vi.fn();
    const wait = new Wait(100, act);
    vi.advanceTimersByTime(70);
    wait.end();
    vi.advanceTimersByTime(1000);
    expect(act).not.toHaveBeenCalled();
  });

  it("may be shorter than a piece, or nothing at all", () => {
    const act = vi.fn();
    new Wait(3, act);
    new Wait(0, act);
    vi.advanceTimersByTime(3);
    expect(act).toHaveBeenCalledTimes(2);
  });
});

describe("changes", () => {
  it("are waited for until it has become as wanted", async () => {
    const changes = new Changes();
    let done = false;
    const until = changes.until(() => done, 100);
    changes.tell();
    done = true;
    changes.tell();
    expect(await until).toBe(true);
  });

  it("need no wait where it is so already", async () => {
    expect(await new Changes().until(() => true, 0)).toBe(true);
  });

  it("are waited for at most so long", async () => {
    const until = new Changes().until(() => false, 100);
    vi.advanceTimersByTime(100);
    expect(await until).toBe(false);
  });
});

it("time in which the judge stood still does not count", async () => {
  vi.useRealTimers();
  const began = performance.now();
  const order: string[] = [];
  const wait = new Promise<void>((resolve) => {
    new Wait(60, () => {
      order.push("wait");
      resolve();
    });
  });
  // What came meanwhile is read in the next turn of the event loop.
  setImmediate(() => setImmediate(() => order.push("what came")));
  while (performance.now() - began < 200) {
    // The event loop stands still.
  }
  await wait;
  expect(order).toEqual(["what came", "wait"]);
});
