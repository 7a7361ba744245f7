/** Testees in Go, with modules. */
import { mkdir, readdir } from "node:fs/promises";
import { builtFolder, quoted, run, TESTEES, type Toolchain, versionLines } from "./toolchain.ts";

export const GO: Toolchain = {
  title: "Go: modules, and go build",
  async build() {
    const cwd = `${TESTEES}go`;
    const folder = builtFolder("go");
    await mkdir(folder, { recursive: true });
    for (const role of ["server", "client"]) {
      for (const name of await readdir(`${cwd}/${role}`)) {
        const program = `${folder}/${role}-${name}`;
        await run("go", ["build", "-o", program, `./${role}/${name}`], { cwd });
      }
    }
    const { stdout } = await run("go", ["list", "-m", "all"], { cwd });
    const versions = versionLines(stdout).map(
      ([name, version = ""]) => [name, version.replace(/^v/, "")] as const,
    );
    return { places: { go: quoted(folder) }, versions };
  },
};
