/** Declarations of the packages: what is public, rolled up. */

import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { rollup } from "rollup";
import { dts } from "rollup-plugin-dts";
import { fileName, type Package } from "./packages.ts";
import { ROOT } from "./sources.ts";

/**
 * Writes `NAME.d.cts` into `folder` for each entry. Entries share the declaration of a class, or
 * objects of the one could not be given to functions of the other.
 *
 * @param exported what can be imported at run time, by the name of the entry
 */
export async function writeDeclarations(
  of: Package,
  exported: ReadonlyMap<string, readonly string[]>,
  folder: string,
): Promise<void> {
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
  for (const { fileName: file, name } of output.filter((chunk) => chunk.type === "chunk")) {
    const path = join(folder, file);
    const text = tidied(await readFile(path, "utf8"));
    const values = exported.get(name);
    const right = values === undefined ? text : withTypesAlone(text, values);
    const entry = of.entries.find((candidate) => fileName(candidate) === name);
    if (entry?.requireGivesDefault) {
      const other = `types-of-${basename(name)}`;
      // An import alias cannot have what was exported as a type, though it takes types.
      const plain = right.replaceAll(/^export type \{/gm, "export {");
      await writeFile(join(dirname(path), `${other}.d.cts`), plain);
      await writeFile(path, withDefaultAsModule(plain, other));
    } else {
      await writeFile(path, right);
    }
  }
}

/**
 * Declarations for a module that is its default export, a class, with all others as properties of that.
 *
 * @param declarations those of an ES module, which are in the file `other`
 */
function withDefaultAsModule(declarations: string, other: string): string {
  const lists = declarations.matchAll(/^export \{ (.*) \};$/gm);
  const items = [...lists].flatMap(([, list = ""]) => list.split(", "));
  const names = items.map((item) => item.split(" as ").at(-1)!);
  const [name] = items.find((item) => item.endsWith(" as default"))!.split(" as ");
  return [
    `import exported = require("./${other}.cjs");`,
    `declare class ${name} extends exported.default {}`,
    `declare namespace ${name} {`,
    ...names
      .filter((exported) => exported !== "default")
      .map((exported) => `  export import ${exported} = exported.${exported};`),
    "}",
    `export = ${name};`,
    "",
  ].join("\n");
}

/** Without the comments that head a source file, which belong to no declaration; one space for four. */
function tidied(declarations: string): string {
  return declarations
    .replaceAll(/^\/\*\*(?:(?!\*\/).)*\*\/\n\n/gms, "")
    .replaceAll(/^(?: {4})+/gm, (indent) => " ".repeat(indent.length / 4));
}

/** Classes of which only the type is exported are no values, whatever the plugin makes of them. */
function withTypesAlone(declarations: string, values: readonly string[]): string {
  return declarations.replaceAll(
    /^export \{ (.*) \}( from '.*')?;$/gm,
    (_, list: string, from = "") => {
      const items = list.split(", ");
      const isValue = (item: string): boolean => values.includes(item.split(" as ").at(-1)!);
      const types = items.filter((item) => !isValue(item));
      const exports = [`export { ${items.filter(isValue).join(", ")} }${from};`];
      if (types.length > 0) exports.push(`export type { ${types.join(", ")} }${from};`);
      return exports.join("\n");
    },
  );
}
