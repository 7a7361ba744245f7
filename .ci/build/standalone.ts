/**
 * `npm run build:standalone`: `barewire-conform` without a package, in `dist/standalone/`.
 *
 * - `barewire-conform.mjs` and `wstest.mjs`, each one file that needs nothing but Node.js.
 * - With `--executable`, a program that needs nothing: Node.js 26 with that file in it, made by Node's own
 *   `--build-sea`. Bun's compiler was tried, too: its program was a quarter larger when compressed (51
 *   and 42 MB, Linux on x64), and contains WebKit's JavaScriptCore, whose LGPL asks of those who pass it
 *   on that it can be linked anew. Node's licences ask for their text, which is put beside the program.
 */

import { spawnSync } from "node:child_process";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { writeSingleFile } from "./bundles.ts";
import { ROOT } from "./sources.ts";

const PROGRAMS = {
  "barewire-conform": "src/cli/suite/barewire-conform.ts",
  wstest: "src/cli/suite/wstest.ts",
};
const FOLDER = join(ROOT, "dist", "standalone");

const { values } = parseArgs({
  options: {
    executable: { type: "boolean", default: false },
    // The Node.js that the program becomes.
    node: { type: "string", default: process.execPath },
  },
});

const { version } = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
await mkdir(FOLDER, { recursive: true });
for (const [name, program] of Object.entries(PROGRAMS)) {
  await writeSingleFile(program, version, "es", join(FOLDER, `${name}.mjs`));
  console.log(`made dist/standalone/${name}.mjs`);
}
if (values.executable) await makeExecutable(values.node);

async function makeExecutable(node: string): Promise<void> {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const name = `barewire-conform-${process.platform}-${process.arch}${suffix}`;
  const [main, base, output] = ["main.cjs", `base${suffix}`, name].map((file) =>
    join(FOLDER, file),
  );
  const config = join(FOLDER, "sea.json");
  await writeSingleFile(PROGRAMS["barewire-conform"], version, "cjs", main!);
  await copyFile(node, base!);
  // A fifth of a Linux binary is names for debuggers.
  if (process.platform === "linux") run("strip", [base!]);
  if (process.platform === "darwin") run("codesign", ["--remove-signature", base!]);
  const sea = { main, executable: base, output, disableExperimentalSEAWarning: true };
  await writeFile(config, JSON.stringify(sea));
  run(node, [`--build-sea=${config}`]);
  // macOS on Apple's processors runs nothing without a signature; this one names nobody.
  if (process.platform === "darwin") run("codesign", ["--sign", "-", output!]);
  await copyFile(await licenceOf(node), join(FOLDER, "NODE-LICENSE.txt"));
  for (const file of [main!, base!, config]) await rm(file);
  run(output!, ["--help"]);
  console.log(`made dist/standalone/${name}`);
}

/** Node's licences lie above `bin/`, on Windows beside the program. */
async function licenceOf(node: string): Promise<string> {
  for (const folder of [join(dirname(node), ".."), dirname(node)]) {
    const file = join(folder, "LICENSE");
    const text = await readFile(file, "utf8").catch(() => "");
    if (text.startsWith("Node.js is licensed")) return file;
  }
  throw new Error(`expected the LICENSE of Node.js beside ${node} or in the folder above`);
}

function run(program: string, args: readonly string[]): void {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status === 0) return;
  throw new Error(`${program} ${args.join(" ")} failed: ${error?.message ?? stdout + stderr}`);
}
