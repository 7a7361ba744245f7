import { describe, expect, it } from "vitest";
import type { Judgement } from "../../../autobahn/compare/known.ts";
import {
  allKnown,
  type Compared,
  comparisonTable,
  differenceLines,
} from "../../../autobahn/compare/table.ts";

const one = (id: string, kind: Judgement["kind"], reason?: string) => ({
  id,
  autobahn: new Set(["OK / OK", "NON-STRICT / OK"]),
  conform: new Set(["NON-STRICT / OK"]),
  judgement: { kind, reason },
});

const rows: Compared[] = [
  {
    peer: "ws 8.23.0",
    role: "server",
    cases: ["1.1.1", "1.1.2", "6.4.1", "13.7.18"],
    differences: [],
    seconds: { autobahn: 61.4, conform: 2.5 },
  },
  {
    peer: "bun 1.4.5",
    role: "client",
    cases: ["1.1.1", "6.4.1", "6.4.2", "6.4.3"],
    differences: [
      one("6.4.1", "timing", "the clock"),
      one("6.4.2", "different"),
      one("6.4.3", "timing", "the clock"),
    ],
    seconds: { autobahn: 9, conform: 1 },
  },
];

describe("the table of a comparison", () => {
  it("has a row for each peer and role and a column for each section that was run", () => {
    expect(comparisonTable(rows).split("\n")).toEqual([
      "| peer      | role   | 1 | 6         | 13 | all       | Autobahn | conform |",
      "| --------- | ------ | - | --------- | -- | --------- | -------- | ------- |",
      "| ws 8.23.0 | server | 2 | 1         | 1  | 4         | 61 s     | 3 s     |",
      "| bun 1.4.5 | client | 1 | 3 (2t 1≠) |    | 4 (2t 1≠) | 9 s      | 1 s     |",
    ]);
  });

  it("comes with every difference and all verdicts that were seen", () => {
    expect(differenceLines(rows).slice(0, 4)).toEqual([
      "bun 1.4.5 as client, 6.4.1: timing: the clock",
      "    Autobahn: OK / OK, NON-STRICT / OK",
      "    conform:  NON-STRICT / OK",
      "bun 1.4.5 as client, 6.4.2: different",
    ]);
  });

  it("is right when no difference is without a known reason", () => {
    expect(allKnown(rows)).toBe(false);
    expect(allKnown([rows[0]!])).toBe(true);
    const timing = rows[1]!.differences.filter(({ judgement }) => judgement.kind === "timing");
    expect(allKnown([{ ...rows[1]!, differences: timing }])).toBe(true);
  });
});
