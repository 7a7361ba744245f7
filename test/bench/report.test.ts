import { describe, expect, test } from "vitest";
import type { LoadResult } from "../../bench/load/job.ts";
import { choosePeers } from "../../bench/peers.ts";
import { escapeHtml } from "../../bench/report/escape.ts";
import { formatBytes, formatFigure, formatMilliseconds } from "../../bench/report/format.ts";
import { hotFunctions } from "../../bench/report/hot-functions.ts";
import { renderPage } from "../../bench/report/page.ts";
import type { PeerResult, Results, ScenarioResult } from "../../bench/report/results.ts";
import { ratioBetween, summarize } from "../../bench/report/summary.ts";
import { alignColumns, renderScenario, renderTargets } from "../../bench/report/table.ts";
import { judgeTargets, targets, type Verdict } from "../../bench/report/targets.ts";
import { allScenarios, selectScenarios } from "../../bench/scenarios/all.ts";

function round(count: number, changes: Partial<LoadResult> = {}): LoadResult {
  return {
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
}

function peer(id: string, ...counts: number[]): PeerResult {
  return { peer: id, rounds: counts.map((count) => round(count)), memory: [] };
}

function scenario(id: string, ...peers: PeerResult[]): ScenarioResult {
  return { scenario: allScenarios.find((each) => each.id === id)!, peers };
}

function results(...scenarios: ScenarioResult[]): Results {
  return {
    circumstances: {
      date: "2026-01-01T00:00:00.000Z",
      command: "npm run bench",
      machine: { processor: "A <fast> one", cores: 2, memory: 2 ** 34, system: "Linux" },
      pinning: "none",
      load: "bun 1.0.0",
      versions: { node: "20.0.0" },
      text: { ws: "bytes" },
      commit: "abc",
      seconds: 1,
      rounds: 3,
      took: 10,
    },
    scenarios,
  };
}

describe("summarize", () => {
  test("takes medians, and ratios within rounds", () => {
    const result = scenario(
      "pipelined-64-binary",
      peer("net", 400, 200, 600),
      peer("barewire", 200, 100, 300),
      peer("ws", 20, 10, 20),
    );
    const ours = summarize(result)[1]!;
    expect(ours.value).toBe(200);
    expect(ours.toNet).toBe(0.5);
    expect(ours.toWs).toBe(10);
    expect(ours.serverMicros).toBeCloseTo(3e6 / 600);
    expect(ours.loadBound).toBe(false);
  });

  test("marks a figure that the load generator bounded", () => {
    const slow = { peer: "uws", memory: [], rounds: [round(9, { serverCpu: 0.7, loadCpu: 1 })] };
    const result = scenario("pipelined-64-binary", slow);
    expect(summarize(result)[0]!.loadBound).toBe(true);
    expect(renderScenario(result)).toMatch(/9\.00 \*/);
    expect(renderScenario(result)).toContain("lower bound");
  });

  test("shows the medians of what the event loop did, and of its turns where they were watched", () => {
    const delay = { p99: 2, longest: 5, busy: 0.1, collecting: 0.01, longestCollection: 3 };
    const watched = (turnP99: number, longestTurn: number) =>
      round(9, { deflated: 0.2, loopDelay: { ...delay, turnP99, longestTurn } });
    const rounds = [watched(0.4, 0.9), watched(0.6, 0.7), watched(0.5, 0.8)];
    const turns = scenario("compressed-delay-narrow", { peer: "ws", memory: [], rounds });
    expect(renderScenario(turns)).toMatch(/3\.0 ms +0\.50 ms +0\.80 ms/);
    const plain = [round(9, { deflated: 0.2, loopDelay: delay })];
    const text = renderScenario(
      scenario("compressed-large-narrow", { ...turns.peers[0]!, rounds: plain }),
    );
    expect(text).toContain("5.0 ms");
    expect(text).not.toContain("CPU of a turn");
  });

  test("says that other processes were busy, and who did not run", () => {
    const disturbed = { peer: "ws", memory: [], rounds: [round(9, { otherCpu: 0.5 })] };
    const absent = { peer: "bun", memory: [], rounds: [null], failure: "no binary" };
    const text = renderScenario(scenario("ping-pong-1", disturbed, absent));
    expect(text).toContain("Other processes took up to 50 %");
    expect(text).toContain("bun did not run: no binary");
  });
});

describe("judgeTargets", () => {
  test("compares each bound with what was reached", () => {
    const run = results(
      scenario("pipelined-64-binary", peer("barewire", 260), peer("ws", 10), peer("uws", 200)),
      scenario("broadcast", peer("barewire", 100), peer("net", 105)),
    );
    const verdict = (id: string, against: string) =>
      judgeTargets(run).find(({ target }) => target.scenario === id && target.against === against)!;
    expect(verdict("pipelined-64-binary", "ws").met).toBe(true);
    expect(verdict("pipelined-64-binary", "uws").met).toBe(false);
    expect(verdict("pipelined-64-binary", "bun").met).toBeUndefined();
    expect(verdict("broadcast", "net").reached).toBeCloseTo(1.05);
    expect(verdict("broadcast", "net").met).toBe(true);
    const text = renderTargets(judgeTargets(run));
    expect(text).toContain("NOT MET");
    expect(text).toContain("not measured");
  });

  test("less memory is better", () => {
    const weighed = (id: string, rss: number): PeerResult => ({
      peer: id,
      rounds: [],
      memory: [{ rss, heap: rss / 2 }],
    });
    const run = scenario("memory", weighed("barewire", 600), weighed("ws", 1000));
    expect(ratioBetween(run, "barewire", "ws")).toBeCloseTo(0.6);
    const verdicts = judgeTargets(results(run));
    expect(verdicts.find(({ target }) => target.scenario === "memory")!.met).toBe(true);
  });

  test("may be about processor time, and another one on later versions of Node", () => {
    const cost = (id: string, serverCpu: number): PeerResult => ({
      peer: id,
      rounds: [round(100, { serverCpu })],
      memory: [],
    });
    const run = results(
      scenario("handshake", cost("barewire-for-await", 1), cost("barewire-await-first", 1.04)),
      scenario("pipelined-64-multibyte", peer("barewire", 90), peer("bun", 100)),
    );
    const find = (all: readonly Verdict[], id: string, against: string) =>
      all.find(({ target }) => target.scenario === id && target.against === against)!;
    const onTwenty = judgeTargets(run);
    expect(find(onTwenty, "handshake", "barewire-for-await").reached).toBeCloseTo(1.04);
    expect(find(onTwenty, "handshake", "barewire-for-await").met).toBe(true);
    expect(find(onTwenty, "pipelined-64-multibyte", "bun")).toMatchObject({
      ratio: 0.85,
      met: true,
    });
    const versions = { node: "26.12.1" };
    const later = judgeTargets({ ...run, circumstances: { ...run.circumstances, versions } });
    expect(find(later, "pipelined-64-multibyte", "bun")).toMatchObject({ ratio: 1, met: false });
    const text = renderTargets(later);
    expect(text).toContain("barewire: for await, with an await before the upgrade");
    expect(text).toContain("≤ 1.05× CPU");
  });

  test("says where the other one could have done more", () => {
    const bun = { peer: "bun", memory: [], rounds: [round(9, { serverCpu: 0.5, loadCpu: 1 })] };
    const run = results(scenario("chat-1", peer("barewire", 10), bun));
    const verdict = judgeTargets(run).find(({ target }) => target.against === "bun")!;
    expect(verdict).toMatchObject({ met: true, uncertain: true });
    expect(renderTargets([verdict])).toContain("1.11× *");
  });

  test("every target is of a scenario, a form and a peer that there are", () => {
    for (const { scenario: id, peer: ours, against } of targets) {
      const found = allScenarios.find((each) => each.id === id);
      expect(found, id).toBeDefined();
      const peers = choosePeers(found!, []).map((each) => each.id);
      expect(peers, id).toContain(ours);
      expect(peers, id).toContain(against);
    }
  });
});

describe("selectScenarios", () => {
  test("takes names and beginnings of names", () => {
    expect(selectScenarios(["memory"]).map(({ id }) => id)).toEqual(["memory"]);
    expect(selectScenarios(["ping-pong"])).toHaveLength(3);
    expect(selectScenarios(["growth"]).length).toBeGreaterThan(10);
    expect(selectScenarios(["growth-topics"])).toHaveLength(6);
    expect(selectScenarios([]).some(({ id }) => id.startsWith("growth"))).toBe(false);
  });

  test("refuses a name that fits nothing", () => {
    expect(() => selectScenarios(["pong"])).toThrow(/no scenario is called "pong"/);
  });
});

test("the page holds every scenario and peer, and no markup from outside", () => {
  const page = renderPage(
    results(
      scenario("pipelined-64-binary", peer("barewire", 260, 250), peer("ws", 10, 11)),
      scenario("growth-size-16", peer("barewire", 5), peer("ws", 4)),
      scenario("growth-size-64", peer("barewire", 4), peer("ws", 3)),
    ),
  );
  expect(page).toContain("Pipelined 64 B binary");
  expect(page).toContain("Throughput by size");
  expect(page).toContain("A &lt;fast&gt; one");
  expect(page).not.toContain("NaN");
  expect(page.match(/<svg/g)).toHaveLength(2);
});

test("hot functions are those with the most time of their own, idle time left out", () => {
  const frame = (functionName: string, url = "", lineNumber = -1) => ({
    functionName,
    url,
    lineNumber,
  });
  const profile = {
    nodes: [
      { id: 1, callFrame: frame("(idle)") },
      { id: 2, callFrame: frame("push", "file:///a/frame-parser.js", 9) },
      { id: 3, callFrame: frame("writeBuffer") },
      { id: 4, callFrame: frame("push", "file:///a/frame-parser.js", 9) },
    ],
    samples: [1, 2, 3, 4, 2],
    timeDeltas: [900, 10, 60, 20, 10],
  };
  expect(hotFunctions(profile, 9)).toBe(
    "writeBuffer              60 %\npush frame-parser.js:10  40 %",
  );
  expect(hotFunctions(profile, 1)).toBe("writeBuffer  60 %");
});

test("alignColumns aligns the first column left and the others right", () => {
  expect(
    alignColumns([
      ["", "speed"],
      ["ws", "1"],
    ]),
  ).toBe("    speed\nws      1");
});

test("figures have three digits and bytes have units", () => {
  expect(formatFigure(3_842_000)).toBe("3.84 M");
  expect(formatFigure(51_234)).toBe("51.2 k");
  expect(formatFigure(1234)).toBe("1,234");
  expect(formatFigure(Number.NaN)).toBe("–");
  expect(formatMilliseconds(0.506, 2)).toBe("0.51 ms");
  expect(formatMilliseconds(undefined, 2)).toBe("–");
  expect(formatBytes(64)).toBe("64 B");
  expect(formatBytes(2 ** 24)).toBe("16 MiB");
});

test("escapeHtml escapes what has a meaning in HTML", () => {
  expect(escapeHtml(`<a b="c">'&`)).toBe("&lt;a b=&quot;c&quot;&gt;&#39;&amp;");
});
