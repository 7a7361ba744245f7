/** A whole run as one JSON document, for programs that read the suite's output. */
import type { CaseResult } from "../../result.ts";
import { reasonOf } from "../reason.ts";
import type { RunInfo } from "../run-info.ts";
import { hasFailed, sorted } from "../summary.ts";

/** The run, its totals, and each result without the bytes of its connection. */
export function runJson(results: readonly CaseResult[], run: RunInfo): string {
  const list = sorted(results);
  const failed = list.filter((result) => hasFailed(result, run.strict));
  const totals = {
    cases: list.length,
    failed: failed.filter(({ behavior }) => behavior !== "NOT RUN").length,
    notRun: failed.filter(({ behavior }) => behavior === "NOT RUN").length,
    crashed: list.filter(({ crashed }) => crashed).length,
    flaky: list.filter(({ flaky }) => flaky).length,
  };
  const document = { ...run, totals, results: list.map((result) => entryOf(result, run.strict)) };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

function entryOf(result: CaseResult, strict: boolean): object {
  const { agent, attempts, behavior, behaviorClose, crashed, description, duration } = result;
  const { expectation, flaky, id, rule, rules, strength } = result;
  return {
    agent,
    id,
    description,
    expectation,
    behavior,
    behaviorClose,
    failed: hasFailed(result, strict),
    reason: reasonOf(result),
    rule,
    strength,
    rules,
    crashed,
    flaky,
    attempts,
    duration,
  };
}
