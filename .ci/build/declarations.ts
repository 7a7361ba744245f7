/** Declarations of the packages: what is public, rolled up. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import { fileName, type Package } from "./packages.ts";
import { ROOT } from "./sources.ts";

/**
 * Writes `NAME.d.cts` into `folder` for each entry. Entries share the declaration of a class, or
 * objects of the one could not be given to functions of the other.
 */
export async function writeDeclarations(of: Package, folder: string): Promise<void> {
  const build = await rollup({
    input: Object.fromEntries(
      of.entries.map((entry) => [fileName(entry), join(ROOT, entry.source)]),
    ),
    external: /^node:/,
    plugins: [dts({ tsconfig: join(ROOT, "tsconfig.build.json") })],
    onwarn: (warning) => {
      throw new Error(`${warning.code}: ${warning.message}`);
    },
  });
  const { output } = await build.write({
    dir: folder,
    format: "es",
    entryFileNames: "[name].d.cts",
    chunkFileNames: "types-[name].d.cts",
  });
  await build.close();
  for (const { fileName: name } of output) {
    const file = join(folder, name);
    await writeFile(file, tidied(await readFile(file, "utf8")));
  }
}

/** Without the comments that head a source file, which belong to no declaration; two spaces for four. */
function tidied(declarations: string): string {
  return declarations
    .replaceAll(/^\/\*\*(?:(?!\*\/).)*\*\/\n\n/gms, "")
    .replaceAll(/^(?: {4})+/gm, (indent) => indent.slice(indent.length / 2));
}
