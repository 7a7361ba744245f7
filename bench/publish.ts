/** Writes the tables and charts of the documents: `npm run bench:publish`. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./peers.ts";
import { byVersion, charts, publish } from "./report/publish.ts";
import type { Results } from "./report/results.ts";

/** The documents with sections that are results. */
export const DOCUMENTS = ["README.md", "docs/benchmark.md", "docs/index.md", "docs/performance.md"];

const results = join(root, "bench", "results");
const chartFolder = join(root, "docs", "charts");

/** The results that are in the repository. */
export function readResults(): Results[] {
  return readdirSync(results)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(join(results, name), "utf8")) as Results);
}

function main(): void {
  const versions = byVersion(readResults());
  for (const document of DOCUMENTS) {
    const file = join(root, document);
    writeFileSync(file, publish(readFileSync(file, "utf8"), versions));
  }
  mkdirSync(chartFolder, { recursive: true });
  for (const { file, svg } of charts(versions)) writeFileSync(join(chartFolder, file), svg);
}

if (process.argv[1] === import.meta.filename) main();
