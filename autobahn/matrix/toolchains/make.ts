/** Testees in C and C++, with libraries of the system. */
import { builtFolder, quoted, run, TESTEES, type Toolchain, versionLines } from "./toolchain.ts";

function makefile(language: string, title: string): Toolchain {
  return {
    title,
    async build() {
      const cwd = `${TESTEES}${language}`;
      const folder = builtFolder(language);
      await run("make", [`OUT=${folder}`], { cwd });
      const { stdout } = await run("make", ["-s", "versions"], { cwd });
      return { places: { [language]: quoted(folder) }, versions: versionLines(stdout) };
    },
  };
}

export const C: Toolchain = makefile("c", "C: libraries of the system, and make");

export const CPP: Toolchain = makefile("cpp", "C++: libraries of the system, and make");
