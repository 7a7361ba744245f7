import { describe, expect, it } from "vitest";
import type { Attempt } from "./attempt.ts";
import {
  atLeast,
  atMost,
  type Figure,
  holds,
  isJudged,
  isKept,
  shownValue,
  within,
} from "./figure.ts";
import { parseOptions } from "./options.ts";
import { failures, isLateOnly, renderResult } from "./report.ts";
import { allScenarios, selectScenarios } from "./scenarios/all.ts";

describe("the command line", () => {
  it("attacks both libraries by default, and one of them fast", () => {
    expect(parseOptions([])).toMatchObject({ clock: true, libraries: ["barewire", "ws"] });
    expect(parseOptions(["--fast"])).toMatchObject({ clock: false, libraries: ["barewire"] });
    expect(parseOptions(["--library", "ws", "bomb"])).toMatchObject({
      libraries: ["ws"],
      scenarios: ["bomb"],
    });
  });

  it("says what it does not know", () => {
    expect(() => parseOptions(["--library", "bun"])).toThrow("bun");
    expect(() => parseOptions(["--slow"])).toThrow("--slow");
    expect(() => selectScenarios(["nothing"], false)).toThrow("nothing");
  });

  it("takes a name for all that begin with it", () => {
    const bombs = selectScenarios(["bomb"], false).map(({ id }) => id);
    expect(bombs.length).toBeGreaterThan(3);
    expect(bombs.every((id) => id.startsWith("bomb-"))).toBe(true);
    expect(selectScenarios([], true).every(({ fast }) => fast)).toBe(true);
  });
});

describe("another try", () => {
  const attempt = (figures: readonly Figure[], failure?: string): Attempt => ({
    library: "barewire",
    figures,
    ...(failure === undefined ? {} : { failure }),
  });
  const late = within("a wait", 60, 50);

  it("is for attacks in which only the clock speaks against the library", () => {
    expect(isLateOnly(attempt([late, holds("a", true)]))).toBe(true);
    expect(isLateOnly(attempt([late, holds("a", false)]))).toBe(false);
    expect(isLateOnly(attempt([late, atMost("processor time", "ms", 60, 50)]))).toBe(false);
    expect(isLateOnly(attempt([late], "it died"))).toBe(false);
    expect(isLateOnly(attempt([within("a wait", 40, 50)]))).toBe(false);
  });
});

describe("figures", () => {
  it("are judged by their bounds", () => {
    expect(isKept(atMost("a", "count", 5, 5))).toBe(true);
    expect(isKept(atMost("a", "count", 6, 5))).toBe(false);
    expect(isKept(atMost("a", "count", Number.NaN, 5))).toBe(false);
    expect(isKept(atLeast("a", "count", 4, 5))).toBe(false);
    expect(isKept(holds("a", false))).toBe(false);
  });

  it("that depend on a clock are judged only where one is looked at", () => {
    expect(isJudged(within("a", 100, 50), true)).toBe(true);
    expect(isJudged(within("a", 100, 50), false)).toBe(false);
  });

  it("are shown in units that fit", () => {
    expect(shownValue("bytes", 1536)).toBe("1.5 KiB");
    expect(shownValue("bytes", -2 * 1024 ** 2)).toBe("-2 MiB");
    expect(shownValue("ms", 12_345)).toBe("12 s");
    expect(shownValue("truth", 1)).toBe("yes");
  });
});

describe("a report", () => {
  const scenario = allScenarios[0]!;
  const figures = [atMost("memory", "bytes", 2048, 1024), within("wait", 80, 50)];

  it("names each figure that was not kept, and those of ws beside it", () => {
    const other = { library: "ws" as const, figures: [atMost("memory", "bytes", 512, 1024)] };
    const result = { scenario, attempts: [{ library: "barewire" as const, figures }, other] };
    expect(failures(result, true)).toEqual([
      "memory: 2 KiB, not ≤ 1 KiB",
      "wait: 80 ms, not ≤ 50 ms",
    ]);
    expect(failures(result, false)).toHaveLength(1);
    expect(renderResult(result, true)).toMatch(/✗ memory +2 KiB +≤ 1 KiB +ws 512 B/);
  });

  it("says why an attack could not be carried through, which is a failure", () => {
    const attempt = { library: "barewire" as const, figures: [], failure: "it ended with 1" };
    expect(failures({ scenario, attempts: [attempt] }, false)).toEqual(["it ended with 1"]);
  });
});
