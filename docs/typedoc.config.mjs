/** How the reference is made from the doc comments: a folder for each entry of the package. */

import { readFileSync } from "node:fs";
import { Converter } from "typedoc";

/** The module of each entry. A test compares this with what is built. */
const ENTRIES = JSON.parse(readFileSync(new URL("api-entries.json", import.meta.url), "utf8"));

/** Calls modules by what is imported. TypeDoc calls them after their files. */
function nameEntries({ converter }) {
  const names = Object.entries(ENTRIES).map(([name, source]) => [
    source.replace(/^src\/(.*)\.ts$/, "$1"),
    name,
  ]);
  const nameOf = new Map(names);
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? []) {
      const name = nameOf.get(module.name);
      if (name === undefined) throw new Error(`expected an entry, found ${module.name}`);
      module.name = name;
    }
  });
}

/** @type {Partial<import("typedoc").TypeDocOptions>} */
export default {
  plugin: ["typedoc-plugin-markdown", nameEntries],
  name: "API",
  entryPoints: Object.values(ENTRIES).map((source) => `../${source}`),
  tsconfig: "../tsconfig.build.json",
  excludeInternal: true,
  excludePrivate: true,
  disableSources: true,
  readme: "none",
  out: "reference/api",
  cleanOutputDir: true,
  entryFileName: "index",
  hidePageHeader: true,
  indexFormat: "table",
  parametersFormat: "table",
  useCodeBlocks: true,
  // Those of Node, which some of ours extend, have HTML in their comments.
  sanitizeComments: true,
  intentionallyNotExported: ["PROTOCOL_FAILURES"],
};
