/** `barewire conform diff A B`: what changed between two reports. */

import { differences, differencesText } from "../../conformance/report/diff.ts";
import { readIndex } from "../../conformance/report/json.ts";
import { ArgumentError } from "../../errors.ts";

/** Prints the differences of two reports. Resolves with 1 when something got worse, else 0. */
export async function conformDiff(argv: readonly string[]): Promise<number> {
  const [before, after, ...more] = argv;
  if (before === undefined || after === undefined || more.length > 0) {
    throw new ArgumentError("expected two reports: barewire conform diff BEFORE AFTER");
  }
  const list = differences(await readIndex(before), await readIndex(after));
  const worse = list.filter((difference) => difference.worse).length;
  if (list.length > 0) process.stdout.write(`${differencesText(list)}\n`);
  const flaky = list.filter((difference) => difference.flaky).length;
  const swaying = flaky > 0 ? `, ${flaky} flaky` : "";
  process.stdout.write(`${list.length} different, ${worse} worse${swaying}\n`);
  return worse > 0 ? 1 : 0;
}
