/** Which modules go into which file of a package. */

import { join } from "node:path";
import type { GetManualChunk } from "rollup";
import type { Package } from "./packages.ts";
import { pathBelowRoot, ROOT } from "./sources.ts";

/** The shape of a graph of modules, as Rollup tells it. */
type ModulesOf = Parameters<GetManualChunk>[1]["getModuleInfo"];

/**
 * The name of the file for a module; undefined for one that only one entry needs, whose file it goes into. The library
 * is cut by what needs what: a program that takes the client alone loads no server, and a bundler leaves it out.
 * The command line has a file for each of its folders.
 */
export function chunkNames(of: Package): GetManualChunk {
  const reached = new Map<string, ReadonlySet<string>>();
  return (id, { getModuleInfo }) => {
    const path = pathBelowRoot(id);
    if (Object.values(of.commands).includes(path)) return undefined;
    if (path.startsWith("src/cli/")) return commandFile(path, of);
    const needs = (root: string): boolean => {
      if (!reached.has(root)) reached.set(root, reachedFrom(join(ROOT, root), getModuleInfo));
      return reached.get(root)!.has(id);
    };
    return of.parts.find(({ neededBy }) => neededBy.every(needs))?.name;
  };
}

function commandFile(path: string, of: Package): string {
  // What stands in for a command belongs to that.
  const replaced = Object.entries(of.replaced).find(([, other]) => other === path)?.[0] ?? path;
  const [, , folder = ""] = replaced.split("/");
  // What completes command lines is small, and goes by the list of commands.
  if (folder.endsWith(".ts") || folder === "completion") return "cli/commands";
  // Each needs the other.
  return folder === "dialing" ? "cli/terminal" : `cli/${folder}`;
}

/** All modules that one needs as soon as it is loaded, itself included. */
function reachedFrom(root: string, modules: ModulesOf): ReadonlySet<string> {
  const reached = new Set([root]);
  for (const id of reached) {
    for (const imported of modules(id)?.importedIds ?? []) reached.add(imported);
  }
  return reached;
}
