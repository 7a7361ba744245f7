import { describe, expect, test } from "vitest";
import { median, pairedRatio, spread } from "../../bench/report/statistics.ts";

describe("median", () => {
  test("is the middle of an odd number of values, whatever their order", () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([10, 9, 100])).toBe(10);
  });

  test("is the mean of the two in the middle of an even number", () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
  });

  test("is NaN for no values", () => {
    expect(median([])).toBeNaN();
  });

  test("leaves its argument as it was", () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

test("spread is half the range over the median", () => {
  expect(spread([90, 100, 110])).toBeCloseTo(0.1);
  expect(spread([5])).toBe(0);
});

describe("pairedRatio", () => {
  test("compares within each round, so that drift cancels out", () => {
    expect(pairedRatio([10, 20, 40], [5, 10, 20])).toBe(2);
  });

  test("passes over rounds that one of the two lacks", () => {
    expect(pairedRatio([10, undefined, 30], [10, 1, 10])).toBe(2);
    expect(pairedRatio([10], [undefined])).toBeUndefined();
    expect(pairedRatio([], [])).toBeUndefined();
  });
});
