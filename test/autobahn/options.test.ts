import { describe, expect, test } from "vitest";
import { ALL_CASES } from "../../autobahn/cases.ts";
import { PEER_NAMES } from "../../autobahn/compare/peers.ts";
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

  test("compares suites", () => {
    expect(parseOptions([]).compare).toBe(undefined);
    const plain = parseOptions(["--compare"]);
    expect(plain.out).toBe("reports/compare");
    expect(plain.compare).toEqual({
      peers: PEER_NAMES,
      jobs: 1,
      repeat: 3,
      reuse: false,
      full: false,
    });
    const args = "--compare --peers bun,ws --jobs 2 --repeat 0 --reuse --full --out x".split(" ");
    const given = parseOptions(args);
    expect(given.out).toBe("x");
    expect(given.compare).toEqual({
      peers: ["ws", "bun"],
      jobs: 2,
      repeat: 0,
      reuse: true,
      full: true,
    });
    expect(parseOptions(["--compare", "--peers", "ws,all"]).compare?.peers).toEqual(PEER_NAMES);
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
    [["--peers", "ws"], "--peers goes with --compare"],
    [["--reuse"], "--reuse goes with --compare"],
    [["--compare", "--peers", "nobody"], '"nobody" is none of the peers all, barewire, ws'],
    [["--compare", "--jobs", "0"], "--jobs must be a whole number from 1"],
    [["--compare", "--repeat", "-1"], "--repeat"],
    [["--compare", "--testees", "y"], "--compare has testees of its own"],
    [["1.*"], "1.*"],
    [["--out"], "--out"],
  ])("refuses %j", (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError);
    expect(() => parseOptions(args)).toThrow(message);
  });

  test("is explained option by option", () => {
    const options = ["role", "cases", "exclude", "out", "suite", "testees", "write-docs", "help"];
    options.push("compare", "peers", "jobs", "repeat", "reuse", "full");
    for (const option of options) expect(HELP).toContain(`  --${option} `);
    expect(HELP).toContain("Exit codes: 0 ");
  });
});
