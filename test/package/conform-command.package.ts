import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server as HttpServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { Server } from "../../src/index.ts";

const { project, tarballs } = inject("packed");
const modules = join(project, "node_modules");

/** A folder that has the package `barewire`, and not the suite. */
let alone: string;
let server: Server;
let url: string;

beforeAll(async () => {
  alone = await mkdtemp(join(tmpdir(), "barewire-alone-"));
  await cp(join(modules, "barewire"), join(alone, "node_modules", "barewire"), { recursive: true });
  const barewire = createRequire(join(project, "package.json"))("barewire");
  server = new (barewire as { Server: typeof Server }).Server();
  server.handle("/", { message: (ws, data) => void ws.send(data) });
  ({ url } = await server.listen({ host: "127.0.0.1", port: 0 }));
});

afterAll(async () => {
  await server.shutdown({ timeout: 1000 });
  await rm(alone, { recursive: true, force: true });
});

interface Outcome {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `barewire conform` of the package that is installed in a folder. */
function conform(args: readonly string[], cwd: string, env: object = {}): Promise<Outcome> {
  const command = join(cwd, "node_modules", "barewire", "dist", "cli", "barewire.cjs");
  const options = { cwd, env: { ...process.env, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [command, "conform", ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    }).stdin!.end();
  });
}

/** A registry of npm that has one package. */
async function registryOf(name: string): Promise<HttpServer> {
  const tarball = await readFile(tarballs[name]!);
  const manifest = JSON.parse(await readFile(join(modules, name, "package.json"), "utf8"));
  const integrity = `sha512-${createHash("sha512").update(tarball).digest("base64")}`;
  const registry = createServer(({ url: path, headers }, response) => {
    const dist = { tarball: `http://${headers.host}/tarball.tgz`, integrity };
    const versions = { [manifest.version]: { ...manifest, dist } };
    const latest = manifest.version;
    if (path === "/tarball.tgz") response.end(tarball);
    else if (path === `/${name}`) {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ name, "dist-tags": { latest }, versions }));
    } else response.writeHead(404).end();
  });
  registry.listen(0, "127.0.0.1");
  await once(registry, "listening");
  return registry;
}

describe("barewire conform in the package", () => {
  it("runs the package barewire-conform where it is installed", async () => {
    const args = ["--cases", "1.1.1,1.2.1", "--out", join(alone, "reports"), url];
    const { code, stdout, stderr } = await conform(args, project);
    expect(stdout).toContain("2 cases, 0 failed");
    expect(stderr).not.toContain("npx");
    expect(code).toBe(0);
    const wrong = await conform(["--nonsense"], project);
    expect(wrong.stderr).toContain("--nonsense");
    expect(wrong.code).toBe(2);
  });

  it("else has npx fetch it, and says so", async () => {
    const registry = await registryOf("barewire-conform");
    const env = {
      npm_config_registry: `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`,
      npm_config_cache: join(alone, "cache"),
      npm_config_update_notifier: "false",
      // npx asks at a terminal, and goes by this elsewhere.
      npm_config_yes: "true",
    };
    try {
      const args = ["--cases", "1.1.1,1.2.1", "--out", join(alone, "reports"), url];
      const { code, stdout, stderr } = await conform(args, alone, env);
      expect(stdout).toContain("2 cases, 0 failed");
      expect(stderr).toContain("npm install --save-dev barewire-conform");
      expect(code).toBe(0);
    } finally {
      registry.close();
      registry.closeAllConnections();
    }
  });

  // On Windows npx lies beside Node, so it is always there.
  it.skipIf(process.platform === "win32")("is exit code 2 where there is neither", async () => {
    // No PATH, so no npx.
    const { code, stderr } = await conform([url], alone, { PATH: "", Path: "" });
    expect(stderr).toMatch(/install barewire-conform@\d+\.\d+\.\d+ and try again/);
    expect(code).toBe(2);
  });
});
