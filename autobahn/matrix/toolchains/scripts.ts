/** Testees in languages that are not built, with packages of the system or of npm. */

import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { builtFolder, quoted, run, TESTEES, type Toolchain, versionLines } from "./toolchain.ts";

export const RUBY: Toolchain = {
  title: "Ruby: gems of the system",
  async build() {
    const names = ["websocket-driver", "em-websocket"];
    const script = names
      .map((name) => `puts "${name} #{Gem::Specification.find_by_name("${name}").version}"`)
      .join(";");
    const { stdout } = await run("ruby", ["-e", script]);
    return { places: { ruby: "ruby" }, versions: versionLines(stdout) };
  },
};

export const PERL: Toolchain = {
  title: "Perl: modules of the system",
  async build() {
    const { stdout } = await run("perl", ["-MMojolicious", "-e", "print Mojolicious->VERSION"]);
    return { places: { perl: "perl" }, versions: [["Mojolicious", stdout]] };
  },
};

export const JAVASCRIPT: Toolchain = {
  title: "JavaScript: packages from npm",
  async build() {
    const folder = builtFolder("javascript");
    const source = `${TESTEES}javascript/`;
    await mkdir(folder, { recursive: true });
    if (!(await isInstalled(folder, `${source}package-lock.json`))) {
      for (const file of ["package.json", "package-lock.json"]) {
        await copyFile(`${source}${file}`, `${folder}/${file}`);
      }
      await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: folder });
    }
    for (const file of ["client.mjs", "server_deno.mjs", "undici.mjs"]) {
      await copyFile(`${source}${file}`, `${folder}/${file}`);
    }
    const versions = ["deno", "undici"].map(async (name) => {
      const manifest = await readFile(`${folder}/node_modules/${name}/package.json`, "utf8");
      return [name, JSON.parse(manifest).version] as const;
    });
    return { places: { javascript: quoted(folder) }, versions: await Promise.all(versions) };
  },
};

/** Whether a folder has what a lock file says: npm writes a file of its own when it is done. */
async function isInstalled(folder: string, lock: string): Promise<boolean> {
  if (!existsSync(`${folder}/node_modules/.package-lock.json`)) return false;
  const [installed, wanted] = await Promise.all([
    readFile(`${folder}/package-lock.json`, "utf8"),
    readFile(lock, "utf8"),
  ]);
  return installed === wanted;
}
