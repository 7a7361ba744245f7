import { execFile } from "node:child_process";
import {
  copyFile,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse } from "yaml";
import type { Server } from "../../src/index.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const { project } = inject("packed");

/** A folder with nothing but the file. */
let folder: string;
let program: string;
let server: Server;
let url: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "barewire-standalone-"));
  program = join(folder, "barewire-conform.mjs");
  await buildStandalone(ROOT);
  await copyFile(join(ROOT, "dist", "standalone", "barewire-conform.mjs"), program);
  const barewire = createRequire(join(project, "package.json"))("barewire");
  server = new (barewire as { Server: typeof Server }).Server({ compression: true });
  server.handle("/", { message: (ws, data) => void ws.send(data) });
  ({ url } = await server.listen({ host: "127.0.0.1", port: 0 }));
});

afterAll(async () => {
  await server.shutdown({ timeout: 1000 });
  await rm(folder, { recursive: true, force: true });
});

async function buildStandalone(cwd: string): Promise<void> {
  const tsx = join(ROOT, "node_modules", "tsx", "dist", "cli.mjs");
  await run(process.execPath, [tsx, join(cwd, ".ci", "build", "standalone.ts")], { cwd });
}

describe("barewire-conform.mjs", () => {
  it("tests a server, alone in its folder", async () => {
    const args = [program, "--cases", "1.*,5.*,12.1.1", url];
    const { stdout } = await run(process.execPath, args, { cwd: folder });
    expect(stdout).toContain("37 cases, 0 failed; reports in reports");
    expect((await stat(join(folder, "reports", "index.html"))).size).toBeGreaterThan(1000);
  });

  it("is below 1 MB", async () => {
    expect((await stat(program)).size).toBeLessThan(1_000_000);
  });
});

describe("the action for GitHub", () => {
  it("runs the suite as its inputs say", async () => {
    const action = parse(await readFile(join(ROOT, "action.yml"), "utf8"));
    const [step] = action.runs.steps;
    const out = join(folder, "of the action");
    const expectations = join(folder, "expect.json");
    await writeFile(expectations, "[]");
    const inputs: Record<string, string> = {
      url,
      expect: expectations,
      cases: "1.1.1,2.1",
      out,
      arguments: "--agent\nmy server\n",
      program,
    };
    const filledIn = (text: string): string =>
      text
        .replace(/\$\{\{ github\.action_path \}\}/, ROOT)
        .replaceAll(/\$\{\{ inputs\.(\w+) \}\}/g, (_, name: string) => {
          expect(Object.keys(action.inputs)).toContain(name);
          return inputs[name] ?? action.inputs[name].default;
        });
    const env = Object.fromEntries(
      Object.entries(step.env as Record<string, string>).map(([name, text]) => [
        name,
        filledIn(text),
      ]),
    );
    const { stdout } = await run("bash", ["-e", "-o", "pipefail", "-c", step.run], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    expect(stdout).toContain("my server");
    expect(stdout).toContain("2 cases, 0 failed");
    expect(stdout).toContain("all as expected");
    expect(filledIn(action.outputs.reports.value)).toBe(out);
  });
});

// Docker's engine is not at hand where these tests run. So this does by hand what it would: the context
// that .dockerignore leaves, the commands of the last stage in a folder that stands for its root.
describe.skipIf(process.platform === "win32")("the Dockerfile", () => {
  let context: string;
  let image: string;
  let steps: readonly (readonly [string, string])[];

  beforeAll(async () => {
    context = join(folder, "context");
    image = join(folder, "image");
    const ignored = (await readFile(join(ROOT, ".dockerignore"), "utf8")).trim().split("\n");
    expect(ignored[0]).toBe("*");
    for (const line of ignored.slice(1)) {
      const path = line.replace(/^!/, "");
      await cp(join(ROOT, path), join(context, path), { recursive: true });
    }
    const text = (await readFile(join(ROOT, "Dockerfile"), "utf8")).replaceAll("\\\n", "");
    const lines = text.split("\n").filter((line) => /^[A-Z]+ /.test(line));
    steps = lines.map(
      (line) => [line.split(" ", 1)[0]!, line.slice(line.indexOf(" ") + 1)] as const,
    );
    await symlink(join(ROOT, "node_modules"), join(context, "node_modules"), "junction");
    await buildStandalone(context);
    await mkdir(join(image, "usr", "local", "bin"), { recursive: true });
    for (const [command, rest] of steps) {
      const [, from, to] = /^--from=build \/barewire\/(\S+) (\S+)$/.exec(rest) ?? [];
      if (command === "COPY" && from !== undefined && to !== undefined) {
        await mkdir(join(image, to), { recursive: true });
        await copyFile(join(context, from), join(image, to, from.split("/").at(-1)!));
      }
      if (command === "RUN" && !rest.startsWith("npm")) {
        await run("bash", ["-e", "-c", rest.replaceAll(/ (?=\/)/g, ` ${image}`)]);
      }
    }
  });

  it("makes an image whose wstest reads Autobahn's files and writes where it is told", async () => {
    const spec = join(image, "config", "fuzzingclient.json");
    const servers = [{ url, agent: "mine" }];
    await writeFile(
      spec,
      JSON.stringify({ outdir: "./reports/servers", servers, cases: ["1.1.*"] }),
    );
    const bin = join(image, "usr", "local", "bin");
    const env = { ...process.env, PATH: `${bin}${delimiter}${dirname(process.execPath)}` };
    const [, entry] = steps.find(([command]) => command === "ENTRYPOINT")!;
    const [name] = JSON.parse(entry) as [string];
    const args = ["wstest", "--mode", "fuzzingclient", "--spec", spec];
    const { stdout } = await run(name, args, { cwd: image, env });
    expect(stdout).toContain("8 cases, 0 failed");
    const reports = join(image, "reports", "servers", "index.json");
    expect(Object.keys(JSON.parse(await readFile(reports, "utf8")))).toEqual(["mine"]);
    const { stdout: help } = await run("barewire-conform", ["--help"], { cwd: image, env });
    expect(help).toContain("--spec");
  });

  it("tells of a mode that is not there", async () => {
    const wstest = join(image, "usr", "local", "bin", "wstest");
    await expect(run(wstest, ["-m", "echoserver"])).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("expected fuzzingclient or fuzzingserver, got echoserver"),
    });
  });
});
