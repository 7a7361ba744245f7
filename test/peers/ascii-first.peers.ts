import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const CHECK = fileURLToPath(new URL("python/ascii_first_check.py", import.meta.url));

it("the suite's validator gives the same verdicts with the short cut for ASCII", async () => {
  const { PYTHON: python = "python3" } = process.env;
  const env = { ...process.env, PYTHONDONTWRITEBYTECODE: "1" };
  const { stdout } = await run(python, [CHECK], { env });
  expect(Number(stdout)).toBeGreaterThan(5000);
});
