import { describe, expect, test } from "vitest";
import { Histogram } from "../../bench/load/histogram.ts";
import type { EchoJob, LoadResult } from "../../bench/load/job.ts";
import { parseCoreList, shareCores } from "../../bench/measuring/cores.ts";
import { joinResults, splitJob } from "../../bench/measuring/load-group.ts";

describe("a histogram", () => {
  test("tells percentiles to 1 %", () => {
    const times = new Histogram();
    for (let i = 1; i <= 10_000; i++) times.add(i);
    const { p50, p99, p999 } = times.percentiles()!;
    expect(p50 / 5000).toBeCloseTo(1, 1.5);
    expect(p99 / 9900).toBeCloseTo(1, 1.5);
    expect(p999 / 9990).toBeCloseTo(1, 1.5);
  });

  test("has none before anything was added, nor once it was cleared", () => {
    const times = new Histogram();
    expect(times.percentiles()).toBeUndefined();
    times.add(3);
    times.clear();
    expect(times.percentiles()).toBeUndefined();
  });

  test("takes any time", () => {
    const times = new Histogram();
    for (const time of [0, -1, 1e12]) times.add(time);
    expect(times.percentiles()!.p50).toBeLessThan(0.2);
    expect(times.percentiles()!.p999).toBeGreaterThan(5e7);
  });
});

describe("cores", () => {
  test("are read from the system's list", () => {
    expect(parseCoreList("0-3,8")).toEqual([0, 1, 2, 3, 8]);
    expect(parseCoreList("")).toEqual([]);
  });

  test("go to the measured processes from the end, and to the load before them", () => {
    expect(shareCores([0, 1], 1)).toEqual({ server: [1], load: [0] });
    expect(shareCores([0, 1, 2, 3, 4, 5, 6, 7], 2)).toEqual({ server: [6, 7], load: [4, 5] });
    expect(shareCores([0, 1, 2], 2)).toEqual({ server: [1, 2], load: [0] });
  });

  test("are left to the system where there are too few", () => {
    const open = { server: undefined, load: undefined };
    expect(shareCores([0], 1)).toEqual(open);
    expect(shareCores([0, 1], 2)).toEqual(open);
  });
});

describe("several load generators", () => {
  const target = {
    port: 1,
    tls: false,
    mirror: false,
    pids: [1],
    warmUp: 0,
    duration: 1,
  };
  const message = { size: 8, content: "binary", fragments: 1 } as const;
  const echo: EchoJob = {
    kind: "echo",
    ...target,
    connections: 7,
    depth: 1,
    message,
    listen: false,
  };

  test("share the connections of a job", () => {
    const connections = (count: number) =>
      splitJob(echo, count).map((job) => (job.kind === "echo" ? job.connections : undefined));
    expect(connections(3)).toEqual([2, 2, 3]);
    expect(connections(9)).toEqual([1, 1, 1, 1, 1, 1, 1]);
  });

  test("do not share what belongs together", () => {
    const chat = { kind: "fan-out", ...target, connections: 4, senders: 4 } as const;
    expect(() => splitJob({ ...chat, depth: 1, copies: 1, message }, 2)).toThrow(
      "cannot be shared",
    );
    expect(() => splitJob({ ...echo, listen: true }, 2)).toThrow("cannot be shared");
  });

  test("are one in the result", () => {
    const part = (changes: Partial<LoadResult>): LoadResult => ({
      count: 100,
      seconds: 1,
      bytesPerCount: 8,
      serverCpu: 1.5,
      serverSystem: 0.5,
      loadCpu: 0.3,
      otherCpu: 0.4,
      verified: { compared: 1, received: 2 },
      ...changes,
    });
    const joined = joinResults([
      part({ latency: { p50: 10, p99: 20, p999: 30 } }),
      part({ count: 300, loadCpu: 0.4, otherCpu: 0.3, latency: { p50: 20, p99: 25, p999: 28 } }),
    ]);
    expect(joined).toMatchObject({
      count: 400,
      seconds: 1,
      serverCpu: 1.5,
      serverSystem: 0.5,
      latency: { p50: 15, p99: 25, p999: 30 },
      verified: { compared: 2, received: 4 },
    });
    expect(joined.loadCpu).toBeCloseTo(0.7);
    // Each of them has counted the other among everything else.
    expect(joined.otherCpu).toBeCloseTo(0);
  });
});
