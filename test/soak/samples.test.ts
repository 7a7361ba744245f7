import { describe, expect, it } from "vitest";
import { isFlat, type ProcessSample, type Sample, trends } from "./samples.ts";

const MIB = 1024 * 1024;

function sample(at: number, change: Partial<ProcessSample> = {}): Sample {
  const flat = { resident: 100 * MIB, heapUsed: 20 * MIB, external: 0, descriptors: 10, timers: 5 };
  return { at, server: { ...flat, ...change }, clients: flat, connections: 1, slowest: 1 };
}

/** Names of what is not flat in a hundred looks. */
function grown(change: (at: number) => Partial<ProcessSample>): string[] {
  const samples = Array.from({ length: 100 }, (_, at) => sample(at, change(at)));
  return trends(samples)
    .filter((trend) => !isFlat(trend))
    .map(({ name }) => name);
}

describe("what is flat", () => {
  it("is what does not grow, or becomes less", () => {
    expect(grown(() => ({}))).toEqual([]);
    expect(grown((at) => ({ resident: (200 - at) * MIB }))).toEqual([]);
  });

  it("may grow in the first tenth", () => {
    expect(grown((at) => ({ heapUsed: Math.min(at, 9) * MIB + 20 * MIB }))).toEqual([]);
  });

  it("is not what goes on growing, slowly too", () => {
    expect(grown((at) => ({ heapUsed: (20 + at / 10) * MIB }))).toEqual(["server: heapUsed"]);
    expect(grown((at) => ({ descriptors: 10 + at }))).toEqual(["server: descriptors"]);
    expect(grown((at) => ({ timers: 5 + at, resident: (100 + at) * MIB }))).toEqual([
      "server: resident",
      "server: timers",
    ]);
  });

  it("may have a peak in between", () => {
    expect(grown((at) => (at === 50 ? { resident: 900 * MIB } : {}))).toEqual([]);
  });
});
