import { describe, expect, it } from "vitest";
import { changesSince, knownFrom } from "../../../autobahn/matrix/known.ts";
import type { Column } from "../../../autobahn/matrix/testing.ts";
import { resultWith } from "../../conformance/reference/results.ts";

const column = (version: string, ...results: Column["results"]): Column => ({
  name: "one",
  language: "Go",
  version,
  role: "server",
  results,
  confirmations: [],
});

describe("what is known of implementations", () => {
  const failed = resultWith("2.1", "FAILED / OK");
  const passed = resultWith("2.1", "OK / OK");
  const known = knownFrom([
    column("1", failed, resultWith("1.1.1", "OK / OK"), resultWith("2.2", "FAILED / OK")),
  ]);

  it("is what failed", () => {
    expect(known).toEqual({ "one as server": { version: "1", failed: ["2.1", "2.2"] } });
  });

  it("is compared for the cases that were run", () => {
    expect(changesSince(known, [column("1", failed)])).toEqual([]);
    expect(changesSince(known, [column("1", passed)])).toEqual([
      expect.stringContaining("one as server 1: 2.1 was FAILED, is OK"),
    ]);
    expect(changesSince(known, [column("1", resultWith("3.1", "FAILED / OK"))])).toEqual([
      expect.stringContaining("3.1 was not FAILED, is FAILED"),
    ]);
  });

  it("is not compared with another version, nor what is flaky or a crash", () => {
    expect(changesSince(known, [column("2", passed)])).toEqual([]);
    expect(changesSince(known, [column("1", { ...passed, flaky: true })])).toEqual([]);
    const crash = resultWith("3.1", "FAILED / OK", { crashed: true });
    expect(changesSince(known, [column("1", crash)])).toEqual([]);
  });
});
