import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, onTestFinished } from "vitest";
import { listen } from "../../src/conformance/conform.ts";
import { endCommands, startCommand } from "../cli/run-command.ts";
import { echoClient } from "../conformance/reference/reference-client.ts";

afterEach(endCommands);

// What onReport threw was an unhandled rejection, and what onResult threw another.
it.each(["onReport", "onResult"])(
  "conform --listen ends with the error of %s",
  async (callback) => {
    const full = new Error("no space left on device");
    const tests = await listen({
      port: 0,
      cases: ["1.1.1"],
      [callback]: () => {
        throw full;
      },
    });
    onTestFinished(() => tests.close().catch(() => {}));
    await echoClient(tests.port, "/runCase?case=1&agent=me");
    await echoClient(tests.port, "/updateReports?agent=me").catch(() => {});
    await expect(tests.closed).rejects.toBe(full);
    await expect(tests.close()).rejects.toBe(full);
  },
);

it("barewire conform --listen says why and exits with 2", async () => {
  const folder = await mkdtemp(join(tmpdir(), "barewire-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const out = join(folder, "reports");
  await writeFile(out, "a file where the folder should be");
  const command = startCommand(["conform", "--listen", "0", "--cases", "1.1.1", "--out", out]);
  const [, port] = await command.output("stdout", /waiting for clients at ws:\/\/\S+:(\d+)/);
  await echoClient(Number(port), "/updateReports?agent=me").catch(() => {});
  expect(await command.exit).toBe(2);
  expect(command.stderr).toMatch(/^barewire conform: \S+: .*reports/m);
  expect(command.stderr).not.toContain("    at ");
});
