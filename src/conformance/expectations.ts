/** What is expected of a testee, and whether a run is as expected. */
import { readFile, writeFile } from "node:fs/promises";
import { ArgumentError } from "../errors.ts";
import { compareIds } from "./case-numbers.ts";
import { reasonOf } from "./report/reason.ts";
import { type CaseResult, verdictLine } from "./result.ts";
import { patternOf, select } from "./selection.ts";

/** Cases whose verdict is not OK, and why that is so: an entry of a file for `--expect`. */
export interface Expectation {
  /** Number of a case, or patterns of numbers: `"6.4.1"`, `"6.4.*"`, `"9.3.1,9.3.2"`. */
  readonly case: string;
  /** Both verdicts: `"NON-STRICT / OK"`. */
  readonly verdict: string;
  /** Why this is as it is, for whoever reads the file. */
  readonly why: string;
  /** Whether the testee does not outlive the case; it does when left out. */
  readonly crash?: boolean;
  /** Pattern of the agent's name; the entry is about every agent when left out. */
  readonly agent?: string;
}

/** A case that came out otherwise than expected. */
export interface Surprise {
  readonly agent: string;
  readonly id: string;
  /** Both verdicts, and whether it was a crash. */
  readonly verdict: string;
  readonly expected: string;
  /** Worse than expected; else better. */
  readonly worse: boolean;
}

const BEHAVIORS = ["UNIMPLEMENTED", "NON-STRICT", "FAILED", "NOT RUN"];
const CLOSES = ["FAILED BY CLIENT", "UNCLEAN", "WRONG CODE", "FAILED", "NOT RUN"];

/** Nothing is expected of a case that no entry is about but that it is fine. */
const FINE = "OK / OK";

/**
 * How bad a verdict is: the behavior counts first, and a crash most but for a case that was not run. 0 for
 * what is OK or left open.
 */
function rank(line: string, crash: boolean): number {
  const [behavior = "", close = ""] = line.split(" / ");
  const of = (list: readonly string[], verdict: string) => list.indexOf(verdict) + 1;
  return of(BEHAVIORS, behavior) * 100 + (crash ? 50 : 0) + of(CLOSES, close);
}

/** The results that are not as expected, in the order of agents and cases. */
export function surprises(
  results: readonly CaseResult[],
  expectations: readonly Expectation[],
): Surprise[] {
  return [...results]
    .sort((a, b) => compareText(a.agent, b.agent) || compareIds(a.id, b.id))
    .flatMap((result) => surpriseOf(result, expectations) ?? []);
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function surpriseOf(
  result: CaseResult,
  expectations: readonly Expectation[],
): Surprise | undefined {
  const { agent, attempts, crashed, flaky, id } = result;
  const known = expectations.find((one) => isAbout(one, agent, id));
  const { verdict = FINE, crash = false } = known ?? {};
  const wanted = rank(verdict, crash);
  const is = rank(verdictLine(result), crashed);
  // What is now this and now that is as expected where one of the two is.
  const isExpected =
    is === wanted || (flaky && attempts.some((one) => rank(one, crash) === wanted));
  if (isExpected) return undefined;
  return {
    agent,
    id,
    verdict: withCrash(verdictLine(result), crashed),
    expected: withCrash(verdict, crash),
    worse: is > wanted,
  };
}

const withCrash = (line: string, crash: boolean) => (crash ? `${line} (crash)` : line);

const patternsOf = (list: string) => list.split(",").map((part) => part.trim());

function isAbout(expectation: Expectation, agent: string, id: string): boolean {
  const { agent: agents = "*", case: cases } = expectation;
  if (!patternOf(agents).test(agent)) return false;
  return patternsOf(cases).some((pattern) => patternOf(pattern).test(id));
}

/** One line for each surprise, for a terminal. */
export function surprisesText(list: readonly Surprise[]): string {
  const agents = new Set(list.map(({ agent }) => agent));
  return list
    .map(({ agent, expected, id, verdict, worse }) => {
      const whose = agents.size > 1 ? `  ${agent}` : "";
      return `${worse ? "worse " : "better"}${whose}  ${id.padEnd(8)} ${verdict}, expected ${expected}`;
    })
    .join("\n");
}

/**
 * The expectations that a run would meet: an entry for each case that is not fine. Where one of `known`
 * has the same verdict, its reason is kept. Cases that were not run have no verdict to expect.
 */
export function expectationsOf(
  results: readonly CaseResult[],
  known: readonly Expectation[] = [],
): Expectation[] {
  const hasMany = new Set(results.map(({ agent }) => agent)).size > 1;
  return [...results]
    .sort((a, b) => compareIds(a.id, b.id) || compareText(a.agent, b.agent))
    .filter((one) => one.behavior !== "NOT RUN" && rank(verdictLine(one), one.crashed) > 0)
    .map((result) => {
      const { agent, crashed, id } = result;
      const verdict = verdictLine(result);
      const before = known.find((one) => isAbout(one, agent, id) && one.verdict === verdict);
      return {
        case: id,
        verdict,
        why: before?.why ?? reasonOf(result),
        ...(crashed ? { crash: true } : {}),
        ...(hasMany ? { agent } : {}),
      };
    });
}

/** Writes a file of expectations. Reasons in one that is there already are kept. */
export async function writeExpectations(
  file: string,
  results: readonly CaseResult[],
): Promise<readonly Expectation[]> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  const list = expectationsOf(results, text === undefined ? [] : parseExpectations(text, file));
  await writeFile(file, `${JSON.stringify(list, undefined, 2)}\n`);
  return list;
}

/** Reads a file of expectations. Throws {@link ArgumentError} for one that is not as it should be. */
export async function readExpectations(file: string): Promise<readonly Expectation[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw new ArgumentError(`cannot read the expectations: ${(error as Error).message}`);
  }
  return parseExpectations(text, file);
}

function parseExpectations(text: string, file: string): readonly Expectation[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (error) {
    throw new ArgumentError(`${file}: expected JSON: ${(error as Error).message}`);
  }
  if (!Array.isArray(list)) throw new ArgumentError(`${file}: expected a list of expectations`);
  return list.map((entry: unknown, index) => {
    const fault = faultOf(entry);
    if (fault === undefined) return entry as Expectation;
    throw new ArgumentError(`${file}: entry ${index + 1}: ${fault}`);
  });
}

type Fields = Readonly<Partial<Record<keyof Expectation, unknown>>>;

/** What is wrong with an entry, if anything is. */
function faultOf(entry: unknown): string | undefined {
  if (typeof entry !== "object" || entry === null) return "expected an object";
  const { agent, case: cases, crash, verdict, why, ...others }: Fields = entry;
  const [other] = Object.keys(others);
  if (other !== undefined) return `there is no field "${other}"`;
  if (typeof cases !== "string") return `expected "case" to be the number of a case or a pattern`;
  if (typeof verdict !== "string" || !isVerdict(verdict)) {
    return `expected "verdict" to be two verdicts such as "NON-STRICT / OK"`;
  }
  if (typeof why !== "string" || why.trim() === "") return `expected "why" to be a sentence`;
  if (!["undefined", "boolean"].includes(typeof crash))
    return `expected "crash" to be true or false`;
  if (!["undefined", "string"].includes(typeof agent)) return `expected "agent" to be a pattern`;
  const unknown = patternsOf(cases).find((pattern) => !matchesSome(pattern));
  return unknown === undefined ? undefined : `there is no case ${unknown}`;
}

function isVerdict(line: string): boolean {
  const [behavior = "", close = "", ...more] = line.split(" / ");
  const open = ["OK", "INFORMATIONAL"];
  return (
    more.length === 0 &&
    [...open, ...BEHAVIORS].includes(behavior) &&
    [...open, ...CLOSES].includes(close)
  );
}

const matchesSome = (pattern: string) => select({ cases: [pattern] }, "any", "any").length > 0;
