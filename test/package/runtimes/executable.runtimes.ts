import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Server } from "../../../src/index.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const FOLDER = join(ROOT, "dist", "standalone");
const { project } = inject("packed");
const modules = inject("runtimes");

/** The newest Node.js that is installed: the first that can do it is 26. */
const NODE = readdirSync(modules)
  .filter((name) => name.startsWith("node-26."))
  .map((name) => join(modules, name, "bin", "node"))
  .filter(existsSync)
  .at(-1);

describe.skipIf(NODE === undefined)("barewire-conform as an executable", () => {
  let work: string;
  let server: Server;
  let url: string;

  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), "barewire-executable-"));
    const tsx = join(ROOT, "node_modules", "tsx", "dist", "cli.mjs");
    const build = join(ROOT, ".ci", "build", "standalone.ts");
    const args = [tsx, build, "--executable", "--node", NODE!];
    await run(process.execPath, args, { cwd: ROOT });
    const barewire = createRequire(join(project, "package.json"))("barewire");
    server = new (barewire as { Server: typeof Server }).Server({ compression: true });
    server.handle("/", { message: (ws, data) => void ws.send(data) });
    ({ url } = await server.listen({ host: "127.0.0.1", port: 0 }));
  });

  afterAll(async () => {
    await server.shutdown({ timeout: 1000 });
    await rm(work, { recursive: true, force: true });
  });

  it("tests a server where there is no Node.js", async () => {
    const program = join(FOLDER, `barewire-conform-${process.platform}-${process.arch}`);
    const options = { cwd: work, env: { PATH: "" } };
    const { stdout, stderr } = await run(program, ["--cases", "1.*,12.1.1", url], options);
    expect(stdout).toContain("17 cases, 0 failed");
    expect(stderr).not.toContain("Warning");
  });

  it("has Node's licences beside it", async () => {
    const text = await readFile(join(FOLDER, "NODE-LICENSE.txt"), "utf8");
    expect(text).toContain("OpenSSL");
  });
});
