/** Results as JUnit XML, which CI systems show. */
import { sectionOf } from "../../case-numbers.ts";
import type { CaseResult } from "../../result.ts";
import { reasonOf } from "../reason.ts";
import { hasFailed, sorted } from "../summary.ts";

/** Escapes text for XML; characters that XML cannot hold become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/&/g, "&amp;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;")
    .replace(/"/g, "&quot;");
}

/** One `testsuite` for each agent and section, one `testcase` for each result. */
export function junitXml(results: readonly CaseResult[], strict: boolean): string {
  const suites = new Map<string, CaseResult[]>();
  for (const result of sorted(results)) {
    const name = `${result.agent}.${sectionOf(result.id)}`;
    suites.set(name, [...(suites.get(name) ?? []), result]);
  }
  const body = [...suites].map(([name, list]) => suiteXml(name, list, strict)).join("\n");
  const failures = results.filter((result) => hasFailed(result, strict)).length;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="barewire conform" tests="${results.length}" failures="${failures}">
${body}
</testsuites>
`;
}

function suiteXml(name: string, list: readonly CaseResult[], strict: boolean): string {
  const failures = list.filter((result) => hasFailed(result, strict)).length;
  const time = seconds(list.reduce((sum, { duration }) => sum + duration, 0));
  const cases = list.map((result) => caseXml(name, result, strict)).join("\n");
  const attributes = `tests="${list.length}" failures="${failures}" time="${time}"`;
  return `<testsuite name="${escapeXml(name)}" ${attributes}>\n${cases}\n</testsuite>`;
}

function caseXml(suite: string, result: CaseResult, strict: boolean): string {
  const name = escapeXml(`${result.id} ${result.description}`);
  const head = `<testcase classname="${escapeXml(suite)}" name="${name}" time="${seconds(result.duration)}"`;
  const verdict = `${result.behavior} / ${result.behaviorClose}`;
  if (!hasFailed(result, strict)) {
    if (result.behavior !== "UNIMPLEMENTED") return `${head}/>`;
    return `${head}><skipped message="${escapeXml(verdict)}"/></testcase>`;
  }
  const message = `${verdict}: ${reasonOf(result)}`;
  const why = `${result.expectation}\n${result.result}\n${result.resultClose}\n${result.rules.join(", ")}`;
  return `${head}><failure message="${escapeXml(message)}">${escapeXml(why)}</failure></testcase>`;
}

const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(3);
