import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { ALL_CASES } from "../../autobahn/cases.ts";
import { type RoleReports, TableError, withTable } from "../../autobahn/docs-table.ts";
import { judge } from "../../autobahn/gate.ts";
import { parseRecord, type RunRecord } from "../../autobahn/run-record.ts";

const RECORD: RunRecord = {
  date: "2026-01-02T03:04:05.678Z",
  testee: "barewire 0.1.0, at abc1234",
  own: true,
  suiteVersion: "25.10.1",
  suiteSource: "wstest on the PATH",
  node: "20.0.0",
  machine: "linux x64, 2 × A|B",
  command: "npm run autobahn",
  seconds: 201.4,
  cases: ALL_CASES,
};
const OK = { behavior: "OK", behaviorClose: "OK", duration: 1, reportfile: "x.json" };
const ENTRIES = new Map(ALL_CASES.map((id) => [id, OK]));
const SERVER: RoleReports = { record: RECORD, verdicts: judge(ENTRIES, ALL_CASES) };
const DOCUMENT = await readFile(new URL("../../docs/autobahn.md", import.meta.url), "utf8");

describe("the table in docs/autobahn.md", () => {
  test("is put in the place of the last one, with what happened", () => {
    const failed = new Map(ENTRIES).set("6.4.1", { ...OK, behavior: "NON-STRICT" });
    failed.delete("10.1.1");
    const client = { record: { ...RECORD, seconds: 9 }, verdicts: judge(failed, ALL_CASES) };
    const text = withTable(DOCUMENT, SERVER, client);
    expect(text).toContain("| Date | 2026-01-02 | 2026-01-02 |");
    expect(text).toContain("| Duration | 201 s | 9 s |");
    expect(text).toContain("2 × A\\|B");
    expect(text).toContain("| Result | 301 OK | 299 OK, 1 not OK, 1 missing |");
    expect(text).toContain("| 1 Framing | 16 | 16 OK | 16 OK |");
    expect(text).toContain("| 10 Miscellaneous | 1 | 1 OK | 1 missing |");
    expect(withTable(text, SERVER, client)).toBe(text);
  });

  test("is made from full runs only", () => {
    const part = { ...SERVER, record: { ...RECORD, cases: ALL_CASES.slice(2) } };
    expect(() => withTable(DOCUMENT, SERVER, part)).toThrow("as client left out 2 of 301 cases");
    expect(() => withTable(DOCUMENT, part, SERVER)).toThrow(TableError);
  });

  test("is made from runs of this library only", () => {
    const other = { ...SERVER, record: { ...RECORD, own: false, testee: "/tmp/ws" } };
    expect(() => withTable(DOCUMENT, other, SERVER)).toThrow("as server tested /tmp/ws");
  });

  test("needs its markers", () => {
    expect(() => withTable("# Autobahn", SERVER, SERVER)).toThrow(TableError);
  });
});

describe("the record of a run", () => {
  test("is read as it was written", () => {
    expect(parseRecord(JSON.stringify(RECORD))).toEqual(RECORD);
  });

  test.each(["null", "{}", JSON.stringify({ ...RECORD, cases: [1] })])("refuses %j", (text) => {
    expect(() => parseRecord(text)).toThrow("not the record of a run");
  });
});
