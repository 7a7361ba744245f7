import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runConform } from "../../src/cli/conform/command.ts";
import { type CaseResult, conform } from "../../src/conformance/conform.ts";
import { differences, differencesText } from "../../src/conformance/report/diff.ts";
import { escapeXml, junitXml } from "../../src/conformance/report/formats/junit.ts";
import { indexOf, readIndex, reportName, writeJson } from "../../src/conformance/report/json.ts";
import { htmlPage } from "../../src/conformance/report/page/page.ts";
import type { RunInfo } from "../../src/conformance/report/run-info.ts";
import { hasFailed, severity, summaryText } from "../../src/conformance/report/summary.ts";
import { writeReports } from "../../src/conformance/report/write.ts";
import { type ReferenceServer, startReferenceServer } from "./reference/reference-server.ts";

const CASES = ["1.1.1", "2.1", "2.10", "6.4.1", "7.1.6", "12.1.1"];
const RUN: RunInfo = {
  version: "1.2.3",
  began: "2026-11-30T12:00:00.000Z",
  role: "server",
  testees: [{ agent: "right", url: "ws://127.0.0.1:9001" }, { agent: "other" }],
  options: ["--cases 1.*"],
  strict: false,
  partial: "",
};

let folder: string;
let server: ReferenceServer;
let right: CaseResult[];
let wrong: CaseResult[];

async function run(agent: string): Promise<CaseResult[]> {
  const results: CaseResult[] = [];
  for await (const result of conform(server.url, { cases: CASES, agent })) results.push(result);
  return results;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "conform-"));
  server = await startReferenceServer();
  right = await run("right");
  server.faults = { pong: () => undefined, utf8: "late", noDeflate: true };
  wrong = await run("</script><b>&\u2028wrong");
  server.faults = {};
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe("JSON", () => {
  it("has the names and the fields of Autobahn", async () => {
    const target = join(folder, "json");
    await writeJson(target, right);
    expect(reportName("Wrong Peer/1.0", "6.4.1")).toBe("wrong_peer_1_0_case_6_4_1");
    expect((await readdir(target)).sort()).toContain("right_case_6_4_1.json");
    const { right: cases } = await readIndex(target);
    expect(cases?.["1.1.1"]).toEqual({
      behavior: "OK",
      behaviorClose: "OK",
      duration: expect.any(Number),
      remoteCloseCode: 1000,
      reportfile: "right_case_1_1_1.json",
    });
    const report = JSON.parse(await readFile(join(target, "right_case_2_10.json"), "utf8"));
    expect(report.expected.OK[3]).toEqual(["pong", "payload-3"]);
    expect(report.received).toEqual(report.expected.OK);
    expect(report.expectedClose).toEqual({
      closedByMe: true,
      closeCode: [1000],
      requireClean: true,
    });
    expect(report.wirelog).toContainEqual(["RF", [9, "payload-3"], 10, true, 0, false, null]);
    expect(report.wirelogTimes.length).toBe(report.wirelog.length);
    expect(report.txFrameStats).toEqual({ 8: 1, 9: 10 });
  });

  it("keeps what a compressed case transported", () => {
    const traffic = new Map(Object.entries(right.at(-1)?.trafficStats ?? {}));
    expect(traffic.get("outgoingWebSocketMessages")).toBe(300);
    expect(traffic.get("incomingOctetsAppLevel")).toBe(traffic.get("outgoingOctetsAppLevel"));
  });
});

describe("differences", () => {
  it("of a report to itself are none", () => {
    expect(differences(indexOf(right), indexOf(right))).toEqual([]);
  });

  it("say what got worse, whatever the agents are called", () => {
    const list = differences(indexOf(right), indexOf(wrong));
    expect(list.map(({ id, after, worse }) => `${id} ${after} ${worse}`)).toEqual([
      "2.1 FAILED / OK true",
      "2.10 FAILED / OK true",
      "6.4.1 NON-STRICT / OK true",
      "12.1.1 UNIMPLEMENTED / OK false",
    ]);
    expect(differences(indexOf(wrong), indexOf(right)).some(({ worse }) => worse)).toBe(false);
  });

  it("are none worse where a flaky case has had both verdicts", () => {
    const flaky = (list: readonly CaseResult[], attempts: readonly string[]) =>
      indexOf(list.flatMap((one) => (one.id === "2.1" ? [{ ...one, flaky: true, attempts }] : [])));
    const both = ["FAILED / OK", "OK / OK"];
    const good = indexOf(right.filter(({ id }) => id === "2.1"));
    const bad = indexOf(wrong.filter(({ id }) => id === "2.1"));
    expect(flaky(right, both)).toMatchObject({ right: { "2.1": { attempts: both } } });
    expect(good).not.toMatchObject({ right: { "2.1": { attempts: expect.anything() } } });
    expect(differences(flaky(right, both), bad)).toMatchObject([{ worse: false, flaky: true }]);
    expect(differences(good, flaky(wrong, both))).toMatchObject([{ worse: false, flaky: true }]);
    const never = ["FAILED / OK", "FAILED / FAILED"];
    expect(differences(good, flaky(wrong, never))).toMatchObject([{ worse: true, flaky: false }]);
    const text = differencesText(differences(good, flaky(wrong, both)));
    expect(text).toMatch(/^flaky /);
  });

  it("count a case that is gone as worse", () => {
    const fewer = indexOf(right.filter(({ id }) => id !== "2.1"));
    expect(differences(indexOf(right), fewer)).toMatchObject([{ id: "2.1", worse: true }]);
    expect(differences(fewer, indexOf(right))).toMatchObject([{ id: "2.1", worse: false }]);
  });
});

describe("JUnit", () => {
  it("counts failures, and those of strictness only when asked", () => {
    expect(junitXml(wrong, false)).toContain('tests="6" failures="2"');
    expect(junitXml(wrong, true)).toContain('tests="6" failures="3"');
    expect(junitXml(right, true)).toContain('tests="6" failures="0"');
  });

  it("escapes what XML cannot hold", () => {
    expect(escapeXml('<a & "b">\0\ud800')).toBe("&lt;a &amp; &quot;b&quot;&gt;\ufffd\ufffd");
  });
});

describe("HTML", () => {
  it("is one page that no string in it can break", () => {
    const page = htmlPage([...right, ...wrong], RUN);
    expect(page.match(/<script/g)?.length).toBe(2);
    expect(page).not.toMatch(/https?:\/\//);
    const [, data] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)!;
    const { results } = JSON.parse(data!) as { results: CaseResult[] };
    expect(results.length).toBe(12);
    expect(results[0]?.agent).toBe("</script><b>&\u2028wrong");
  });
});

describe("summary", () => {
  it("knows failed from strict", () => {
    const of = (behavior: string, behaviorClose: string) =>
      severity({ behavior, behaviorClose } as CaseResult);
    expect(of("OK", "OK")).toBe("ok");
    expect(of("INFORMATIONAL", "INFORMATIONAL")).toBe("ok");
    expect(of("UNIMPLEMENTED", "OK")).toBe("ok");
    expect(of("NON-STRICT", "OK")).toBe("strict");
    expect(of("OK", "UNCLEAN")).toBe("strict");
    expect(of("OK", "FAILED BY CLIENT")).toBe("strict");
    expect(of("OK", "WRONG CODE")).toBe("failed");
    expect(of("OK", "FAILED")).toBe("failed");
    expect(of("FAILED", "OK")).toBe("failed");
  });

  it("has a line for each section", () => {
    expect(summaryText(wrong).split("\n").length).toBe(5);
    expect(wrong.filter((result) => hasFailed(result, true)).length).toBe(3);
  });
});

describe("barewire conform", () => {
  const conformRun = (...more: string[]) =>
    runConform([server.url, "--cases", "1.1.1,2.1", "--out", join(folder, "cli"), ...more]);

  it("exits with 0 when all is well, and writes every report", async () => {
    expect(await conformRun("--agent", "cli")).toBe(0);
    expect((await readdir(join(folder, "cli"))).sort()).toEqual([
      "badge.json",
      "badge.svg",
      "cli_case_1_1_1.json",
      "cli_case_2_1.json",
      "index.html",
      "index.json",
      "junit.xml",
      "schema.json",
    ]);
  });

  it("exits with 1 when a case fails, and for less with --strict", async () => {
    server.faults = { pong: () => undefined };
    expect(await conformRun()).toBe(1);
    server.faults = { utf8: "late" };
    expect(await conformRun("--cases", "6.4.1")).toBe(0);
    expect(await conformRun("--cases", "6.4.1", "--strict")).toBe(1);
    server.faults = {};
  });

  it.each([
    [["ws://127.0.0.1:1/"]],
    [[]],
    [["--nonsense"]],
    [["ws://localhost/", "--listen", "0"]],
    [["ws://localhost/", "--jobs", "many"]],
    [["ws://localhost/", "--header", "nonsense"]],
    [["ws://127.0.0.1:1/", "--http2"]],
    [["ws://127.0.0.1:1/", "--pid", "none"]],
    [["ws://127.0.0.1:1/", "ws://127.0.0.1:2/", "--pid", "1"]],
    [["--listen", "0", "--http2"]],
    [["diff", "only-one"]],
    [["diff", "/nowhere/a", "/nowhere/b"]],
    [["--spec", "/nowhere/spec.json"]],
  ])("exits with 2 for %j", async (argv) => {
    expect(await runConform(argv)).toBe(2);
  });

  it("compares reports", async () => {
    const [a, b] = [join(folder, "a"), join(folder, "b")];
    await writeReports(a, right, RUN);
    await writeReports(b, wrong, RUN);
    expect(await runConform(["diff", a, a])).toBe(0);
    expect(await runConform(["diff", a, b])).toBe(1);
    expect(await runConform(["diff", b, join(a, "index.json")])).toBe(0);
  });
});
