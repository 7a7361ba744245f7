/** Results in the Test Anything Protocol, version 14. */
import type { CaseResult } from "../../result.ts";
import { reasonOf } from "../reason.ts";
import type { RunInfo } from "../run-info.ts";
import { agentsOf } from "../sections.ts";
import { hasFailed, sorted } from "../summary.ts";

/** A line for each result, with the reasons of those that failed. */
export function tap(results: readonly CaseResult[], { partial, strict }: RunInfo): string {
  const list = sorted(results);
  const hasMany = agentsOf(list).length > 1;
  const lines = list.flatMap((result, index) => {
    const { agent, behavior, description, id } = result;
    const failed = hasFailed(result, strict);
    const name = escapeTap(`${hasMany ? `${agent}: ` : ""}${id} ${description}`);
    const skip = behavior === "UNIMPLEMENTED" && !failed ? " # SKIP not implemented" : "";
    const line = `${failed ? "not ok" : "ok"} ${index + 1} - ${name}${skip}`;
    return failed ? [line, ...diagnostics(result)] : [line];
  });
  const about = partial === "" ? [] : [`# ${partial}`];
  return `${["TAP version 14", `1..${list.length}`, ...about, ...lines].join("\n")}\n`;
}

/** JSON is YAML, too. */
function diagnostics(result: CaseResult): string[] {
  const { behavior, behaviorClose, expectation, flaky, rules, strength } = result;
  const fields = {
    message: reasonOf(result),
    verdict: `${behavior} / ${behaviorClose}`,
    expected: expectation,
    rule: `${rules[0] ?? ""} (${strength})`,
    ...(flaky ? { flaky } : {}),
  };
  const lines = Object.entries(fields).map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`);
  return ["  ---", ...lines, "  ..."];
}

const escapeTap = (text: string) =>
  text.replaceAll(/\s+/g, " ").replaceAll("\\", "\\\\").replaceAll("#", "\\#");
