import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConnectionRate } from "../../../src/server/listening/connection-rate.ts";

describe("ConnectionRate", () => {
  it("lets a second's worth through at once, then one whenever its time has come", () => {
    const rate = new ConnectionRate(4);
    const at = (now: number) => rate.take("a", now);
    expect([0, 0, 0, 0, 0].map(at)).toEqual([true, true, true, true, false]);
    expect([249, 250, 250, 499, 500].map(at)).toEqual([false, true, false, false, true]);
    // After a pause there is a second's worth again, and no more.
    expect([9000, 9000, 9000, 9000, 9000].map(at)).toEqual([true, true, true, true, false]);
  });

  it("may be less than one a second", () => {
    const rate = new ConnectionRate(0.5);
    const at = (now: number) => rate.take("a", now);
    expect([0, 0, 1999, 2000, 2001].map(at)).toEqual([true, false, false, true, false]);
  });

  it("counts each address by itself", () => {
    const rate = new ConnectionRate(1);
    expect(rate.take("a", 0)).toBe(true);
    expect(rate.take("b", 0)).toBe(true);
    expect(rate.take("a", 0)).toBe(false);
  });

  it("never lets more through than a second's worth and the rate, whenever they come", () => {
    const comings = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), comings, (perSecond, pauses) => {
        const rate = new ConnectionRate(perSecond);
        const taken: number[] = [];
        let now = 0;
        for (const pause of pauses) {
          now += pause;
          if (rate.take("a", now)) taken.push(now);
        }
        for (const [first, from] of taken.entries()) {
          for (const [last, to] of taken.entries()) {
            if (last < first) continue;
            const most = perSecond + ((to - from) / 1000) * perSecond;
            expect(last - first + 1).toBeLessThanOrEqual(most + 1e-6);
          }
        }
      }),
    );
  });

  it("forgets addresses that have not come for long", () => {
    const rate = new ConnectionRate(10);
    for (let i = 0; i < 10_000; i++) rate.take(`a${i}`, i);
    // Those of the last tenth of a second, whose token is not back yet, and some that are being forgotten.
    expect(rate.size).toBeLessThan(200);
  });

  it("remembers 65,536 addresses at most", () => {
    const rate = new ConnectionRate(1);
    for (let i = 0; i < 70_000; i++) rate.take(`a${i}`, 0);
    expect(rate.size).toBeLessThanOrEqual(65_536);
    expect(rate.take("a69999", 0)).toBe(false);
  });
});
