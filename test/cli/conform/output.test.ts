/** What `barewire conform` prints, and where. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConformArguments } from "../../../src/cli/conform/options.ts";
import { version } from "../../../src/cli/version.ts";
import { runCommand } from "../run-command.ts";
import { testedServer } from "./tested-server.ts";

const tested = testedServer({ pong: () => undefined });

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(
    [
      "conform",
      tested.server.url,
      "--cases",
      "1.1.1,2.1",
      "--out",
      tested.folder,
      "--agent",
      "mine",
      ...args,
    ],
    "",
    env,
  );

describe("a run", () => {
  it("has the reason for each failure on the console, and adds a summary for GitHub", async () => {
    const summary = join(tested.folder, "summary.md");
    const { code, stdout } = await run([], { GITHUB_STEP_SUMMARY: summary });
    expect(stdout).toMatch(/^2\.1 +FAILED \/ OK: Got Close 1000; expected: a Pong comes back/m);
    expect(code).toBe(1);
    expect(await readFile(summary, "utf8")).toContain("2 cases, 1 failed");
  });

  it.each([
    ["tap", /^TAP version 14\n1\.\.2\nok 1/],
    ["junit", /^<\?xml /],
    ["sarif", /^\{\n {2}"\$schema"/],
    ["markdown", /^# WebSocket conformance\n/],
  ])("with --format %s prints nothing else on stdout", async (format, begin) => {
    const { stderr, stdout } = await run(["--format", format]);
    expect(stdout).toMatch(begin);
    expect(stdout).not.toContain("barewire-conform: ");
    expect(stderr).toContain(`mine: ${tested.server.url}`);
  });

  it("tells other forms apart from none", async () => {
    const { code, stderr } = await run(["--format", "pdf"]);
    expect(stderr).toContain(
      "--format: expected one of console, json, junit, sarif, markdown, tap",
    );
    expect(code).toBe(2);
  });
});

describe("the options in reports", () => {
  it("are those that were given, without secrets", async () => {
    const fields = ["--header", "Authorization: Bearer abcdef", "--header", "X-Shown: 1"];
    const plan = await parseConformArguments(["ws://h", "--strict", "--jobs", "3", ...fields]);
    expect(plan).toMatchObject({
      given: ["--strict", "--jobs 3", "--header Authorization: ***", "--header X-Shown: 1"],
    });
  });

  it("have no secrets of a URL", async () => {
    const url = `${tested.server.url}?token=verysecret&room=1`;
    const args = ["--cases", "1.1.1", "--out", tested.folder, "--format", "json"];
    const { stdout } = await runCommand(["conform", url, ...args]);
    expect(JSON.parse(stdout).testees[0].url).toBe(`${tested.server.url}?token=***&room=1`);
  });
});

describe("without a run", () => {
  const lines = async (...args: string[]) =>
    (await runCommand(["conform", "--list", ...args])).stdout.trim().split("\n");

  it("--list shows cases with the strength and the place of their rules", async () => {
    expect(await lines("--cases", "20.9.1,21.1.1,26.1.1")).toEqual([
      expect.stringMatching(/^20\.9\.1 {3}robustness RFC 6455 .+10\.4: A field of 1 MiB\.$/),
      expect.stringMatching(/^21\.1\.1 +MUST +RFC 6455 .+4\.1/),
      expect.stringMatching(/^26\.1\.1 +MUST +RFC \d+/),
      "3 cases",
    ]);
  });

  it("--list shows those for servers with a URL, for clients with --listen", async () => {
    const both = ["--cases", "20.9.1,21.1.1"];
    expect(await lines(...both, "ws://h")).toHaveLength(2);
    expect((await lines(...both, "--listen", "0"))[0]).toMatch(/^21\.1\.1/);
  });

  it("--version shows it, and --json asks for --list", async () => {
    const { stdout } = await runCommand(["conform", "--version"]);
    expect(stdout).toBe(`barewire-conform ${version()}\n`);
    const { code, stderr } = await runCommand(["conform", "ws://h", "--json"]);
    expect(stderr).toContain("--json goes with --list; a run has --format json");
    expect(code).toBe(2);
  });
});
