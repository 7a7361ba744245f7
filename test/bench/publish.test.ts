import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { LoadResult } from "../../bench/load/job.ts";
import { root } from "../../bench/peers.ts";
import { DOCUMENTS, readResults } from "../../bench/publish.ts";
import { byVersion, charts, publish } from "../../bench/report/publish.ts";
import type { PeerResult, Results } from "../../bench/report/results.ts";
import { allScenarios } from "../../bench/scenarios/all.ts";

function peer(id: string, count: number, changes: Partial<LoadResult> = {}): PeerResult {
  const round: LoadResult = {
    count,
    seconds: 1,
    bytesPerCount: 64,
    serverCpu: 1,
    serverSystem: 0.4,
    loadCpu: 0.5,
    otherCpu: 0,
    verified: { compared: 1, received: 1 },
    ...changes,
  };
  return { peer: id, rounds: [round], memory: [] };
}

function run(
  node: string,
  date: string,
  scenarios: Readonly<Record<string, readonly PeerResult[]>>,
): Results {
  return {
    circumstances: {
      date,
      command: "npm run bench (measured on /somewhere/node)",
      machine: { processor: "AMD EPYC", cores: 2, memory: 2 ** 34, system: "Linux" },
      pinning: "none",
      load: "bun 1.0.0",
      versions: { node, ws: "8.0.0" },
      text: { ws: "bytes" },
      commit: "abc",
      seconds: 1,
      rounds: 3,
      took: 10,
    },
    scenarios: Object.entries(scenarios).map(([id, peers]) => ({
      scenario: allScenarios.find((each) => each.id === id)!,
      peers,
    })),
  };
}

const section = (name: string) =>
  `before\n<!-- results:${name} -->\nold\n<!-- /results -->\nbehind`;

describe("the tables", () => {
  const versions = byVersion([
    run("26.12.1", "2026-01-01", { "chat-1": [peer("barewire", 300), peer("bun", 100)] }),
    run("20.1.0", "2026-01-02", {
      "pipelined-64-ascii": [peer("barewire", 200), peer("barewire-for-await", 90), peer("ws", 10)],
    }),
    run("20.1.0", "2026-01-01", { "pipelined-64-ascii": [peer("barewire", 1)] }),
  ]);

  test("are of the lowest version first, and of the later run", () => {
    expect(versions.map(({ node }) => node)).toEqual(["20", "26"]);
    expect(versions[0]!.scenarios).toHaveLength(1);
    expect(versions[0]!.runs).toHaveLength(2);
  });

  test("have a row for each form", () => {
    const text = publish(section("main"), versions);
    expect(text).toContain(
      "| Pipelined 64 B text (ASCII), 50 connections, 64 deep | handler object |",
    );
    expect(text).toContain("|  | for await | 90.0 | 11111 | 9.00 | – | – | – |");
    expect(text).toMatch(/^before\n/);
    expect(text).toMatch(/\nbehind$/);
    expect(text).not.toContain("old");
    expect(publish(text, versions)).toBe(text);
  });

  test("say what an idle connection takes", () => {
    const weighed = (id: string, rss: number): PeerResult => ({
      peer: id,
      rounds: [],
      memory: [{ rss, heap: 1 }],
    });
    const found = byVersion([
      run("20.1.0", "2026-01-01", {
        memory: [weighed("barewire", 4608), weighed("ws", 6144), weighed("net", 4096)],
      }),
    ]);
    expect(publish(section("idle"), found)).toContain(
      "takes 4.50 KiB of resident memory: 0.75 of what it takes in ws, 1.13 of a bare",
    );
  });

  test("say which targets are met on which version", () => {
    const text = publish(section("targets"), versions);
    expect(text).toContain(
      "| pipelined-64-ascii | for await | handler object | at least 0.6 | 0.45 | – |",
    );
    expect(text).toContain("| chat-1 | handler object | bun | at least 1 | – | **3.00** |");
    expect(text).not.toContain("groups");
  });

  test("say how peers grow with processes", () => {
    const scaled = byVersion([
      run("22.20.0", "2026-01-01", {
        "ping-pong-50": [peer("ws", 100), peer("ws@2 workers", 150)],
      }),
    ]);
    const text = publish(section("workers"), scaled);
    expect(text).toMatch(/\| ws \| 2 workers \| 150 \| 1\.50× \|/);
    expect(publish(section("main"), scaled)).not.toContain("workers");
  });

  test("tell of latency, and where the runs took place", () => {
    const latency = { p50: 100, p99: 2000, p999: 30_000 };
    const late = { p50: 1, p99: 2, p999: 3 };
    const found = byVersion([
      run("20.1.0", "2026-01-01", { "latency-own": [peer("barewire", 50, { latency, late })] }),
    ]);
    expect(publish(section("latency"), found)).toContain(
      "| barewire: handler object | 50.0 | 100 | 2,000 | 30.0 k | 2.00 |",
    );
    const runs = publish(section("runs"), found);
    expect(runs).toContain("`npm run bench` on 2026-01-01, commit abc: Node.js 20.1.0, ws 8.0.0");
    expect(runs).not.toContain("/somewhere");
  });

  test("tell of streams of HTTP/2 beside sockets, and not among the rest", () => {
    const streams = [peer("barewire", 1000), peer("barewire-http2", 5000)];
    const found = byVersion([run("20.1.0", "2026-01-01", { "http2-storm": streams })]);
    const table = publish(section("http2"), found);
    expect(table).toContain("| sockets | 1,000 | 1.00× |");
    expect(table).toContain("streams of one session of HTTP/2 | 5,000 | 5.00× |");
    expect(publish(section("main"), found)).toContain("Not measured.");
  });

  test("tell of subscriptions, and of several processes with Redis between", () => {
    const weighed = { peer: "bun", rounds: [], memory: [{ rss: 200, heap: 100 }] };
    const latency = { p50: 100, p99: 2000, p999: 30_000 };
    const found = byVersion([
      run("20.1.0", "2026-01-01", {
        "subscriptions-own": [weighed],
        "fleet-1": [peer("barewire-topics", 90_000, { latency }), peer("socket.io", 30_000)],
      }),
    ]);
    expect(publish(section("subscriptions"), found)).toContain("| bun | 200 B | 100 B |");
    expect(publish(section("fleet"), found)).toContain(
      "| barewire: publish() to topics | 90.0 k | 3.00× | 100 | 2,000 |",
    );
    expect(publish(section("main"), found)).toContain("Not measured.");
  });

  test("are asked for by a name that there is", () => {
    expect(() => publish(section("nothing"), versions)).toThrow('called "nothing"');
  });
});

test("charts of growth are files that need nothing else", () => {
  const versions = byVersion([
    run("20.1.0", "2026-01-01", {
      "growth-size-16": [peer("barewire", 5), peer("ws", 4)],
      "growth-size-64": [peer("barewire", 4), peer("ws", 3)],
    }),
  ]);
  const [chart, ...others] = charts(versions);
  expect(others).toEqual([]);
  expect(chart!.file).toBe("growth-size-node-20.svg");
  expect(chart!.svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" .*<style>/);
  expect(chart!.svg).toContain("Node 20");
  expect(chart!.svg).not.toContain("NaN");
});

describe("what is published", () => {
  const versions = byVersion(readResults());

  test.each(DOCUMENTS)("in %s is what the results in the repository say", (document) => {
    const text = readFileSync(join(root, document), "utf8");
    // Otherwise: npm run bench:publish
    expect(publish(text, versions)).toBe(text);
    expect(text).toContain("<!-- results:");
  });

  test("as charts is what they say too", () => {
    for (const { file, svg } of charts(versions)) {
      expect(readFileSync(join(root, "docs", "charts", file), "utf8")).toBe(svg);
    }
  });
});
