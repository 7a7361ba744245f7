/** Builds and packs the packages, and installs them where tests use them as anybody would. */

import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LIBRARY, OTHER_PACKAGES } from "../../.ci/build/packages.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** What {@link packAll} has made. */
export interface Packed {
  /** The files that would be published, by the name of the package. */
  readonly tarballs: Readonly<Record<string, string>>;
  /** A folder whose `node_modules` has the packages, and `@types/node`. */
  readonly project: string;
}

/** Builds and packs all packages. @returns what came of it, and what removes that again */
export async function packAll(): Promise<{ packed: Packed; remove: () => Promise<void> }> {
  run("npm", ["run", "--silent", "build"], ROOT);
  const work = await mkdtemp(join(tmpdir(), "barewire-package-"));
  const project = join(work, "project");
  const tarballs: Record<string, string> = {};
  for (const { name } of [LIBRARY, ...OTHER_PACKAGES]) {
    const folder = name === LIBRARY.name ? ROOT : join(ROOT, "dist", "packages", name);
    const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", work];
    const [{ filename }] = JSON.parse(run("npm", args, folder)) as [{ filename: string }];
    tarballs[name] = join(work, filename);
    const installed = join(project, "node_modules", name);
    await mkdir(installed, { recursive: true });
    // What an install comes to where there are no dependencies, without asking a registry.
    run("tar", ["-xzf", filename, "-C", installed, "--strip-components=1"], work);
  }
  const types = join(project, "node_modules", "@types");
  await mkdir(types);
  await symlink(join(ROOT, "node_modules", "@types", "node"), join(types, "node"), "junction");
  // Deno looks a package up here, the others do not.
  const manifest = { type: "module", dependencies: { barewire: "*" } };
  await writeFile(join(project, "package.json"), JSON.stringify(manifest));
  return {
    packed: { tarballs, project },
    remove: () => rm(work, { recursive: true, force: true }),
  };
}

/**
 * Installs what a folder's lock file names, unless that is done.
 *
 * @returns its `node_modules`
 */
export function installIn(folder: string, what: string): string {
  const modules = join(folder, "node_modules");
  const installed = join(modules, ".package-lock.json");
  const wanted = join(folder, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) {
    return modules;
  }
  console.log(`installing ${what}: npm ci in ${folder} (once)`);
  // No install script runs: the packages contain their binaries.
  run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder);
  return modules;
}

function run(program: string, args: readonly string[], cwd: string): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    // npm is a script of the shell there.
    shell: program === "npm" && process.platform === "win32",
  });
  if (status === 0) return stdout;
  throw new Error(`${program} ${args.join(" ")} failed: ${error?.message ?? stdout + stderr}`);
}
