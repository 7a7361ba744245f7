/** What a run prints for programs, as those programs read it. */
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { badgeJson, badgeSvg } from "../../../src/conformance/report/badge.ts";
import { FORMATS } from "../../../src/conformance/report/formats/all.ts";
import type { RunInfo } from "../../../src/conformance/report/run-info.ts";
import { resultWith } from "../reference/results.ts";

const RUN: RunInfo = {
  version: "1.2.3",
  began: "2026-11-30T12:00:00.000Z",
  role: "server",
  testees: [{ agent: "agent", url: "ws://127.0.0.1:9001" }],
  options: [],
  strict: false,
  partial: "",
};

const RESULTS = [
  resultWith("1.1.1", "OK / OK"),
  resultWith("2.1", "FAILED / OK", {
    result: "Got no Close;\n expected: a Pong comes back | in time.",
    flaky: true,
    attempts: ["OK / OK", "FAILED / OK"],
  }),
  resultWith("6.4.1", "NON-STRICT / OK"),
  resultWith("7.1.1", "OK / WRONG CODE", { resultClose: "The code was 1002." }),
  resultWith("12.1.1", "UNIMPLEMENTED / OK"),
  resultWith("1.1.2", "NOT RUN / NOT RUN"),
];
const MORE = [...RESULTS, resultWith("1.1.1", "FAILED / OK", { agent: "the other" })];
const print = (name: keyof typeof FORMATS, results = RESULTS, run = RUN) =>
  FORMATS[name](results, run, "some/reports");

describe("console", () => {
  it("has the sections, a line with the reason for each failure, and the totals", () => {
    const lines = print("console").trimEnd().split("\n");
    expect(lines[0]).toMatch(/^ +1 {2}Framing +2 {3}1 OK, 1 NOT RUN/);
    expect(lines).toContain(
      "2.1      FAILED / OK (flaky): Got no Close; expected: a Pong comes back | in time.",
    );
    expect(lines).toContain("7.1.1    OK / WRONG CODE: The code was 1002.");
    expect(lines.at(-1)).toBe("6 cases, 2 failed, 1 not run, 1 flaky; reports in some/reports");
  });

  it("has agents side by side", () => {
    const lines = print("console", MORE).split("\n");
    expect(lines[0]).toMatch(/^ +agent +the other$/);
    expect(lines[1]).toMatch(/^ +1 {2}Framing +1 of 2 +0 of 1$/);
    expect(lines[3]).toMatch(/^ +6 {2}UTF-8 +1, 1 NON-STRICT +-$/);
  });
});

describe("JSON", () => {
  it("is a document of the run", () => {
    const document = JSON.parse(print("json"));
    expect(document).toMatchObject({
      version: "1.2.3",
      testees: RUN.testees,
      totals: { cases: 6, failed: 2, notRun: 1, crashed: 0, flaky: 1 },
    });
    expect(document.results.map((one: { id: string }) => one.id)).toEqual([
      "1.1.1",
      "1.1.2",
      "2.1",
      "6.4.1",
      "7.1.1",
      "12.1.1",
    ]);
    expect(document.results[2]).toMatchObject({
      failed: true,
      reason: "Got no Close; expected: a Pong comes back | in time.",
      strength: expect.any(String),
    });
    expect(document.results[2]).not.toHaveProperty("wirelog");
  });
});

describe("JUnit", () => {
  it("has the reason in the first line of a failure", () => {
    expect(print("junit")).toContain('<failure message="OK / WRONG CODE: The code was 1002.">');
  });
});

describe("TAP", () => {
  it("has a line for each case, and YAML for those that failed", () => {
    const text = print("tap");
    const lines = text.split("\n");
    expect(lines.slice(0, 2)).toEqual(["TAP version 14", "1..6"]);
    expect(lines.filter((line) => /^(not )?ok \d+ - /.test(line))).toHaveLength(6);
    expect(text).toMatch(/^ok 6 - 12\.1\.1 .* # SKIP not implemented$/m);
    const [, yaml = ""] =
      /^not ok 3 - 2\.1 .*\n {2}---\n((?: {2}\w.*\n)*) {2}\.\.\.$/m.exec(text) ?? [];
    expect(parse(yaml)).toMatchObject({
      message: "Got no Close; expected: a Pong comes back | in time.",
      verdict: "FAILED / OK",
      flaky: true,
    });
  });

  it("keeps what a description has from being a directive", () => {
    const odd = resultWith("1.1.1", "OK / OK", { description: "a # SKIP \\ b\nok 2" });
    expect(print("tap", [odd])).toContain("ok 1 - 1.1.1 a \\# SKIP \\\\ b ok 2\n");
  });
});

describe("SARIF", () => {
  it("has what is not passed, with its rule and the place of its report", () => {
    const log = JSON.parse(print("sarif"));
    const [run] = log.runs;
    const { rules } = run.tool.driver;
    expect(run.results.map(({ level }: { level: string }) => level)).toEqual([
      "error",
      "error",
      "warning",
      "error",
    ]);
    for (const { ruleId, ruleIndex } of run.results) expect(rules[ruleIndex].id).toBe(ruleId);
    expect(rules[run.results[1].ruleIndex].helpUri).toMatch(
      /^https:\/\/www\.rfc-editor\.org\/rfc\/rfc6455#section-5/,
    );
    expect(run.results[1].message.text).toContain("case 2.1: Got no Close;");
    const { physicalLocation } = run.results[1].locations[0];
    expect(physicalLocation.artifactLocation.uri).toBe("some/reports/agent_case_2_1.json");
    expect(run.invocations[0].executionSuccessful).toBe(true);
    const partial = { ...RUN, partial: "broken off; " };
    expect(JSON.parse(print("sarif", RESULTS, partial)).runs[0].invocations[0]).toMatchObject({
      executionSuccessful: false,
    });
  });
});

describe("Markdown", () => {
  it("has a table of the sections, with agents side by side, and what failed", () => {
    const lines = print("markdown", MORE).split("\n");
    expect(lines).toContain("| Section | agent | the other |");
    expect(lines).toContain("| 1 Framing | **1 of 2** | **0 of 1** |");
    expect(lines.find((line) => line.startsWith("| 2.1 |"))).toContain(
      "a Pong comes back \\| in time.",
    );
  });

  it("takes no markup from the names of agents", () => {
    const odd = resultWith("1.1.1", "OK / OK", { agent: "<b>x</b> | `y` [z](w)" });
    expect(print("markdown", [odd])).toContain("\\<b\\>x\\</b\\> \\| \\`y\\` \\[z\\](w)");
  });
});

describe("the badge", () => {
  it("says how many passed, in a colour that says how good that is", () => {
    const good = Array.from({ length: 20 }, () => resultWith("1.1.1", "OK / OK"));
    expect(JSON.parse(badgeJson(good, false))).toEqual({
      schemaVersion: 1,
      label: "WebSocket conformance",
      message: "20 of 20",
      color: "brightgreen",
    });
    const nearly = [...good.slice(1), resultWith("2.1", "FAILED / OK")];
    expect(JSON.parse(badgeJson(nearly, false))).toMatchObject({ color: "yellow" });
    expect(JSON.parse(badgeJson(RESULTS, false))).toMatchObject({
      message: "3 of 6",
      color: "red",
    });
    expect(JSON.parse(badgeJson(RESULTS, true))).toMatchObject({ message: "2 of 6" });
    expect(badgeSvg(RESULTS, false)).toMatch(/^<svg .*<title>WebSocket conformance: 3 of 6</s);
  });
});
