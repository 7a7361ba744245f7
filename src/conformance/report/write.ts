/** All reports of a run into one folder. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CaseResult } from "../result.ts";
import { badgeJson, badgeSvg } from "./badge.ts";
import { junitXml } from "./formats/junit.ts";
import { writeJson } from "./json.ts";
import { htmlPage } from "./page/page.ts";
import type { RunInfo } from "./run-info.ts";
import { REPORT_SCHEMA } from "./schema.ts";

/**
 * Writes `index.json`, a JSON file for each case and the schema of both, `junit.xml`, `index.html`, and a
 * badge in two forms.
 */
export async function writeReports(
  folder: string,
  results: readonly CaseResult[],
  run: RunInfo,
): Promise<void> {
  const write = (name: string, text: string) => writeFile(join(folder, name), text);
  await writeJson(folder, results);
  await write("schema.json", `${JSON.stringify(REPORT_SCHEMA, undefined, 2)}\n`);
  await write("junit.xml", junitXml(results, run.strict));
  await write("index.html", htmlPage(results, run));
  await write("badge.svg", badgeSvg(results, run.strict));
  await write("badge.json", badgeJson(results, run.strict));
}
