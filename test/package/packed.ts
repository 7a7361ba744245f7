/** What the tests of the package share: it is built, packed and unpacked once for all of them. */

import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** A package with compilers and programs that use the package, by its lock file. */
const CONSUMERS = join(ROOT, "test", "package", "consumers");

/** Where the packages are. */
export interface Packed {
  /** The tarballs, by the name of the package. */
  readonly tarballs: Readonly<Record<string, string>>;
  /** A folder whose `node_modules` has the packages, and `@types/node`, as a user's has. */
  readonly project: string;
  /** `node_modules` of the compilers and programs. */
  readonly consumers: string;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly packed: Packed;
  }
}

export default async function setup(tests: TestProject): Promise<() => Promise<void>> {
  run("npm", ["run", "--silent", "build"], ROOT);
  installConsumers();
  const work = await mkdtemp(join(tmpdir(), "barewire-package-"));
  const project = join(work, "project");
  const tarballs: Record<string, string> = {};
  const folders = [ROOT];
  const packages = join(ROOT, "dist", "packages");
  for (const name of readdirSync(packages)) folders.push(join(packages, name));
  for (const folder of folders) {
    const name = folder === ROOT ? "barewire" : folder.slice(packages.length + 1);
    const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", work];
    const [{ filename }] = JSON.parse(run("npm", args, folder)) as [{ filename: string }];
    tarballs[name] = join(work, filename);
    const installed = join(project, "node_modules", name);
    await mkdir(installed, { recursive: true });
    // What an install comes to where there are no dependencies, without asking a registry.
    run("tar", ["-xzf", tarballs[name], "-C", installed, "--strip-components=1"], work);
  }
  const types = join(project, "node_modules", "@types");
  await mkdir(types);
  await symlink(join(ROOT, "node_modules", "@types", "node"), join(types, "node"), "junction");
  await writeFile(join(project, "package.json"), JSON.stringify({ type: "module" }));
  tests.provide("packed", { tarballs, project, consumers: join(CONSUMERS, "node_modules") });
  return () => rm(work, { recursive: true, force: true });
}

function installConsumers(): void {
  const installed = join(CONSUMERS, "node_modules", ".package-lock.json");
  const wanted = join(CONSUMERS, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  console.log("installing what uses the package: npm ci in test/package/consumers/ (450 MB, once)");
  // No install script runs: the packages contain their binaries.
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], CONSUMERS);
}

function run(program: string, args: readonly string[], cwd: string): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")} failed: ${error?.message ?? stdout + stderr}`);
}
