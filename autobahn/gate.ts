/** Judges the suite's reports: every wanted case must be there and be as wanted. */
import { compareCases } from "./cases.ts";

/** What the suite's index.json says about one case. */
export interface CaseEntry {
  /** The verdict on the messages: `OK`, `NON-STRICT`, `INFORMATIONAL`, `FAILED`, … */
  readonly behavior: string;
  /** The verdict on the closing: `OK`, `INFORMATIONAL`, `WRONG CODE`, `UNCLEAN`, `FAILED`, … */
  readonly behaviorClose: string;
  /** How long the case took, in milliseconds. */
  readonly duration: number;
  /** Name of the case's own report, beside index.json. */
  readonly reportfile: string;
}

/** The verdict of this gate on one case. */
export interface CaseVerdict {
  readonly id: string;
  readonly outcome: "ok" | "informational" | "failed" | "missing";
  /** Undefined for a missing case. */
  readonly entry: CaseEntry | undefined;
}

/** The suite's index.json is not what it should be. */
export class ReportError extends Error {
  override readonly name = "ReportError";
}

/**
 * The cases for which the suite has no other verdict than INFORMATIONAL: what RFC 6455 leaves
 * open (a close overtaking a long message, and close codes that it does not define).
 */
const INFORMATIONAL_CASES: ReadonlySet<string> = new Set(["7.1.6", "7.13.1", "7.13.2"]);

/**
 * Reads the text of index.json. It must have the cases of `agent` and of no other. Throws
 * {@link ReportError}.
 */
export function parseIndex(text: string, agent: string): ReadonlyMap<string, CaseEntry> {
  let index: unknown;
  try {
    index = JSON.parse(text);
  } catch (error) {
    throw new ReportError(`index.json is not JSON: ${error instanceof Error ? error.message : ""}`);
  }
  if (!isRecord(index)) throw new ReportError("index.json is not an object");
  const others = Object.keys(index).filter((name) => name !== agent);
  if (others.length > 0) {
    throw new ReportError(
      `index.json has reports of ${others.join(", ")}; expected ${agent} alone`,
    );
  }
  const cases = index[agent] ?? {};
  if (!isRecord(cases)) throw new ReportError(`index.json has no object of cases for ${agent}`);
  return new Map(Object.entries(cases).map(([id, entry]) => [id, parseEntry(id, entry)]));
}

function parseEntry(id: string, entry: unknown): CaseEntry {
  const { behavior, behaviorClose, duration, reportfile } = isRecord(entry) ? entry : {};
  if (
    typeof behavior === "string" &&
    typeof behaviorClose === "string" &&
    typeof duration === "number" &&
    typeof reportfile === "string"
  ) {
    return { behavior, behaviorClose, duration, reportfile };
  }
  throw new ReportError(`index.json has no complete entry for case ${id}`);
}

/** Whether a value parsed from JSON is an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The verdict on every wanted case, and on every other that was run all the same, in the suite's
 * order. Both of the suite's verdicts count, that on the messages and that on the closing.
 */
export function judge(
  entries: ReadonlyMap<string, CaseEntry>,
  wanted: readonly string[],
): CaseVerdict[] {
  const ids = [...new Set([...wanted, ...entries.keys()])].sort(compareCases);
  return ids.map((id) => {
    const entry = entries.get(id);
    return { id, outcome: entry === undefined ? "missing" : outcomeOf(id, entry), entry };
  });
}

function outcomeOf(id: string, entry: CaseEntry): CaseVerdict["outcome"] {
  const verdicts = [entry.behavior, entry.behaviorClose];
  if (verdicts.every((verdict) => verdict === "OK")) return "ok";
  const asWanted = verdicts.every((verdict) => verdict === "OK" || verdict === "INFORMATIONAL");
  return asWanted && INFORMATIONAL_CASES.has(id) ? "informational" : "failed";
}

/** Whether every case is as wanted; false for none at all. */
export function passed(verdicts: readonly CaseVerdict[]): boolean {
  return verdicts.length > 0 && !verdicts.some(isFailure);
}

/** Whether the case is missing or not as wanted. */
export function isFailure(verdict: CaseVerdict): boolean {
  return verdict.outcome === "failed" || verdict.outcome === "missing";
}
