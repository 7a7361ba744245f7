import { execFile } from "node:child_process";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join, sep } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import { LIBRARY, OTHER_PACKAGES, type Package } from "../../.ci/build/packages.ts";
import { until } from "../served.ts";

const run = promisify(execFile);
const { project, tarballs } = inject("packed");

/** Limits of a package: bytes of the tarball, bytes unpacked, files. */
interface Limits {
  readonly packed: number;
  readonly unpacked: number;
  readonly files: number;
}

const LIMITS: Readonly<Record<string, Limits>> = {
  // The servers, the clients, the command line, and what stands in the place of `ws` and of the web's class. The
  // aim was 150,000 packed, 600,000 unpacked and 50 files; it had 219,097, 652,453 and 50 in November 2026, of which
  // presence, the adapter for crossws, JetStream and Redis Cluster are 18,000, 62,000 and 6. Another 40,000 and
  // 142,000 are declarations with their comments, which editors show. Crowds that break the protocol at once, and keep
  // nobody waiting, were worth 1,000 unpacked.
  barewire: { packed: 221_000, unpacked: 657_000, files: 50 },
  "barewire-conform": { packed: 150_000, unpacked: 600_000, files: 20 },
  "barewire-ws": { packed: 100_000, unpacked: 400_000, files: 20 },
};

const PACKAGES: readonly Package[] = [LIBRARY, ...OTHER_PACKAGES];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly types: string;
  readonly engines: object;
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Targets;
}

/** Files by condition, which may have conditions in it. */
interface Targets {
  readonly [condition: string]: string | Targets;
}

function pathsIn(targets: Targets): string[] {
  return Object.values(targets).flatMap((target) =>
    typeof target === "string" ? [target] : pathsIn(target),
  );
}

function folderOf(name: string): string {
  return join(project, "node_modules", name);
}

async function manifestOf(name: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folderOf(name), "package.json"), "utf8"));
}

/** The files of a package with their sizes, by their path in it. */
async function filesOf(name: string): Promise<Map<string, number>> {
  const folder = folderOf(name);
  const files = new Map<string, number>();
  for (const path of await readdir(folder, { recursive: true })) {
    const found = await stat(join(folder, path));
    if (found.isFile()) files.set(path.replaceAll(sep, "/"), found.size);
  }
  return files;
}

/** Runs an ECMAScript module in the project and gives what it prints. */
async function runModule(code: string): Promise<string> {
  await writeFile(join(project, "main.js"), code);
  const { stdout } = await run(process.execPath, ["main.js"], { cwd: project });
  return stdout;
}

describe.each(PACKAGES.map(({ name }) => name))("the tarball of %s", (name) => {
  it("depends on nothing and is for Node >= 20", async () => {
    const manifest = await manifestOf(name);
    expect(manifest.name).toBe(name);
    for (const kind of ["dependencies", "peerDependencies", "optionalDependencies"]) {
      expect(manifest, kind).not.toHaveProperty(kind);
    }
    expect(manifest.engines).toEqual({ node: ">=20" });
  });

  it("keeps to its limits", async () => {
    const files = await filesOf(name);
    const unpacked = [...files.values()].reduce((sum, size) => sum + size, 0);
    const packed = (await stat(tarballs[name]!)).size;
    console.log(`${name}: ${packed} bytes packed, ${unpacked} unpacked, ${files.size} files`);
    const limits = LIMITS[name]!;
    expect(packed).toBeLessThanOrEqual(limits.packed);
    expect(unpacked).toBeLessThanOrEqual(limits.unpacked);
    expect(files.size).toBeLessThanOrEqual(limits.files);
  });

  it("leads its exports and its commands to files that are there", async () => {
    const manifest = await manifestOf(name);
    const exported = pathsIn(manifest.exports);
    expect(exported.length).toBeGreaterThan(3);
    const files = await filesOf(name);
    for (const path of [...exported, ...Object.values(manifest.bin), manifest.types]) {
      expect(files.get(path.replace(/^\.\//, "")), path).toBeGreaterThan(0);
    }
  });

  it("has commands that begin as commands do", async () => {
    for (const path of Object.values((await manifestOf(name)).bin)) {
      const text = await readFile(join(folderOf(name), path), "utf8");
      expect(text).toMatch(/^#!\/usr\/bin\/env node\n/);
    }
  });

  it("has lines that fit a terminal: Node prints that of an error that nobody catches", async () => {
    for (const path of (await filesOf(name)).keys()) {
      if (!/\.[cm]js$/.test(path)) continue;
      const text = await readFile(join(folderOf(name), path), "utf8");
      const longest = Math.max(...text.split("\n").map(({ length }) => length));
      // The exceptions are data: WebAssembly, a page's script.
      expect(longest, path).toBeLessThan(5000);
      expect(text, path).not.toContain("sourceMappingURL");
    }
  });
});

describe("the tarball of barewire", () => {
  const COMMAND = join(folderOf("barewire"), "dist", "cli", "barewire.cjs");

  it("has the library, the page and the documents, and nothing else", async () => {
    const files = [...(await filesOf("barewire")).keys()];
    const top = new Set(files.map((path) => path.split("/")[0]));
    expect([...top].sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"].sort());
    expect(files.filter((path) => path.startsWith("dist/page/")).sort()).toEqual(
      ["app.js", "favicon.svg", "index.html", "style.css"].map((file) => `dist/page/${file}`),
    );
    const endings = files
      .filter((path) => path.startsWith("dist/") && !path.startsWith("dist/page/"))
      .map((p) => p.split(".").slice(1).join("."));
    expect([...new Set(endings)].sort()).toEqual(["cjs", "d.cts", "mjs"]);
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

  it("names the functions of the library in a stack trace", async () => {
    const printed = await runModule(`
      import { connect, Server } from "barewire";
      try {
        new Server({ nonsense: 1 });
      } catch ({ stack }) {
        console.log(stack);
      }
      await connect("nonsense").catch(({ stack }) => console.log(stack));
    `);
    for (const name of [
      "checkOptionNames",
      "serverSettings",
      "new Server",
      "parseUrl",
      "planClient",
    ]) {
      expect(printed).toMatch(new RegExp(`^ +at (?:async )?(?:Object\\.)?${name} `, "m"));
    }
  });

  it("exports at run time what the sources do, and hides the rest", async () => {
    const printed = await runModule(
      'import * as all from "barewire"; console.log(JSON.stringify(Object.keys(all)));',
    );
    const sources = Object.keys(await import("../../src/index.ts"));
    // Node adds these two to every CommonJS module; which of them goes by its version.
    const exported = (JSON.parse(printed) as string[]).filter(
      (name) => name !== "default" && name !== "module.exports",
    );
    expect(exported.sort()).toEqual(sources.sort());
    await expect(runModule('import "barewire/dist/index.cjs";')).rejects.toThrow(
      "ERR_PACKAGE_PATH_NOT_EXPORTED",
    );
  });

  it("has a command that tells its version", async () => {
    const { stdout } = await run(process.execPath, [COMMAND, "--version"]);
    expect(stdout.trim()).toBe((await manifestOf("barewire")).version);
  });

  it("has a command that serves the page", async () => {
    const server = execFile(process.execPath, [
      COMMAND,
      "serve",
      "--port",
      "0",
      "--host",
      "127.0.0.1",
    ]);
    try {
      let printed = "";
      server.stdout!.on("data", (part: string) => {
        printed += part;
      });
      await until(() => printed.includes("Echo: "));
      const page = /^Page: (.*)$/m.exec(printed)![1]!;
      const response = await fetch(page);
      expect(response.status).toBe(200);
      expect(await response.text()).toContain("<title>barewire");
    } finally {
      server.kill();
    }
  });
});
