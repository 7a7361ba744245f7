import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  type ReferenceServer,
  startReferenceServer,
} from "../conformance/reference/reference-server.ts";
import { endCommands, startCommand } from "./run-command.ts";

let server: ReferenceServer;
let folder: string;

beforeAll(async () => {
  server = await startReferenceServer({ pong: () => undefined });
  folder = await mkdtemp(join(tmpdir(), "barewire-"));
});

afterEach(endCommands);

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

describe("a reader that leaves", () => {
  it.each(["stdout", "stderr"] as const)(
    "of %s changes neither exit code nor reports",
    async (stream) => {
      const out = join(folder, stream);
      const command = startCommand(["conform", server.url, "--cases", "2.1", "--out", out]);
      command.child[stream].destroy();
      expect(await command.exit).toBe(1);
      expect(await readdir(out)).toContain("junit.xml");
    },
  );
});

it("servers of one name have reports of their own", async () => {
  const out = join(folder, "two");
  const urls = [server.url, `${server.url}second`];
  const args = ["--agent", "mine", "--cases", "1.1.1", "--out", out];
  const command = startCommand(["conform", ...urls, ...args]);
  expect(await command.exit).toBe(0);
  const index = JSON.parse(await readFile(join(out, "index.json"), "utf8"));
  expect(Object.keys(index)).toEqual(["mine", `mine ${urls[1]}`]);
  expect((await readdir(out)).filter((name) => name.includes("_case_1_1_1"))).toHaveLength(2);
});
