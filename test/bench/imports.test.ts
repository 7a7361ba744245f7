import { readdirSync, readFileSync } from "node:fs";
import { posix, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { findCycle } from "../package/import-rule.ts";
import { collectUses } from "../package/module-uses.ts";

const BENCH = fileURLToPath(new URL("../../bench/", import.meta.url));

/** The modules of bench/, and what of them each imports; types count. */
function importGraph(): Map<string, string[]> {
  const paths = readdirSync(BENCH, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll(sep, "/"))
    .filter((path) => /\.(ts|mjs)$/.test(path) && !/(^|\/)(node_modules|\.cache)\//.test(path));
  return new Map(
    paths.map((path) => {
      const { imports } = collectUses(path, readFileSync(`${BENCH}${path}`, "utf8"));
      const local = imports.filter(({ from }) => from.startsWith("."));
      return [path, local.map(({ from }) => posix.join(posix.dirname(path), from))];
    }),
  );
}

it("no modules of bench/ import each other in a circle", () => {
  const graph = importGraph();
  expect(graph.size).toBeGreaterThan(60);
  expect(findCycle(graph)).toBeUndefined();
});

it("what is measured knows nothing of the load and of the runner, nor the load of the runner", () => {
  const rooms = (path: string) => path.split("/")[0]!;
  for (const [path, targets] of importGraph()) {
    for (const target of targets.filter((each) => !each.startsWith("../"))) {
      const of = `${path} imports ${target}`;
      if (rooms(path) === "peers") expect(rooms(target), of).toBe("peers");
      if (rooms(path) === "clients") expect(["peers", "clients"], of).toContain(rooms(target));
      if (rooms(path) === "load") expect(rooms(target), of).toBe("load");
    }
  }
});
