/** JavaScript of the packages: a file for each entry, and as few others as they can share. */

import { appendFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { type OutputBundle, type Plugin, type RollupLog, rollup } from "rollup";
import { chunkNames } from "./chunks.ts";
import { minified } from "./minify.ts";
import { fileName, hasFacade, type Package } from "./packages.ts";
import { ROOT, sources } from "./sources.ts";

const require = createRequire(import.meta.url);

/**
 * Writes the JavaScript of a package into `folder`. It is CommonJS, and the only one: Node, Bun, Deno
 * and Jest run it for `require` and `import` alike, so a process has every class and every pool once,
 * however the package is loaded. Beside `NAME.cjs`, `NAME.mjs` tells bundlers what can be left out.
 *
 * @returns what each entry exports, by the name of the entry
 */
export async function writeBundles(
  of: Package,
  version: string,
  folder: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const build = await rollup({
    input: [],
    external: /^node:/,
    plugins: [
      entries(of),
      sources(version, of.replaced),
      builtins(),
      lazyChunks(),
      defaults(of, folder),
      facades(of),
      minify(),
    ],
    treeshake: { moduleSideEffects: false },
    onwarn,
  });
  const { output } = await build.write({
    dir: folder,
    format: "cjs",
    exports: "named",
    chunkFileNames: "[name].cjs",
    manualChunks: chunkNames(of),
    // Else a file of the command line would take what it needs of the library along.
    onlyExplicitManualChunks: true,
    minifyInternalExports: true,
    generatedCode: { preset: "es2015", symbols: false },
  });
  await build.close();
  const written = output.filter((file) => file.type === "chunk");
  return new Map(
    of.entries.map((entry) => {
      const name = fileName(entry);
      return [name, written.find((chunk) => chunk.fileName === `${name}.cjs`)!.exports];
    }),
  );
}

/** Writes a program with all that it imports as one file. */
export async function writeSingleFile(
  program: string,
  version: string,
  format: "cjs" | "es",
  file: string,
): Promise<void> {
  const build = await rollup({
    input: join(ROOT, program),
    external: /^node:/,
    plugins: [sources(version, {})],
    treeshake: { moduleSideEffects: false },
    onwarn,
  });
  await build.write({ file, format, inlineDynamicImports: true, generatedCode: "es2015" });
  await build.close();
}

function onwarn(warning: RollupLog): never {
  throw new Error(`${warning.code}: ${warning.message}`);
}

function entries(of: Package): Plugin {
  return {
    name: "barewire-entries",
    buildStart() {
      const add = (source: string, name: string, preserveSignature: "strict" | false): void => {
        const [id, fileName] = [join(ROOT, source), `${name}.cjs`];
        this.emitFile({ type: "chunk", id, fileName, preserveSignature });
      };
      for (const entry of of.entries) add(entry.source, fileName(entry), "strict");
      for (const [name, source] of Object.entries(of.commands)) add(source, `cli/${name}`, false);
    },
  };
}

/**
 * A bundle that is an ES module has no `require`, but Node has had another way to its modules since
 * 20.16 and 22.3.
 */
function builtins(): Plugin {
  return {
    name: "barewire-builtins",
    renderChunk(code, { fileName: file }) {
      // Nobody bundles a command.
      if (file.startsWith("cli/")) return undefined;
      return code.replaceAll(
        /^(const \w+ = |)require\(('node:[\w/]+')\);\n/gm,
        (_, left: string, name: string) =>
          left === "" ? "" : `${left}process.getBuiltinModule?.(${name}) ?? require(${name});\n`,
      );
    },
    resolveImportMeta: () => "require('node:url').pathToFileURL(__filename).href",
  };
}

/**
 * What the sources import when they need it is asked for by `import()`, so that bundlers can put it into a
 * file of its own, and by `require` where there is none, as in Jest.
 */
function lazyChunks(): Plugin {
  return {
    name: "barewire-lazy-chunks",
    renderChunk(code) {
      return code.replaceAll(
        /Promise\.resolve\(\)\.then\(\(\) => require\(('\.[^']+')\)\)/g,
        // Bundlers are not to see what only Jest runs: it would be loaded at once.
        'import($1).then((loaded) => loaded.default, () => Reflect.get(module, "require").call(module, $1))',
      );
    },
  };
}

/** Minifies all. The commands say what is wrong in words: only the library keeps its names. */
function minify(): Plugin {
  return {
    name: "barewire-minify",
    renderChunk: (code, { fileName: file }) => minified(file, code, !file.startsWith("cli/")),
  };
}

/** Makes the default export what `require` gives, where an entry wants that. Its names stay where Node looks. */
function defaults(of: Package, folder: string): Plugin {
  const files = of.entries
    .filter((entry) => entry.requireGivesDefault)
    .map((entry) => `${fileName(entry)}.cjs`);
  return {
    name: "barewire-defaults",
    renderChunk(code, { fileName: file }) {
      if (!files.includes(file)) return undefined;
      // It is no ES module in disguise then, and must not say so.
      const plain = code.replace(/^Object\.defineProperty\(exports, '__esModule'.*\n/m, "");
      return `${plain}module.exports = Object.assign(exports.default, exports);\n`;
    },
    async writeBundle(_, bundle: OutputBundle) {
      for (const file of Object.keys(bundle).filter((name) => files.includes(name))) {
        // Node reads from these words what can be imported by name: the static members, too.
        const names = staticMembers(require(join(folder, file)));
        await appendFile(join(folder, file), `0 && (module.exports = { ${names.join(", ")} });\n`);
      }
    },
  };
}

/** The names of the static members of a class, those that it inherits included. */
function staticMembers(from: object): string[] {
  const names = new Set<string>();
  for (let at = from; at !== Function.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name);
  }
  return [...names].filter((name) => !["length", "name", "prototype", "default"].includes(name));
}

/** Writes `NAME.mjs` beside `NAME.cjs` for each entry that has several files. */
function facades(of: Package): Plugin {
  const facadeOfFile = new Map<string, string>();
  return {
    name: "barewire-facades",
    renderChunk(code, { fileName: file, exports }) {
      const entry = of.entries.find((candidate) => `${fileName(candidate)}.cjs` === file);
      if (entry === undefined || !hasFacade(entry)) return undefined;
      const name = fileName(entry);
      facadeOfFile.set(`${name}.mjs`, facadeOf(basename(name), code, exports));
      return undefined;
    },
    generateBundle() {
      for (const [file, source] of facadeOfFile) {
        this.emitFile({ type: "asset", fileName: file, source });
      }
    },
  };
}

/**
 * An ES module with the exports of a CommonJS one, each from the file that it comes from. Bundlers drop
 * what is marked pure where it is not used, and then the file behind it.
 */
function facadeOf(name: string, code: string, exports: readonly string[]): string {
  const files = new Map<string, string>();
  for (const [, variable, file] of code.matchAll(/^const (\w+) = require\('(\.[^']+)'\);$/gm)) {
    files.set(variable!, file!);
  }
  const origins = new Map<string, readonly [file: string, member: string]>();
  for (const [, as, variable, member] of code.matchAll(/^exports\.(\w+) = (\w+)\.(\w+);$/gm)) {
    const file = files.get(variable!);
    if (file !== undefined) origins.set(as!, [file, member!]);
  }
  const imported: string[] = [];
  const lines = exports.map((as) => {
    const [file, member] = origins.get(as) ?? [`./${name}.cjs`, as];
    if (!imported.includes(file)) imported.push(file);
    const left = as === "default" ? "export default" : `export const ${as} =`;
    return `${left} /* @__PURE__ */ get(from${imported.indexOf(file)}, "${member}");`;
  });
  return [
    ...imported.map((file, i) => `import from${i} from "${file}";`),
    "const get = (module, name) => module[name];",
    ...lines,
    "",
  ].join("\n");
}
