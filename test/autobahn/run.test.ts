import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "barewire-autobahn-"));
afterAll(() => rmSync(FOLDER, { recursive: true }));

function run(...args: string[]) {
  return spawnSync(process.execPath, ["--import", "tsx", "autobahn/run.ts", ...args], {
    cwd: PROJECT,
    encoding: "utf8",
    // Neither Docker nor wstest nor Python is to be found.
    env: { PATH: FOLDER, AUTOBAHN_PYTHON: join(FOLDER, "python") },
  });
}

describe("npm run autobahn", () => {
  test("explains itself with exit code 0", () => {
    const { status, stdout } = run("--help");
    expect(stdout).toMatch(/^Usage: npm run autobahn/);
    expect(status).toBe(0);
  });

  test("ends with 2 and the usage on a wrong option", () => {
    const { status, stderr } = run("--cases", "8.*");
    expect(stderr).toMatch(/^no case matches "8\.\*".*\n\nUsage: /);
    expect(status).toBe(2);
  });

  test("ends with 2 and all that was tried where there is no suite", () => {
    const { status, stderr } = run("--cases", "1.1.1", "--out", FOLDER);
    expect(stderr).toContain("docker: no Docker engine answers");
    expect(stderr).toContain("path: no wstest on the PATH");
    expect(stderr).toContain("which does not run as Python 2.7");
    expect(stderr).not.toContain("    at ");
    expect(status).toBe(2);
  });

  test("ends with 2 when there are no reports to make a table from", async () => {
    const { status, stderr } = run("--write-docs", "--out", FOLDER);
    expect(stderr).toMatch(/^there are no reports of a run as (server|client) in /);
    expect(status).toBe(2);
    await mkdir(join(FOLDER, "server"));
    writeFileSync(join(FOLDER, "server", "run.json"), "{}");
    expect(run("--write-docs", "--out", FOLDER).status).toBe(2);
  });
});
