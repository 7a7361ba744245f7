/** Testees in Python, with packages from PyPI. */
import { readFile } from "node:fs/promises";
import { pythonWithPackages } from "../../../test/peers/python-environment.ts";
import { quoted, TESTEES, type Toolchain, versionLines } from "./toolchain.ts";

export const PYTHON: Toolchain = {
  title: "Python: packages from PyPI",
  async build() {
    const requirements = `${TESTEES}python/requirements.txt`;
    const packages = { name: "matrix-python", requirements, module: "aiohttp" };
    const lines = await readFile(requirements, "utf8");
    return {
      places: { python: quoted(await pythonWithPackages(packages)) },
      versions: versionLines(lines.replaceAll("==", " ")),
    };
  },
};
