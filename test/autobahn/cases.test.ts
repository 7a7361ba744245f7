import { readFile } from "node:fs/promises";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ALL_CASES,
  compareCases,
  PatternError,
  SECTIONS,
  sectionOf,
  selectCases,
} from "../../autobahn/cases.ts";

describe("the list of cases", () => {
  test("has 301 cases in the suite's order, none twice", () => {
    expect(ALL_CASES).toHaveLength(301);
    expect(new Set(ALL_CASES).size).toBe(301);
    expect([...ALL_CASES].sort(compareCases)).toEqual(ALL_CASES);
    expect(ALL_CASES[0]).toBe("1.1.1");
    expect(ALL_CASES.at(-1)).toBe("10.1.1");
  });

  test("is in named sections", () => {
    expect([...new Set(ALL_CASES.map(sectionOf))]).toEqual([...SECTIONS.keys()]);
  });

  test("orders by numbers, not by letters", () => {
    const ordered = ["2.9", "2.10", "6.4.1", "6.10.1", "10.1.1"];
    fc.assert(
      fc.property(fc.shuffledSubarray(ordered, { minLength: 5 }), (shuffled) => {
        expect(shuffled.sort(compareCases)).toEqual(ordered);
      }),
    );
  });

  test.each(["fuzzingclient.json", "fuzzingserver.json"])(
    "%s has all, none excluded",
    async (name) => {
      const text = await readFile(new URL(`../../autobahn/${name}`, import.meta.url), "utf8");
      const specification = JSON.parse(text);
      expect(selectCases(specification.cases, specification["exclude-cases"])).toEqual(ALL_CASES);
      expect(specification["exclude-cases"]).toEqual([]);
      expect(specification["exclude-agent-cases"]).toEqual({});
    },
  );
});

describe("selecting cases", () => {
  test("takes a section and no other that begins alike", () => {
    const first = selectCases(["1.*"], []);
    expect(first).toHaveLength(16);
    expect(first).not.toContain("10.1.1");
    expect(selectCases(["6.2.*"], [])).toEqual(["6.2.1", "6.2.2", "6.2.3", "6.2.4"]);
  });

  test("takes single cases, in the suite's order and once each", () => {
    expect(selectCases(["7.1.6", "6.4.1", "6.4.1", "6.4.*"], [])).toEqual([
      "6.4.1",
      "6.4.2",
      "6.4.3",
      "6.4.4",
      "7.1.6",
    ]);
  });

  test("leaves out what is excluded", () => {
    const rest = selectCases(["*"], ["9.*", "7.1.6"]);
    expect(rest).toHaveLength(301 - 54 - 1);
    expect(rest.some((id) => sectionOf(id) === "9" || id === "7.1.6")).toBe(false);
  });

  test.each(["8.*", "12.1.1", "1.1.9", "1", "6.4", ""])(
    "refuses %j, which names no case",
    (name) => {
      expect(() => selectCases([name], [])).toThrow(PatternError);
      expect(() => selectCases(["*"], [name])).toThrow(PatternError);
    },
  );

  test("refuses to leave nothing", () => {
    expect(() => selectCases(["6.*"], ["6.*"])).toThrow("no case is left");
  });

  test("refuses what is no pattern of numbers", () => {
    expect(() => selectCases(["(a+)+$"], [])).toThrow('"(a+)+$" is not a case');
  });
});
