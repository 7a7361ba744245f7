/** What the tests of both roles do with all cases. */
import { ALL_CASES } from "../../../src/conformance/cases/all.ts";
import { SEQUENCE_GROUPS } from "../../../src/conformance/cases/text/sequences.ts";
import type { CaseResult } from "../../../src/conformance/conform.ts";
import { ruleNamed } from "../../../src/conformance/rules.ts";

/** The cases for one role of the testee. */
export const forRole = (role: "server" | "client") =>
  ALL_CASES.filter(({ http, only }) => http !== "2" && (only === undefined || only === role));

/** Whether the text of a case of section 6 is valid; true for all others. */
export function validText(id: string): boolean {
  const [section, group, index] = id.split(".").map(Number);
  if (section !== 6) return true;
  return SEQUENCE_GROUPS[group! - 5]?.sequences[index! - 1]?.valid ?? true;
}

/** Runs `act` on every item, a few at a time. */
export async function inTurns<T>(
  items: readonly T[],
  width: number,
  act: (item: T) => Promise<void>,
) {
  const waiting = [...items];
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

/** A result in one line. */
export const verdictOf = ({ id, behavior, behaviorClose, result }: CaseResult) =>
  `${id} ${behavior} / ${behaviorClose}: ${result}`;

/** What a right peer gets: never less than OK, and INFORMATIONAL only where the rules leave it open. */
export function notRight(results: readonly CaseResult[]): string[] {
  const isOpen = (id: string) => {
    const { otherwise, outcomes, rule } = ALL_CASES.find((one) => one.id === id)!;
    const names = [rule, otherwise, ...outcomes.map((outcome) => outcome.rule)];
    return names.some((name) => name !== undefined && ruleNamed(name).strength === "MAY");
  };
  return results
    .filter(({ id, behavior, behaviorClose }) => {
      if (behavior === "OK" && behaviorClose === "OK") return false;
      return !isOpen(id) || behavior !== "INFORMATIONAL" || behaviorClose !== "INFORMATIONAL";
    })
    .map(verdictOf);
}
