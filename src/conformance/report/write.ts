/** All reports of a run into one folder. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CaseResult } from "../result.ts";
import { htmlPage } from "./html.ts";
import { writeJson } from "./json.ts";
import { junitXml } from "./junit.ts";

/** Writes `index.json`, a JSON file for each case, `junit.xml` and `index.html`. */
export async function writeReports(
  folder: string,
  results: readonly CaseResult[],
  strict: boolean,
): Promise<void> {
  await writeJson(folder, results);
  await writeFile(join(folder, "junit.xml"), junitXml(results, strict));
  await writeFile(join(folder, "index.html"), htmlPage(results));
}
