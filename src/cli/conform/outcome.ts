/** What a run comes to: its reports, and its exit code. */
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CaseResult } from "../../conformance/conform.ts";
import {
  type Surprise,
  surprises,
  surprisesText,
  writeExpectations,
} from "../../conformance/expectations.ts";
import { FORMATS } from "../../conformance/report/formats/all.ts";
import { markdown } from "../../conformance/report/formats/markdown.ts";
import type { RunInfo } from "../../conformance/report/run-info.ts";
import { hasFailed } from "../../conformance/report/summary.ts";
import { writeReports } from "../../conformance/report/write.ts";
import type { ConformPlan } from "./options.ts";

/** Where what is told beside the results goes: not between those that a program reads. */
export const outputFor = ({ format }: ConformPlan): NodeJS.WriteStream =>
  format === "console" ? process.stdout : process.stderr;

/** Writes the reports of results that more will follow, and says on a console what they come to. */
export async function interim(
  plan: ConformPlan,
  results: readonly CaseResult[],
  run: RunInfo,
): Promise<void> {
  await writeReports(plan.out, results, run);
  if (plan.format === "console") print(plan, results, run);
}

/** Writes the reports of all results, and prints them. */
export async function report(
  plan: ConformPlan,
  results: readonly CaseResult[],
  run: RunInfo,
): Promise<void> {
  await writeReports(plan.out, results, run);
  print(plan, results, run);
  // On GitHub a job has a page, which shows what is in this file.
  const { GITHUB_STEP_SUMMARY: summary } = process.env;
  if (summary) await appendFile(summary, markdown(results, run));
}

function print({ format, out }: ConformPlan, results: readonly CaseResult[], run: RunInfo): void {
  process.stdout.write(FORMATS[format](results, run, out));
}

/**
 * The exit code for results that are all there will be. Compares them with expectations, and writes these,
 * where that is asked for.
 */
export async function exitCodeOf(
  plan: ConformPlan,
  results: readonly CaseResult[],
): Promise<number> {
  const { expectations, writeExpect } = plan;
  if (writeExpect !== undefined) {
    const list = await writeExpectations(writeExpect, results);
    outputFor(plan).write(`${list.length} expectations in ${writeExpect}\n`);
  }
  if (expectations !== undefined) {
    const list = surprises(results, expectations);
    await writeFile(join(plan.out, "surprises.json"), `${JSON.stringify(list, undefined, 2)}\n`);
    return isPassed(plan, list) ? 0 : 1;
  }
  // What has been written is expected from now on: only a case without a verdict is a failure then.
  const hasFailedNow = (result: CaseResult) =>
    writeExpect === undefined ? hasFailed(result, plan.strict) : result.behavior === "NOT RUN";
  return results.some(hasFailedNow) ? 1 : 0;
}

/** Says what is not as expected. Returns whether that is no failure. */
function isPassed(plan: ConformPlan, list: readonly Surprise[]): boolean {
  const { allowBetter } = plan;
  const output = outputFor(plan);
  if (list.length === 0) {
    output.write("all as expected\n");
    return true;
  }
  const worse = list.filter((surprise) => surprise.worse).length;
  const better = list.length - worse;
  const hint = " (--write-expect takes them in, --allow-better lets them pass)";
  const told = better > 0 && !allowBetter ? hint : "";
  output.write(`${surprisesText(list)}\n`);
  output.write(`${worse} worse than expected, ${better} better${told}\n`);
  return worse === 0 && (better === 0 || allowBetter);
}
