/** What changed between two reports. */
import { compareIds } from "../case-numbers.ts";
import { verdictLine } from "../result.ts";
import type { IndexEntry, ReportIndex } from "./json.ts";
import { severity } from "./summary.ts";

/** One case whose verdicts differ. */
export interface Difference {
  readonly agent: string;
  readonly id: string;
  /** `"BEHAVIOR / CLOSE"` before and after; `undefined` where the case was not run. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Whether it got worse; a case that is no longer run did. */
  readonly worse: boolean;
  /** Whether both reports have had a verdict in common, in one run or another of the case. */
  readonly flaky: boolean;
}

/**
 * Compares two reports. With one agent in each, the agents' names do not matter; else agents are
 * matched by name.
 */
export function differences(before: ReportIndex, after: ReportIndex): Difference[] {
  return pairs(before, after).flatMap(([agent, a, b]) => {
    const ids = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort(compareIds);
    return ids.flatMap((id) => differenceOf(agent, id, a[id], b[id]) ?? []);
  });
}

type Cases = Readonly<Record<string, IndexEntry>>;

function pairs(before: ReportIndex, after: ReportIndex): [string, Cases, Cases][] {
  const [one, other] = [Object.keys(before), Object.keys(after)];
  if (one.length === 1 && other.length === 1) {
    const name = one[0] === other[0] ? one[0]! : `${one[0]} -> ${other[0]}`;
    return [[name, before[one[0]!]!, after[other[0]!]!]];
  }
  const agents = [...new Set([...one, ...other])].sort();
  return agents.map((agent) => [agent, before[agent] ?? {}, after[agent] ?? {}]);
}

const RANK = { ok: 0, strict: 1, failed: 2 };

function differenceOf(
  agent: string,
  id: string,
  a: IndexEntry | undefined,
  b: IndexEntry | undefined,
): Difference | undefined {
  const show = (entry: IndexEntry | undefined) =>
    entry === undefined ? undefined : verdictLine(entry);
  const [before, after] = [show(a), show(b)];
  if (before === after) return undefined;
  const rank = (entry: IndexEntry | undefined) =>
    entry === undefined ? -1 : RANK[severity(entry)];
  const flaky = haveMet(a, b);
  // A case that is gone hides what it would show; a new one is worse only when it is bad.
  const worse = !flaky && (b === undefined || rank(b) > Math.max(rank(a), 0));
  return { agent, id, before, after, worse, flaky };
}

/** Whether a verdict was given to a case in both of two reports. */
function haveMet(a: IndexEntry | undefined, b: IndexEntry | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const given = new Set(a.attempts ?? [verdictLine(a)]);
  return (b.attempts ?? [verdictLine(b)]).some((verdict) => given.has(verdict));
}

/** Differences as lines of text; the worse ones, and those of flaky cases, are marked. */
export function differencesText(list: readonly Difference[]): string {
  return list
    .map(({ agent, id, before, after, worse, flaky }) => {
      const change = `${before ?? "not run"} -> ${after ?? "not run"}`;
      const mark = worse ? "worse" : flaky ? "flaky" : "";
      return `${mark.padEnd(6)} ${agent}  ${id.padEnd(8)} ${change}`;
    })
    .join("\n");
}
