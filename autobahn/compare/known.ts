/** Differences that are known, and why they are there. */
import { agreeAtTimes, type Difference } from "./verdicts.ts";

/** A reason for differences. */
export interface Known {
  /** Cases it applies to, as a regular expression on their numbers. */
  readonly cases: RegExp;
  /** Peers it applies to; all when left out. */
  readonly peers?: RegExp;
  /**
   * `"timing"`: verdicts change from run to run, so the suites must have agreed at times.
   * `"design"`: the suites judge by different rules.
   */
  readonly kind: "timing" | "design";
  readonly reason: string;
}

/** All that is known; the first that fits a difference is its reason. */
export const KNOWN: readonly Known[] = [
  {
    cases: /^7\.3\.6$/,
    kind: "design",
    reason:
      "a testee that answers a Close of 126 bytes with one of 126 bytes breaks §5.5 itself, which fails the case here",
  },
  {
    cases: /^(3\.[234]|4\.1\.[345]|4\.2\.[345])$/,
    kind: "timing",
    reason:
      "OK when the echo of the first message left before the bad frame was read, NON-STRICT when not",
  },
  {
    cases: /^6\.([5-9]|1\d|2\d)\./,
    kind: "timing",
    reason:
      "these cases end 500 ms after the text was sent, whatever has come: on a busy machine too early",
  },
  {
    cases: /^(1|2|5|7|10)\./,
    kind: "timing",
    reason: "the closing handshake may take 1 s, and a busy machine took longer",
  },
];

/** What a difference is taken for. */
export interface Judgement {
  readonly kind: "timing" | "design" | "unexplained timing" | "different";
  /** Undefined for what is not known. */
  readonly reason: string | undefined;
}

/** Judges a difference of a peer. */
export function judgeDifference(
  difference: Difference,
  peer: string,
  known: readonly Known[] = KNOWN,
): Judgement {
  const byTiming = agreeAtTimes(difference);
  const found = known.find(
    ({ cases, peers, kind }) =>
      cases.test(difference.id) && (peers?.test(peer) ?? true) && (kind === "design" || byTiming),
  );
  if (found !== undefined) return { kind: found.kind, reason: found.reason };
  return { kind: byTiming ? "unexplained timing" : "different", reason: undefined };
}

/** Whether a difference lets the comparison fail: it does unless its reason is known. */
export function isDefect({ kind }: Judgement): boolean {
  return kind === "different" || kind === "unexplained timing";
}
