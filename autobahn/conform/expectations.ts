/** What `barewire conform` is known to find in a peer, and whether a run found anything else. */
import { readFile } from "node:fs/promises";
import { compareIds } from "../../src/conformance/case-numbers.ts";
import { patternOf } from "../../src/conformance/selection.ts";
import { isRecord } from "../gate.ts";

/** Cases of a peer whose verdict is not OK, and why that is so. */
export interface Expectation {
  /** Patterns of cases. */
  readonly cases: readonly string[];
  /** Both verdicts, `"NON-STRICT / OK"`. */
  readonly verdict: string;
  readonly reason: string;
}

/** A case that came out otherwise than expected. */
export interface Surprise {
  readonly id: string;
  readonly verdict: string;
  readonly expected: string;
}

/** What a run came to. */
export interface GateResult {
  readonly passed: number;
  /** Cases that let the gate fail. */
  readonly worse: readonly Surprise[];
  /** Cases that are right although another verdict was expected: the list can be shortened. */
  readonly better: readonly Surprise[];
}

/** Reads a file of expectations, by role. Throws an `Error` for one that is not as it should be. */
export async function readExpectations(
  file: string | URL,
): Promise<Readonly<Record<string, readonly Expectation[]>>> {
  const value: unknown = JSON.parse(await readFile(file, "utf8"));
  if (!isRecord(value)) throw new Error(`expected an object of roles in ${file}`);
  return Object.fromEntries(
    Object.entries(value).map(([role, list]) => {
      if (Array.isArray(list) && list.every(isExpectation)) return [role, list];
      throw new Error(`expected cases, verdict and reason in every entry of ${role} in ${file}`);
    }),
  );
}

function isExpectation(value: unknown): value is Expectation {
  if (!isRecord(value)) return false;
  const { cases, verdict, reason } = value;
  const patterns = Array.isArray(cases) && cases.every((one) => typeof one === "string");
  return patterns && typeof verdict === "string" && typeof reason === "string";
}

/** Nothing is judged where the rules leave it open. */
const FINE = ["OK / OK", "INFORMATIONAL / INFORMATIONAL", "INFORMATIONAL / OK"];

/** Judges verdicts by case; every case of `ids` must have one. */
export function judgeRun(
  verdicts: ReadonlyMap<string, string>,
  ids: readonly string[],
  expectations: readonly Expectation[],
): GateResult {
  const surprises = [...ids].sort(compareIds).flatMap((id) => {
    const verdict = verdicts.get(id) ?? "not run";
    const known = expectations.find(({ cases }) =>
      cases.some((pattern) => patternOf(pattern).test(id)),
    );
    const expected = known?.verdict ?? "OK / OK";
    const asExpected = known === undefined ? FINE.includes(verdict) : verdict === expected;
    return asExpected ? [] : [{ id, verdict, expected }];
  });
  const worse = surprises.filter(({ verdict }) => !FINE.includes(verdict));
  const better = surprises.filter(({ verdict }) => FINE.includes(verdict));
  return { passed: ids.length - worse.length, worse, better };
}
