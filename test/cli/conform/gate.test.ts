/** `--expect` and `--write-expect`, and what they make of the exit code. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  type ReferenceServer,
  startReferenceServer,
} from "../../conformance/reference/reference-server.ts";
import { endCommands, runCommand } from "../run-command.ts";

let server: ReferenceServer;
let folder: string;
let file: string;

beforeAll(async () => {
  server = await startReferenceServer();
  folder = await mkdtemp(join(tmpdir(), "barewire-gate-"));
  file = join(folder, "expect.json");
});
afterEach(endCommands);
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const run = (...more: string[]) =>
  runCommand(["conform", server.url, "--cases", "1.1.1,2.1,6.4.1", "--out", folder, ...more]);

const surprises = async () => JSON.parse(await readFile(join(folder, "surprises.json"), "utf8"));

describe("the gate", () => {
  it("takes down what a server gets wrong, and passes as long as that stays so", async () => {
    server.faults = { pong: () => undefined, utf8: "late" };
    const written = await run("--write-expect", file);
    expect(written.stdout).toContain(`2 expectations in ${file}`);
    expect(written.code).toBe(0);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual([
      { case: "2.1", verdict: "FAILED / OK", why: expect.stringContaining("expected: a Pong") },
      { case: "6.4.1", verdict: "NON-STRICT / OK", why: expect.any(String) },
    ]);
    const again = await run("--expect", file);
    expect(again.stdout).toContain("all as expected");
    expect(again.code).toBe(0);
    expect(await surprises()).toEqual([]);
  });

  it("fails with what is worse", async () => {
    server.faults = { pong: () => undefined, utf8: "never" };
    const { code, stdout } = await run("--expect", file);
    expect(stdout).toMatch(/^worse {2} +6\.4\.1 +FAILED \/ \w+, expected NON-STRICT \/ OK$/m);
    expect(stdout).toContain("1 worse than expected, 0 better\n");
    expect(code).toBe(1);
    expect(await surprises()).toMatchObject([{ id: "6.4.1", worse: true }]);
  });

  it("fails with what is better, unless that is allowed", async () => {
    server.faults = { utf8: "late" };
    const { code, stdout } = await run("--expect", file);
    expect(stdout).toMatch(/^better {2}2\.1 +OK \/ OK, expected FAILED \/ OK$/m);
    expect(stdout).toContain("0 worse than expected, 1 better (--write-expect takes them in");
    expect(code).toBe(1);
    expect((await run("--expect", file, "--allow-better")).code).toBe(0);
  });

  it("of files that are wrong, or options that have no use, says so before a case is run", async () => {
    const wrong = join(folder, "wrong.json");
    await writeFile(wrong, "{}");
    const refused = await run("--expect", wrong);
    expect(refused.stderr).toContain(`${wrong}: expected a list of expectations`);
    expect(refused.code).toBe(2);
    const useless = await run("--allow-better");
    expect(useless.stderr).toContain("--allow-better is of use with --expect FILE only");
    expect(useless.code).toBe(2);
  });
});
