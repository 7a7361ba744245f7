/** Results in SARIF 2.1.0, which code scanning on GitHub and editors show. */
import type { CaseResult } from "../../result.ts";
import { type RuleName, ruleNamed } from "../../rules.ts";
import { reportName } from "../json.ts";
import { reasonOf } from "../reason.ts";
import type { RunInfo } from "../run-info.ts";
import { hasFailed, severity, sorted } from "../summary.ts";

/** What is not passed, each with the rule that it breaks. The folder of reports is where it is found. */
export function sarif(results: readonly CaseResult[], run: RunInfo, folder: string): string {
  const list = sorted(results).filter((result) => severity(result) !== "ok");
  const names = [...new Set(list.map(({ rule }) => rule))].sort();
  const driver = {
    name: "barewire-conform",
    version: run.version,
    informationUri: "https://github.com/OWNER/barewire",
    rules: names.map(ruleOf),
  };
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver },
        invocations: [{ executionSuccessful: run.partial === "", startTimeUtc: run.began }],
        results: list.map((result) => entryOf(result, names, run, folder)),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function ruleOf(name: RuleName): object {
  const { place, quote, says, strength } = ruleNamed(name);
  const [, rfc, section] = /^RFC (\d+) §([\d.]+)/.exec(place) ?? [];
  return {
    id: name,
    shortDescription: { text: says },
    fullDescription: { text: quote === undefined ? `${place}.` : `${place}: "${quote}".` },
    ...(rfc === undefined
      ? {}
      : { helpUri: `https://www.rfc-editor.org/rfc/rfc${rfc}#section-${section}` }),
    properties: { strength },
  };
}

function entryOf(
  result: CaseResult,
  names: readonly RuleName[],
  { strict }: RunInfo,
  folder: string,
): object {
  const { agent, id, rule } = result;
  const file = `${folder.replaceAll("\\", "/")}/${reportName(agent, id)}.json`;
  return {
    ruleId: rule,
    ruleIndex: names.indexOf(rule),
    level: hasFailed(result, strict) ? "error" : "warning",
    message: { text: `${agent}, case ${id}: ${reasonOf(result)}` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: encodeURI(file) } },
        logicalLocations: [{ name: id, fullyQualifiedName: `${agent}/${id}` }],
      },
    ],
    partialFingerprints: { "case/v1": `${agent}/${id}` },
  };
}
