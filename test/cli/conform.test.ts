import { mkdtemp, readdir, rm } from "node:fs/promises";
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
