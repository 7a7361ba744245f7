import { describe, expect, it } from "vitest";
import {
  agreeAtTimes,
  differences,
  NOT_RUN,
  verdictOf,
  withRun,
} from "../../../autobahn/compare/verdicts.ts";

const verdicts = (entries: Record<string, string>) => new Map(Object.entries(entries));

describe("verdicts of two suites", () => {
  it("are those on the messages and on the closing", () => {
    expect(verdictOf({ behavior: "NON-STRICT", behaviorClose: "OK" })).toBe("NON-STRICT / OK");
  });

  it("differ in either of the two, in the suite's order", () => {
    const autobahn = verdicts({ "1.1.1": "OK / OK", "6.10.1": "OK / OK", "6.4.1": "OK / OK" });
    const conform = verdicts({
      "1.1.1": "OK / OK",
      "6.10.1": "OK / UNCLEAN",
      "6.4.1": "FAILED / OK",
    });
    const found = differences(autobahn, conform, ["6.10.1", "1.1.1", "6.4.1"]);
    expect(found.map(({ id }) => id)).toEqual(["6.4.1", "6.10.1"]);
    expect(found[0]).toEqual({
      id: "6.4.1",
      autobahn: new Set(["OK / OK"]),
      conform: new Set(["FAILED / OK"]),
    });
  });

  it("differ where one has none, and not where neither has", () => {
    const found = differences(verdicts({ "1.1.1": "OK / OK" }), verdicts({}), ["1.1.1", "1.1.2"]);
    expect(found).toEqual([
      { id: "1.1.1", autobahn: new Set(["OK / OK"]), conform: new Set([NOT_RUN]) },
    ]);
  });

  it("only count for the cases that were asked for", () => {
    expect(differences(verdicts({ "1.1.1": "OK / OK" }), verdicts({}), ["2.1"])).toEqual([]);
  });
});

describe("a difference that is run again", () => {
  const [first] = differences(verdicts({ "3.2": "OK / OK" }), verdicts({ "3.2": "FAILED / OK" }), [
    "3.2",
  ]);

  it("collects every verdict that was seen", () => {
    const again = withRun(first!, verdicts({ "3.2": "NON-STRICT / OK" }), verdicts({}));
    expect([...again.autobahn]).toEqual(["OK / OK", "NON-STRICT / OK"]);
    expect([...again.conform]).toEqual(["FAILED / OK", NOT_RUN]);
  });

  it("is by timing when both suites have given one verdict at one time or another", () => {
    expect(agreeAtTimes(first!)).toBe(false);
    const same = withRun(first!, verdicts({ "3.2": "FAILED / OK" }), verdicts({ "3.2": "X / OK" }));
    expect(agreeAtTimes(same)).toBe(true);
  });

  it("is not by timing when both have lost the case once", () => {
    const lost = withRun(first!, verdicts({}), verdicts({}));
    expect(agreeAtTimes(lost)).toBe(false);
  });
});
