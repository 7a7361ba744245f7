import { describe, expect, test } from "vitest";
import { type CaseEntry, judge } from "../../autobahn/gate.ts";
import { explain, formatSummary, summarize } from "../../autobahn/summary.ts";

function entry(behavior: string, duration: number): CaseEntry {
  return { behavior, behaviorClose: "OK", duration, reportfile: "x.json" };
}

const VERDICTS = judge(
  new Map([
    ["1.1.1", entry("OK", 400)],
    ["7.1.6", entry("INFORMATIONAL", 1000)],
    ["7.1.5", entry("NON-STRICT", 2100)],
  ]),
  ["1.1.1", "7.1.4", "7.1.5", "7.1.6"],
);

describe("the summary", () => {
  test("counts by section and in all", () => {
    expect(summarize(VERDICTS)).toEqual([
      row("1", "Framing", { cases: 1, ok: 1, duration: 400 }),
      row("7", "Close handling", {
        cases: 3,
        informational: 1,
        failed: 1,
        missing: 1,
        duration: 3100,
      }),
      row("all", "", { cases: 4, ok: 1, informational: 1, failed: 1, missing: 1, duration: 3500 }),
    ]);
  });

  test("is a table with aligned columns", () => {
    expect(formatSummary(summarize(VERDICTS))).toBe(
      [
        "section                  cases  OK  info  failed  missing  seconds",
        "1        Framing             1   1     0       0        0      0.4",
        "7        Close handling      3   0     1       1        1      3.1",
        "all                          4   1     1       1        1      3.5",
      ].join("\n"),
    );
  });
});

function row(section: string, title: string, counts: object) {
  const none = { cases: 0, ok: 0, informational: 0, failed: 0, missing: 0, duration: 0 };
  return { section, title, ...none, ...counts };
}

describe("explaining a case", () => {
  test("shows what explains the verdict, without markup", () => {
    const text = explain({
      description: "Send text.\n<br><br>MESSAGE:<br>\n48656c6c6f",
      expectation: "An echo.",
      result: "Actual events differ from any expected.",
      resultClose: "Connection was properly closed",
      expected: { OK: [["message", "Hello", false]] },
      received: [],
      expectedClose: { closeCode: [1000], closedByMe: true, requireClean: true },
      remoteCloseCode: null,
      wasNotCleanReason: null,
      wirelog: ["long"],
    });
    expect(text.split("\n")).toEqual([
      "  description: Send text. MESSAGE: 48656c6c6f",
      "  expectation: An echo.",
      "  result: Actual events differ from any expected.",
      "  closing: Connection was properly closed",
      '  expected: {"OK":[["message","Hello",false]]}',
      "  received: []",
      '  expected close: {"closeCode":[1000],"closedByMe":true,"requireClean":true}',
      "  close code: null",
    ]);
  });

  test("shortens long values", () => {
    const text = explain({ received: Array.from({ length: 1000 }, () => "ping") });
    expect(text.length).toBeLessThan(450);
    expect(text.endsWith(" …")).toBe(true);
  });

  test("says so when the report is no object", () => {
    expect(explain([])).toContain("not a JSON object");
  });
});
