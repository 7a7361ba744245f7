/** Verdicts of two suites on the same cases, and what differs between them. */
import { compareCases } from "../cases.ts";

/** Both verdicts on one case, `"OK / UNCLEAN"`: on the messages and on the closing. */
export type Verdict = string;

/** Verdicts by case. */
export type Verdicts = ReadonlyMap<string, Verdict>;

/** What stands for the verdict on a case that a suite has no report of. */
export const NOT_RUN: Verdict = "not run";

/** A case on which the suites did not agree, with every verdict that each has given so far. */
export interface Difference {
  readonly id: string;
  readonly autobahn: ReadonlySet<Verdict>;
  readonly conform: ReadonlySet<Verdict>;
}

/** The verdict in one line. */
export function verdictOf(entry: {
  readonly behavior: string;
  readonly behaviorClose: string;
}): Verdict {
  return `${entry.behavior} / ${entry.behaviorClose}`;
}

/** The cases of `ids` that two runs do not agree on, in the suite's order. */
export function differences(
  autobahn: Verdicts,
  conform: Verdicts,
  ids: readonly string[],
): Difference[] {
  return [...ids].sort(compareCases).flatMap((id) => {
    const [a, b] = [autobahn.get(id) ?? NOT_RUN, conform.get(id) ?? NOT_RUN];
    return a === b ? [] : [{ id, autobahn: new Set([a]), conform: new Set([b]) }];
  });
}

/** A difference with the verdicts of one more run of each suite. */
export function withRun(difference: Difference, autobahn: Verdicts, conform: Verdicts): Difference {
  const { id } = difference;
  return {
    id,
    autobahn: new Set([...difference.autobahn, autobahn.get(id) ?? NOT_RUN]),
    conform: new Set([...difference.conform, conform.get(id) ?? NOT_RUN]),
  };
}

/**
 * Whether both suites have given the same verdict on the case at one time or another: then it is
 * not what they judge that differs but what the testee, or the clock, did. That neither has judged
 * it does not count.
 */
export function agreeAtTimes({ autobahn, conform }: Difference): boolean {
  return [...autobahn].some((verdict) => verdict !== NOT_RUN && conform.has(verdict));
}
