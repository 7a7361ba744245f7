import { describe, expect, test } from "vitest";
import { ALL_CASES } from "../../autobahn/cases.ts";
import { HELP, parseOptions, UsageError } from "../../autobahn/options.ts";

describe("the command line", () => {
  test("runs everything in both roles by default", () => {
    expect(parseOptions([])).toEqual({
      help: false,
      writeDocs: false,
      roles: ["server", "client"],
      cases: ALL_CASES,
      out: "reports/autobahn",
      suite: "auto",
      testees: undefined,
    });
  });

  test("takes every option", () => {
    const args = ["--role", "client", "--cases", "1.1.*,6.4.1", "--exclude=1.1.8", "--out", "x"];
    expect(parseOptions([...args, "--suite", "python", "--testees", "y"])).toEqual({
      help: false,
      writeDocs: false,
      roles: ["client"],
      cases: ["1.1.1", "1.1.2", "1.1.3", "1.1.4", "1.1.5", "1.1.6", "1.1.7", "6.4.1"],
      out: "x",
      suite: "python",
      testees: "y",
    });
    expect(parseOptions(["--role", "server"]).roles).toEqual(["server"]);
    expect(parseOptions(["--help"]).help).toBe(true);
    expect(parseOptions(["--write-docs"]).writeDocs).toBe(true);
  });

  test("takes lists in parts and with spaces", () => {
    const { cases } = parseOptions(["--cases", "6.4.1, 6.4.2", "--cases", "10.*"]);
    expect(cases).toEqual(["6.4.1", "6.4.2", "10.1.1"]);
  });

  test.each([
    [["--role", "peer"], "--role must be server, client or both"],
    [["--suite", "podman"], "--suite must be auto, docker, path or python"],
    [["--cases", "11.*"], 'no case matches "11.*"'],
    [["--cases", "1.*,"], "empty entry"],
    [["--cases", ""], "empty entry"],
    [["--exclude", "*"], "no case is left"],
    [["--out", ""], "--out needs the name of a folder"],
    [["--testees", ""], "--testees needs the name of a folder"],
    [["--case", "1.*"], "--case"],
    [["1.*"], "1.*"],
    [["--out"], "--out"],
  ])("refuses %j", (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });

  test("is explained option by option", () => {
    const options = ["role", "cases", "exclude", "out", "suite", "testees", "write-docs", "help"];
    for (const option of options) expect(HELP).toContain(`  --${option} `);
    expect(HELP).toContain("Exit codes: 0 ");
  });
});
