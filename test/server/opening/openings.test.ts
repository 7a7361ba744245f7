import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Openings, type Stage } from "../../../src/server/opening/openings.ts";

/** Milliseconds of the faked clock that the turns of a deadline take, see `Deadline`. */
const TURNS = 5;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("Openings", () => {
  function openings() {
    const all = new Openings(1000);
    const start = performance.now();
    const ended: number[] = [];
    const add = (timeout: number) => {
      const stage: Stage = {
        deadline: start + timeout,
        onDeadline() {
          ended.push(performance.now() - start - TURNS);
          all.delete(stage);
        },
        onShutdown() {},
      };
      all.add(stage);
      return stage;
    };
    return { all, add, ended };
  }

  it("ends each at its deadline, whatever the order in which they came", () => {
    const { add, ended } = openings();
    for (const timeout of [1000, 300, 300, 2000, Number.POSITIVE_INFINITY]) add(timeout);
    vi.advanceTimersByTime(299);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(1 + TURNS);
    expect(ended).toEqual([300, 300]);
    vi.advanceTimersByTime(5000);
    expect(ended).toEqual([300, 300, 1000, 2000]);
  });

  it("ends the first in time although a later one comes after it", () => {
    const { add, ended } = openings();
    add(300);
    add(2000);
    vi.advanceTimersByTime(300 + TURNS);
    expect(ended).toEqual([300]);
    vi.advanceTimersByTime(1700);
    expect(ended).toEqual([300, 2000]);
  });

  it("leaves those alone that are over, and watches over those that come later", () => {
    const { all, add, ended } = openings();
    all.delete(add(100));
    vi.advanceTimersByTime(50);
    add(160);
    vi.advanceTimersByTime(100);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(10 + TURNS);
    expect(ended).toEqual([160]);
    all.delete(add(1000));
    vi.advanceTimersByTime(3000);
    expect(vi.getTimerCount()).toBe(0);
    add(4000);
    vi.advanceTimersByTime(1000);
    expect(ended).toEqual([160, 4000]);
  });
});
