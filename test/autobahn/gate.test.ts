import { describe, expect, test } from "vitest";
import { ALL_CASES } from "../../autobahn/cases.ts";
import {
  type CaseEntry,
  isFailure,
  judge,
  parseIndex,
  passed,
  ReportError,
} from "../../autobahn/gate.ts";

function entry(behavior = "OK", behaviorClose = "OK"): CaseEntry {
  return { behavior, behaviorClose, duration: 2, reportfile: "barewire_case.json" };
}

function verdictOn(id: string, behavior: string, behaviorClose: string) {
  return judge(new Map([[id, entry(behavior, behaviorClose)]]), [id])[0]!.outcome;
}

describe("reading index.json", () => {
  test("gives the cases of the agent", () => {
    const text = JSON.stringify({ barewire: { "1.1.1": { ...entry(), remoteCloseCode: 1000 } } });
    expect([...parseIndex(text, "barewire")]).toEqual([["1.1.1", entry()]]);
  });

  test("finds no case where the suite reached nobody", () => {
    expect(parseIndex("{}", "barewire").size).toBe(0);
  });

  test.each([
    ["", "not JSON"],
    ["[]", "not an object"],
    ["null", "not an object"],
    ['{"barewire": 1}', "no object of cases"],
    ['{"barewire": {}, "ws": {}}', "reports of ws; expected barewire alone"],
    ['{"barewire": {"1.1.1": null}}', "no complete entry for case 1.1.1"],
    [
      '{"barewire": {"1.1.1": {"behavior": "OK", "duration": 1, "reportfile": "x"}}}',
      "no complete entry for case 1.1.1",
    ],
  ])("refuses %j", (text, message) => {
    expect(() => parseIndex(text, "barewire")).toThrow(ReportError);
    expect(() => parseIndex(text, "barewire")).toThrow(message);
  });
});

describe("judging", () => {
  test("passes a run of all cases as they are wanted", () => {
    const entries = new Map(ALL_CASES.map((id) => [id, entry()]));
    for (const id of ["7.1.6", "7.13.1", "7.13.2"]) {
      entries.set(id, entry("INFORMATIONAL", "INFORMATIONAL"));
    }
    const verdicts = judge(entries, ALL_CASES);
    expect(passed(verdicts)).toBe(true);
    expect(verdicts.map((verdict) => verdict.id)).toEqual(ALL_CASES);
    expect(verdicts.filter((verdict) => verdict.outcome === "informational")).toHaveLength(3);
  });

  test.each(["NON-STRICT", "FAILED", "UNIMPLEMENTED", "INFORMATIONAL", "ok", ""])(
    "fails %j in either verdict",
    (verdict) => {
      expect(verdictOn("6.4.1", verdict, "OK")).toBe("failed");
      expect(verdictOn("6.4.1", "OK", verdict)).toBe("failed");
    },
  );

  test("wants the informational cases to be INFORMATIONAL or OK, and nothing else", () => {
    expect(verdictOn("7.13.1", "INFORMATIONAL", "INFORMATIONAL")).toBe("informational");
    expect(verdictOn("7.13.1", "INFORMATIONAL", "OK")).toBe("informational");
    expect(verdictOn("7.13.1", "OK", "OK")).toBe("ok");
    expect(verdictOn("7.13.1", "FAILED", "INFORMATIONAL")).toBe("failed");
    expect(verdictOn("7.13.1", "INFORMATIONAL", "UNCLEAN")).toBe("failed");
    expect(verdictOn("7.1.5", "INFORMATIONAL", "INFORMATIONAL")).toBe("failed");
  });

  test("fails a case that is missing", () => {
    const verdicts = judge(new Map([["1.1.1", entry()]]), ["1.1.1", "1.1.2"]);
    expect(verdicts[1]).toEqual({ id: "1.1.2", outcome: "missing", entry: undefined });
    expect(verdicts.map(isFailure)).toEqual([false, true]);
    expect(passed(verdicts)).toBe(false);
  });

  test("judges a case that nobody asked for", () => {
    const entries = new Map([
      ["1.1.1", entry()],
      ["10.1.2", entry("FAILED")],
      ["2.1", entry("OK")],
    ]);
    const verdicts = judge(entries, ["1.1.1"]);
    expect(verdicts.map((verdict) => verdict.id)).toEqual(["1.1.1", "2.1", "10.1.2"]);
    expect(passed(verdicts)).toBe(false);
  });

  test("does not pass nothing", () => {
    expect(passed(judge(new Map(), []))).toBe(false);
  });
});
