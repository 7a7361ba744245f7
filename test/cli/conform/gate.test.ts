/** `--expect` and `--write-expect`, and what they make of the exit code. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { runCommand } from "../run-command.ts";
import { testedServer } from "./tested-server.ts";

const tested = testedServer();

let file: string;

beforeAll(() => {
  file = join(tested.folder, "expect.json");
});

const run = (...more: string[]) =>
  runCommand([
    "conform",
    tested.server.url,
    "--cases",
    "1.1.1,2.1,6.4.1",
    "--out",
    tested.folder,
    ...more,
  ]);

const surprises = async () =>
  JSON.parse(await readFile(join(tested.folder, "surprises.json"), "utf8"));

describe("the gate", () => {
  it("takes down what a server gets wrong, and passes as long as that stays so", async () => {
    tested.server.faults = { pong: () => undefined, utf8: "late" };
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
    tested.server.faults = { pong: () => undefined, utf8: "never" };
    const { code, stdout } = await run("--expect", file);
    expect(stdout).toMatch(/^worse {2} +6\.4\.1 +FAILED \/ \w+, expected NON-STRICT \/ OK$/m);
    expect(stdout).toContain("1 worse than expected, 0 better\n");
    expect(code).toBe(1);
    expect(await surprises()).toMatchObject([{ id: "6.4.1", worse: true }]);
  });

  it("fails with what is better, unless that is allowed", async () => {
    tested.server.faults = { utf8: "late" };
    const { code, stdout } = await run("--expect", file);
    expect(stdout).toMatch(/^better {2}2\.1 +OK \/ OK, expected FAILED \/ OK$/m);
    expect(stdout).toContain("0 worse than expected, 1 better (--write-expect takes them in");
    expect(code).toBe(1);
    expect((await run("--expect", file, "--allow-better")).code).toBe(0);
  });

  it("of files that are wrong, or options that have no use, says so before a case is run", async () => {
    const wrong = join(tested.folder, "wrong.json");
    await writeFile(wrong, "{}");
    const refused = await run("--expect", wrong);
    expect(refused.stderr).toContain(`${wrong}: expected a list of expectations`);
    expect(refused.code).toBe(2);
    const useless = await run("--allow-better");
    expect(useless.stderr).toContain("--allow-better is of use with --expect FILE only");
    expect(useless.code).toBe(2);
  });
});
