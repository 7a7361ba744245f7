/** What failed in one column of the matrix, a line for each reason. */
import { compareIds } from "../../src/conformance/case-numbers.ts";
import type { CaseResult } from "../../src/conformance/conform.ts";
import { reasonOf } from "../../src/conformance/report/reason.ts";
import { hasFailed } from "../../src/conformance/report/summary.ts";
import { type Confirmation, standsFor } from "./confirm/probe.ts";
import type { Column } from "./testing.ts";

/** Cases that failed for one reason. */
export interface Finding {
  /** Numbers of the cases; what was a crash, or flaky, says so. */
  readonly cases: readonly string[];
  readonly verdict: string;
  readonly strength: string;
  /** Where the rule stands, and what was seen. */
  readonly reason: string;
  /** Whether a probe has seen the defect without the suite. */
  readonly confirmed: "yes" | "in part" | "no";
}

/** Confirmations of defects, and not those of probes that have seen nothing. */
export const defectsOf = ({ confirmations }: Column): readonly Confirmation[] =>
  confirmations.filter(({ isDefect }) => isDefect);

/** Those of all implementations as rows: which one, what was sent, what came, the rule, the cases. */
export function defectRows(columns: readonly Column[]): string[][] {
  return columns.flatMap((column) =>
    defectsOf(column).map(({ came, cases, rule, sent }) => [
      `${column.name} ${column.version}, ${column.role}`,
      sent,
      came,
      rule,
      cases.join(", "),
    ]),
  );
}

/** What failed, in the order of the first case. */
export function findingsOf(column: Column): Finding[] {
  const failed = column.results.filter((result) => hasFailed(result, false));
  const byReason = new Map<string, CaseResult[]>();
  for (const result of [...failed].sort((a, b) => compareIds(a.id, b.id))) {
    const key = `${result.rules[0]}: ${reasonOf(result)}`;
    byReason.set(key, [...(byReason.get(key) ?? []), result]);
  }
  return [...byReason].map(([reason, list]) => ({
    cases: list.map(
      ({ crashed, flaky, id }) => `${id}${crashed ? " (crash)" : ""}${flaky ? " (flaky)" : ""}`,
    ),
    verdict: list[0]!.behavior,
    strength: list[0]!.strength,
    reason,
    confirmed: confirmedOf(list, defectsOf(column)),
  }));
}

function confirmedOf(
  results: readonly CaseResult[],
  defects: readonly Confirmation[],
): Finding["confirmed"] {
  const seen = results.filter(({ id }) => defects.some((defect) => standsFor(defect, id)));
  if (seen.length === 0) return "no";
  return seen.length === results.length ? "yes" : "in part";
}
