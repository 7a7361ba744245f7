import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Histogram } from "../../../src/cli/bench/histogram.ts";

function histogramOf(times: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const time of times) histogram.record(time);
  return histogram;
}

/** Microseconds from nothing to an hour, as many short ones as long ones; in milliseconds. */
const time = fc
  .tuple(fc.integer({ min: 0, max: 31 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }))
  .map(([bits, number]) => (number % 2 ** bits) / 1000);

describe("Histogram", () => {
  it("gives percentiles that are at most 0.8 % above the true ones, and never below", () => {
    fc.assert(
      fc.property(
        fc.array(time, { minLength: 1, maxLength: 200 }),
        fc.constantFrom(1, 50, 90, 99, 99.9, 100),
        (times, percent) => {
          const sorted = [...times].sort((a, b) => a - b);
          const truth = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]!;
          const found = histogramOf(times).percentile(percent);
          expect(found).toBeGreaterThanOrEqual(truth - 1e-9);
          expect(found).toBeLessThanOrEqual(truth * 1.008 + 0.001);
        },
      ),
    );
  });

  it("counts all of them, in classes that rise", () => {
    fc.assert(
      fc.property(fc.array(time, { maxLength: 200 }), (times) => {
        const histogram = histogramOf(times);
        const classes = histogram.classes();
        expect(histogram.count).toBe(times.length);
        expect(classes.reduce((sum, { count }) => sum + count, 0)).toBe(times.length);
        expect(classes.map(({ upTo }) => upTo)).toEqual(
          classes.map(({ upTo }) => upTo).sort((a, b) => a - b),
        );
      }),
    );
  });

  it("knows the longest and the mean as they were", () => {
    const histogram = histogramOf([1, 2, 6.25]);
    expect(histogram.max).toBe(6.25);
    expect(histogram.mean).toBeCloseTo(9.25 / 3);
    expect(histogram.percentile(100)).toBe(6.25);
  });

  it("adds up what others have counted", () => {
    fc.assert(
      fc.property(fc.array(time), fc.array(time), (one, two) => {
        const sum = new Histogram();
        sum.add(histogramOf(one).data);
        // As it goes from process to process.
        sum.add(JSON.parse(JSON.stringify(histogramOf(two).data)));
        const both = histogramOf([...one, ...two]);
        expect(sum.classes()).toEqual(both.classes());
        expect([sum.count, sum.max]).toEqual([both.count, both.max]);
        expect(sum.mean).toBeCloseTo(both.mean);
      }),
    );
  });

  it("is empty at first, and takes what is out of its range", () => {
    const histogram = new Histogram();
    expect([histogram.count, histogram.max, histogram.mean, histogram.percentile(50)]).toEqual([
      0, 0, 0, 0,
    ]);
    histogram.record(-1);
    histogram.record(1e9);
    expect(histogram.count).toBe(2);
    expect(histogram.classes()).toHaveLength(2);
  });
});
