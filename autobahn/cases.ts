/** The numbers of the Autobahn|Testsuite's cases 1 to 10 (version 25.10.1) and patterns of them. */

/** How many cases each group has; they are numbered from 1 without gaps, e.g. `6.4.1`…`6.4.4`. */
const CASES_PER_GROUP: readonly (readonly [group: string, count: number])[] = [
  ["1.1", 8],
  ["1.2", 8],
  ["2", 11],
  ["3", 7],
  ["4.1", 5],
  ["4.2", 5],
  ["5", 20],
  ["6.1", 3],
  ["6.2", 4],
  ["6.3", 2],
  ["6.4", 4],
  ["6.5", 5],
  ["6.6", 11],
  ["6.7", 4],
  ["6.8", 2],
  ["6.9", 4],
  ["6.10", 3],
  ["6.11", 5],
  ["6.12", 8],
  ["6.13", 5],
  ["6.14", 10],
  ["6.15", 1],
  ["6.16", 3],
  ["6.17", 5],
  ["6.18", 5],
  ["6.19", 5],
  ["6.20", 7],
  ["6.21", 8],
  ["6.22", 34],
  ["6.23", 7],
  ["7.1", 6],
  ["7.3", 6],
  ["7.5", 1],
  ["7.7", 13],
  ["7.9", 9],
  ["7.13", 2],
  ["9.1", 6],
  ["9.2", 6],
  ["9.3", 9],
  ["9.4", 9],
  ["9.5", 6],
  ["9.6", 6],
  ["9.7", 6],
  ["9.8", 6],
  ["10.1", 1],
];

/** The sections of the suite that have cases, by number. */
export const SECTIONS: ReadonlyMap<string, string> = new Map([
  ["1", "Framing"],
  ["2", "Pings and pongs"],
  ["3", "Reserved bits"],
  ["4", "Opcodes"],
  ["5", "Fragmentation"],
  ["6", "UTF-8 handling"],
  ["7", "Close handling"],
  ["9", "Limits and performance"],
  ["10", "Miscellaneous"],
]);

/** Every case from 1.1.1 to 10.1.1, 301 of them, in the suite's order. */
export const ALL_CASES: readonly string[] = CASES_PER_GROUP.flatMap(([group, count]) =>
  Array.from({ length: count }, (_, index) => `${group}.${index + 1}`),
);

/** The section of a case: `"6"` for `"6.4.1"`. */
export function sectionOf(id: string): string {
  return id.slice(0, id.indexOf("."));
}

/** Orders case numbers by their parts as numbers: 6.4.1 before 6.10.1. */
export function compareCases(a: string, b: string): number {
  const left = a.split(".").map(Number);
  const right = b.split(".").map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** A pattern that names no case. */
export class PatternError extends Error {
  override readonly name = "PatternError";
}

/**
 * The cases that match one of `patterns` and none of `excluded`, in the suite's order. A pattern
 * is a case (`6.4.1`) or has a `*` for any rest (`6.4.*`). Throws {@link PatternError} for one that
 * matches no case, for a typing mistake would otherwise make a run that tests less than was asked.
 */
export function selectCases(patterns: readonly string[], excluded: readonly string[]): string[] {
  const wanted = new Set(patterns.flatMap(casesMatching));
  for (const id of excluded.flatMap(casesMatching)) wanted.delete(id);
  if (wanted.size === 0) throw new PatternError("no case is left to run: all are excluded");
  return ALL_CASES.filter((id) => wanted.has(id));
}

function casesMatching(pattern: string): string[] {
  if (!/^[0-9.*]+$/.test(pattern)) {
    throw new PatternError(`"${pattern}" is not a case such as 6.4.1 or a pattern such as 6.4.*`);
  }
  const source = pattern.replaceAll(".", "\\.").replaceAll("*", ".*");
  const expression = new RegExp(`^${source}$`);
  const matches = ALL_CASES.filter((id) => expression.test(id));
  if (matches.length === 0) {
    throw new PatternError(`no case matches "${pattern}"; there are 1.1.1 to 10.1.1, without an 8`);
  }
  return matches;
}
