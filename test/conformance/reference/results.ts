/** Results with the verdicts that a test wants. */
import { ALL_CASES } from "../../../src/conformance/cases/all.ts";
import { type CaseResult, notRunResult } from "../../../src/conformance/result.ts";

/** A result of the agent `agent` on a case, with both verdicts: `"FAILED / OK"`. */
export function resultWith(
  id: string,
  verdict: string,
  more: Partial<CaseResult> = {},
): CaseResult {
  const testCase = ALL_CASES.find((one) => one.id === id)!;
  const [behavior, behaviorClose] = verdict.split(" / ");
  return {
    ...notRunResult(testCase, { number: 1, agent: "agent" }, "server", "Nobody asked for it."),
    behavior: behavior as CaseResult["behavior"],
    behaviorClose: behaviorClose as CaseResult["behaviorClose"],
    attempts: [verdict],
    ...more,
  };
}
