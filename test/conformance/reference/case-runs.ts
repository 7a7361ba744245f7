/** What the tests of both roles do with all cases. */
import { ALL_CASES } from "../../../src/conformance/cases/all.ts";
import { SEQUENCE_GROUPS } from "../../../src/conformance/cases/utf8-sequences.ts";
import type { CaseResult } from "../../../src/conformance/conform.ts";
import { cannotFail } from "./mutants.ts";

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

/** What a right peer gets: never less than OK, and INFORMATIONAL only where nothing is judged. */
export function notRight(results: readonly CaseResult[]): string[] {
  const informational = (id: string) => {
    const testCase = ALL_CASES.find((one) => one.id === id)!;
    return cannotFail(testCase) || testCase.expectation.startsWith("Refused or opened");
  };
  return results
    .filter(({ id, behavior, behaviorClose }) => {
      const wanted = informational(id) ? "INFORMATIONAL" : "OK";
      return behavior !== wanted || behaviorClose !== wanted;
    })
    .map(verdictOf);
}
