import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");

/** What a project that uses the package is compiled with: as strict as it can be. */
const CONSUMER_CONFIG = {
  compilerOptions: {
    target: "es2022",
    lib: ["es2022", "esnext.disposable"],
    types: ["node"],
    module: "nodenext",
    moduleResolution: "nodenext",
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
    noEmit: true,
  },
};

let work: string;
/** A project with the tarball as its only dependency. */
let project: string;
/** The package in it. */
let installed: string;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "barewire-tarball-"));
  project = join(work, "project");
  installed = join(project, "node_modules", "barewire");
  await mkdir(installed, { recursive: true });
  // Packed from a copy: `npm pack` rebuilds dist/, which other tests may be using.
  const copy = join(work, "copy");
  await cp(ROOT, copy, { recursive: true, filter: (path) => belongsToCheckout(path) });
  await symlink(join(ROOT, "node_modules"), join(copy, "node_modules"), "junction");
  await npm(copy, "pack", "--pack-destination", work);
  const tarball = (await readdir(work)).find((name) => name.endsWith(".tgz"))!;
  // What an install without dependencies comes to, without asking a registry.
  await run("tar", ["-xzf", join(work, tarball), "-C", installed, "--strip-components=1"]);
  const types = join(project, "node_modules", "@types");
  await mkdir(types);
  await symlink(join(ROOT, "node_modules", "@types", "node"), join(types, "node"), "junction");
  await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
});

afterAll(() => rm(work, { recursive: true, force: true }));

const LEFT_OUT = [".git", "node_modules", "dist", "reports"];

function belongsToCheckout(path: string): boolean {
  return !LEFT_OUT.some((name) => path.startsWith(join(ROOT, name)));
}

function npm(cwd: string, ...args: string[]): Promise<unknown> {
  const env = { ...process.env, npm_config_offline: "true", npm_config_update_notifier: "false" };
  return run("npm", args, { cwd, env, shell: process.platform === "win32" });
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly types: string;
  readonly engines: object;
  readonly bin: { readonly barewire: string };
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
}

async function readManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
}

/** Runs an ECMAScript module in the project and gives what it prints. */
async function runModule(code: string): Promise<string> {
  await writeFile(join(project, "main.js"), code);
  const { stdout } = await run(process.execPath, ["main.js"], { cwd: project });
  return stdout;
}

describe("the packed tarball", () => {
  it("depends on nothing and is for Node >= 20", async () => {
    const manifest = await readManifest();
    expect(manifest.name).toBe("barewire");
    for (const kind of ["dependencies", "peerDependencies", "optionalDependencies"]) {
      expect(manifest, kind).not.toHaveProperty(kind);
    }
    expect(manifest.engines).toEqual({ node: ">=20" });
  });

  it("has the library, the page and the documents, and nothing else at the top", async () => {
    const top = await readdir(installed);
    expect(top.sort()).toEqual(
      [
        "CHANGELOG.md",
        "LICENSE",
        "README.md",
        "dist",
        "docs",
        "package.json",
        "public",
        "src",
      ].sort(),
    );
    // The README leads to it.
    expect(await readdir(join(installed, "docs"))).toContain("guide.md");
    expect(await readdir(join(installed, "public"))).toContain("index.html");
  });

  it("has JavaScript, declarations and maps for every module, and no tests", async () => {
    const list = async (folder: string) => {
      const paths = await readdir(join(installed, folder), { recursive: true });
      return paths.filter((path) => path.includes(".")).map((path) => path.replaceAll(sep, "/"));
    };
    const sources = (await list("src")).filter((path) => path.endsWith(".ts"));
    const modules = sources.map((path) => path.replace(/\.ts$/, ""));
    const wanted = modules.flatMap((name) =>
      [".js", ".js.map", ".d.ts", ".d.ts.map"].map((ending) => name + ending),
    );
    expect((await list("dist")).sort()).toEqual(wanted.sort());
    expect((await list(".")).filter((path) => /(^|\/)tests?\/|\.test\./.test(path))).toEqual([]);
  });

  it("leads its exports map and its bin to files that are there", async () => {
    const manifest = await readManifest();
    const exported = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    for (const path of [...exported, manifest.bin.barewire, manifest.types]) {
      await expect(readFile(join(installed, path), "utf8"), path).resolves.not.toBe("");
    }
  });

  it("is imported by plain Node, and speaks", async () => {
    const printed = await runModule(`
      import { connect, Server } from "barewire";
      const server = new Server();
      server.handle("/", { message: (ws, data) => ws.send(data) });
      const { url } = await server.listen({ host: "127.0.0.1", port: 0 });
      const ws = await connect(url);
      await ws.send("through the tarball");
      console.log(await ws.receive());
      console.log((await ws.close(1000)).code);
      await server.shutdown({ timeout: 1000 });
    `);
    expect(printed).toBe("through the tarball\n1000\n");
  });

  it("exports at run time what the sources do, and hides the rest", async () => {
    const printed = await runModule(
      'import * as all from "barewire"; console.log(JSON.stringify(Object.keys(all)));',
    );
    const sources = Object.keys(await import("../../src/index.ts"));
    expect(JSON.parse(printed)).toEqual(sources.sort());
    await expect(runModule('import "barewire/dist/errors.js";')).rejects.toThrow(
      "ERR_PACKAGE_PATH_NOT_EXPORTED",
    );
  });

  it("has types that hold, library declarations checked too", { timeout: 120_000 }, async () => {
    const consumer = await readFile(new URL("public-types.ts", import.meta.url), "utf8");
    const main = consumer.replace("../../src/index.ts", "barewire");
    expect(main).not.toBe(consumer);
    await writeFile(join(project, "main.ts"), main);
    await writeFile(
      join(project, "tsconfig.json"),
      JSON.stringify({ ...CONSUMER_CONFIG, files: ["main.ts"] }),
    );
    const compiled = run(process.execPath, [TSC, "-p", project]).catch(
      ({ stdout }: { stdout: string }) => ({ stdout }),
    );
    expect((await compiled).stdout).toBe("");
  });

  it("has a command that tells its version", async () => {
    const manifest = await readManifest();
    const bin = manifest.bin.barewire;
    const { stdout } = await run(process.execPath, [join(installed, bin), "--version"]);
    expect(stdout.trim()).toBe(manifest.version);
    expect(await readFile(join(installed, bin), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
  });
});
