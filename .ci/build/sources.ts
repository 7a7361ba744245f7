/** How the bundlers read src/: types and comments are taken off, some modules are replaced. */

import { readFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import type { Plugin } from "rollup";
import ts from "typescript";
import type { Package } from "./packages.ts";

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The module that tells the version. What is built knows it, and reads no file. */
const VERSION_MODULE = "src/cli/version.ts";

/** The module that tells where the echo page is. In a package that is `dist/page/`. */
const PAGE_MODULE = "src/cli/page-folder.ts";

/** JavaScript of the sources, for Rollup. */
export function sources(version: string, replaced: Package["replaced"]): Plugin {
  return {
    name: "barewire-sources",
    resolveId(source, importer) {
      if (importer === undefined || !source.startsWith(".")) return undefined;
      const other = replaced[pathBelowRoot(join(dirname(importer), source))];
      return other === undefined ? undefined : join(ROOT, other);
    },
    async load(id) {
      if (pathBelowRoot(id) === VERSION_MODULE) {
        return `export function version() { return ${JSON.stringify(version)}; }`;
      }
      const code = await withoutTypes(id);
      return pathBelowRoot(id) === PAGE_MODULE ? code.replace('"../../public"', '"../page"') : code;
    },
  };
}

/** The path of a file of the repository, with `/` whatever the system. */
export function pathBelowRoot(file: string): string {
  return relative(ROOT, file).split(sep).join("/");
}

/** A module without types and comments. */
async function withoutTypes(file: string): Promise<string> {
  const { outputText } = ts.transpileModule(await readFile(file, "utf8"), {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      removeComments: true,
    },
  });
  // esbuild marks what has no side effects, and prints two spaces where TypeScript prints four.
  const { code } = await transform(outputText, { loader: "js", target: "es2022" });
  return code;
}
