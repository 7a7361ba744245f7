import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { judgeRun, readExpectations } from "../../../autobahn/conform/expectations.ts";
import { select } from "../../../src/conformance/selection.ts";

const expected = [{ cases: ["6.4.*"], verdict: "NON-STRICT / OK", reason: "judged at the end" }];
const judge = (verdicts: Record<string, string>, ids = Object.keys(verdicts)) =>
  judgeRun(new Map(Object.entries(verdicts)), ids, expected);

describe("a run of conform", () => {
  it("passes with what is OK, left open, or expected", () => {
    const verdicts = {
      "1.1.1": "OK / OK",
      "7.13.1": "INFORMATIONAL / INFORMATIONAL",
      "6.4.1": "NON-STRICT / OK",
    };
    expect(judge(verdicts)).toEqual({ passed: 3, worse: [], better: [] });
  });

  it("fails with any other verdict, and with a case that was not run", () => {
    const result = judge({ "1.1.1": "OK / UNCLEAN", "6.4.2": "FAILED / OK" }, [
      "6.4.2",
      "1.1.1",
      "1.1.2",
    ]);
    expect(result.passed).toBe(0);
    expect(result.worse).toEqual([
      { id: "1.1.1", verdict: "OK / UNCLEAN", expected: "OK / OK" },
      { id: "1.1.2", verdict: "not run", expected: "OK / OK" },
      { id: "6.4.2", verdict: "FAILED / OK", expected: "NON-STRICT / OK" },
    ]);
  });

  it("may be better than expected", () => {
    expect(judge({ "6.4.1": "OK / OK" })).toEqual({
      passed: 1,
      worse: [],
      better: [{ id: "6.4.1", verdict: "OK / OK", expected: "NON-STRICT / OK" }],
    });
  });
});

describe("files of expectations", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "barewire-expectations-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each([["[]"], ['{"server": {}}'], ['{"server": [{"cases": ["1.*"], "verdict": "OK / OK"}]}']])(
    "that are wrong are refused: %s",
    async (text) => {
      const file = join(folder, "peer.json");
      await writeFile(file, text);
      await expect(readExpectations(file)).rejects.toThrow(/expected/);
    },
  );

  it("of ws stand in docs/conformance.md", async () => {
    const expected = new URL("../../../autobahn/conform/expected/ws.json", import.meta.url);
    const text = await readFile(new URL("../../../docs/conformance.md", import.meta.url), "utf8");
    const rows = text.split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
    for (const { cases, verdict, reason } of Object.values(
      await readExpectations(expected),
    ).flat()) {
      const list = cases.map((pattern) => `\`${pattern}\``).join(", ");
      expect(rows).toContainEqual(["", list, verdict, reason, ""]);
    }
  });

  it("of ws name cases that there are, each with a reason", async () => {
    const file = new URL("../../../autobahn/conform/expected/ws.json", import.meta.url);
    const lists = await readExpectations(file);
    expect(Object.keys(lists).sort()).toEqual(["client", "server"]);
    for (const role of ["server", "client"] as const) {
      for (const { cases, reason } of lists[role]!) {
        for (const pattern of cases) {
          expect(select({ cases: [pattern] }, role), `${role} ${pattern}`).not.toEqual([]);
        }
        expect(reason).toMatch(/^.{20,}\.$/);
      }
    }
  });
});
