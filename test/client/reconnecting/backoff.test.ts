import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Backoff, type BackoffRules } from "../../../src/client/reconnecting/backoff.ts";

const RULES: BackoffRules = { firstDelay: 100, maxDelay: 1000, delayFactor: 2, jitter: "full" };
const NONE: BackoffRules = { ...RULES, jitter: "none" };

const delays = (backoff: Backoff, count: number, asked?: number) =>
  Array.from({ length: count }, () => backoff.next(asked));

describe("a backoff", () => {
  it("grows up to its limit, without jitter", () => {
    const backoff = new Backoff(NONE, Math.random);
    expect(delays(backoff, 6)).toEqual([100, 200, 400, 800, 1000, 1000]);
    backoff.reset();
    expect(backoff.next()).toBe(100);
  });

  it("is a random part of that, with full jitter", () => {
    expect(delays(new Backoff(RULES, () => 0), 5)).toEqual([0, 0, 0, 0, 0]);
    expect(delays(new Backoff(RULES, () => 0.5), 5)).toEqual([50, 100, 200, 400, 500]);
    const most = delays(new Backoff(RULES, () => 1 - Number.EPSILON), 5);
    expect(most.map(Math.round)).toEqual([100, 200, 400, 800, 1000]);
  });

  it("adds to what the server has asked for, and is no shorter where there is no jitter", () => {
    expect(delays(new Backoff(RULES, () => 0.5), 2, 5000)).toEqual([5050, 5100]);
    expect(delays(new Backoff(NONE, Math.random), 2, 150)).toEqual([150, 200]);
  });

  it("keeps within its limits for ever", () => {
    const rules = fc.record({
      firstDelay: fc.integer({ min: 1, max: 100_000 }),
      maxDelay: fc.integer({ min: 100_000, max: 2 ** 31 - 1 }),
      delayFactor: fc.double({ min: 1, max: 999, noNaN: true }),
      jitter: fc.constantFrom<"full" | "none">("full", "none"),
    });
    fc.assert(
      fc.property(
        rules,
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (own, part) => {
          const backoff = new Backoff(own, () => part);
          let limit = 0;
          for (const delay of delays(backoff, 2000)) {
            expect(delay).toBeGreaterThanOrEqual(own.jitter === "none" ? limit : 0);
            expect(delay).toBeLessThanOrEqual(own.maxDelay);
            limit = own.jitter === "none" ? delay : 0;
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  it("spreads a herd evenly over the first delay", () => {
    const counts = new Array<number>(10).fill(0);
    for (let client = 0; client < 10_000; client++) {
      counts[Math.floor(new Backoff(RULES, Math.random).next() / 10)]!++;
    }
    // 1,000 each, with a standard deviation of 30.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(200);
  });
});
