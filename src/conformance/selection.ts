/** Which cases are run: patterns as in Autobahn's specification files. */
import { ArgumentError } from "../errors.ts";
import type { Case, Role } from "./case.ts";
import { AUTOBAHN_SECTIONS } from "./case-numbers.ts";
import { ALL_CASES } from "./cases/all.ts";

/** Patterns of cases to run and to leave out. */
export interface Selection {
  /** For example `["1.*", "6.4.*"]`; all when left out. */
  readonly cases?: readonly string[];
  /** Patterns of cases to leave out. */
  readonly exclude?: readonly string[];
}

/** A pattern as a regular expression: `*` stands for anything, the rest for itself. */
export function patternOf(pattern: string): RegExp {
  const source = pattern
    .split("*")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  return new RegExp(`^${source}$`);
}

/**
 * The cases that a selection names, in order, for one role of the testee and one version of HTTP, or any.
 * Without patterns these are all cases for servers and Autobahn's for clients: a client written for
 * Autobahn may not expect that its opening handshake fails.
 */
export function select(
  selection: Selection,
  role: Role | "any",
  http: "1.1" | "2" | "any" = "1.1",
): readonly Case[] {
  const standard = role === "client" ? AUTOBAHN_SECTIONS : ["*"];
  const wanted = (selection.cases ?? standard).map(patternOf);
  const unwanted = (selection.exclude ?? []).map(patternOf);
  return ALL_CASES.filter(
    (testCase) =>
      appliesTo(testCase.only, role) &&
      appliesTo(testCase.http, http) &&
      wanted.some((pattern) => pattern.test(testCase.id)) &&
      !unwanted.some((pattern) => pattern.test(testCase.id)),
  );
}

/** Whether what a case is only for is what is wanted; nothing is for all. */
const appliesTo = (only: string | undefined, wanted: string): boolean =>
  only === undefined || wanted === "any" || only === wanted;

/** {@link select}. Throws {@link ArgumentError} for what are no lists, and where no case is left. */
export function selectSome(...args: Parameters<typeof select>): readonly Case[] {
  for (const name of ["cases", "exclude"] as const) {
    const list = args[0][name];
    if (list === undefined || Array.isArray(list)) continue;
    throw new ArgumentError(`expected ${name} to be a list of patterns, got ${String(list)}`);
  }
  const cases = select(...args);
  if (cases.length > 0) return cases;
  const [{ cases: wanted = ["*"], exclude = [] }] = args;
  const but = exclude.length === 0 ? "" : ` and none of ${exclude.join(", ")}`;
  throw new ArgumentError(`no case matches ${wanted.join(", ")}${but}`);
}

/** Whether the exclusions by agent (patterns of names to patterns of cases) leave a case out. */
export function excludedFor(
  excludes: Readonly<Record<string, readonly string[]>>,
  agent: string,
  id: string,
): boolean {
  return Object.entries(excludes).some(
    ([name, cases]) =>
      patternOf(name).test(agent) && cases.some((pattern) => patternOf(pattern).test(id)),
  );
}

const NUMBERS = new Map(ALL_CASES.map(({ id }, index) => [id, index + 1]));

/** Place of a case in the list of all cases, from 1. */
export function numberOf(testCase: Case): number {
  return NUMBERS.get(testCase.id) ?? 0;
}
