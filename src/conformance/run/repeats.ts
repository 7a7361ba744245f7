/** Verdicts that were a matter of time: they are repeated alone, and called flaky where they differ. */
import type { Case } from "../case.ts";
import { type Observation, sameEvents } from "../observation.ts";
import type { Pattern } from "../outcome.ts";
import { type CaseResult, verdictLine } from "../result.ts";
import type { Verdict } from "../verdict.ts";

/** A judge or a testee that stands still for so long may let a wait run out, in milliseconds. */
const BUSY = 150;
/** Milliseconds between two looks at the clock. */
const INTERVAL = 25;
/**
 * Waits that ran out and ran out again: after so many in a row the others are believed where nobody was
 * busy, and after so many more where somebody was.
 */
const BELIEVED = 6;
const SURELY_BELIEVED = 20;

/** Whether a verdict that is not good was decided by a wait that ran out, or by which came first. */
export function isDoubtful(testCase: Case, seen: Observation, result: CaseResult): boolean {
  return rank(result) > 0 && (testCase.races === true || isMatterOfTime(testCase, seen));
}

/** A wait ran out, or nobody took the connection; and what came so far may be right. */
function isMatterOfTime({ outcomes }: Case, seen: Observation): boolean {
  if (seen.unreached !== undefined) return true;
  if (!seen.waited || seen.faults.length > 0 || seen.exchange?.fault !== undefined) return false;
  return outcomes.length === 0 || outcomes.some(({ when }) => begins(when, seen.events));
}

/** Whether what came is the begin of what a pattern has, where the order of things is its own. */
function begins({ apart, events, sparse }: Pattern, came: Observation["events"]): boolean {
  if (events === undefined || apart || sparse !== undefined) return true;
  return sameEvents(came, events.slice(0, came.length));
}

/** 0 for what cannot be better. */
function rank({ behavior, behaviorClose }: Pick<Verdict, "behavior" | "behaviorClose">): number {
  const bad = {
    OK: 0,
    INFORMATIONAL: 0,
    UNIMPLEMENTED: 0,
    "NON-STRICT": 1,
    FAILED: 2,
    "NOT RUN": 3,
  };
  return bad[behavior] + (behaviorClose === "OK" || behaviorClose === "INFORMATIONAL" ? 0 : 1);
}

/** A result with the verdicts that were given before it. */
export function withAttempts(result: CaseResult, before: readonly CaseResult[]): CaseResult {
  const attempts = [...before.flatMap((one) => one.attempts), ...result.attempts];
  return { ...result, attempts, flaky: new Set(attempts).size > 1 };
}

/** A case whose verdict was a matter of time. */
export interface Doubt {
  readonly testCase: Case;
  readonly result: CaseResult;
  /** Judge or testee were busy while it ran. */
  readonly busy: boolean;
}

/** The cases to be repeated, and which of them need not be. */
export class Repeats {
  readonly #waiting: Doubt[] = [];
  #believed = 0;

  /** Notes a case for later. */
  add(doubt: Doubt): void {
    this.#waiting.push(doubt);
  }

  /** Takes what is to be repeated, one after the other, until nothing is left. */
  *drain(): Generator<Doubt, void, void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      yield next;
    }
  }

  /**
   * Whether a case has to be repeated. A wait that ran out mostly is what it seems; it is believed once
   * that has been seen often enough, and a silent testee does not take twice as long.
   */
  needed({ busy, testCase }: Doubt): boolean {
    return testCase.races === true || this.#believed < (busy ? SURELY_BELIEVED : BELIEVED);
  }

  /** The result of two runs. */
  judged({ testCase }: Doubt, before: CaseResult, after: CaseResult): CaseResult {
    const same = verdictLine(before) === verdictLine(after);
    if (!testCase.races) this.#believed = same ? this.#believed + 1 : Number.NEGATIVE_INFINITY;
    // Alone, a wait is long enough, and nothing races; what was right in the race is right.
    const better = testCase.races === true && rank(before) < rank(after);
    const [kept, other] = better ? [before, after] : [after, before];
    return withAttempts(kept, [other]);
  }
}

/** Watches whether the judge itself stands still. */
export class Lag {
  #timer: NodeJS.Timeout | undefined;
  #looked = 0;
  readonly #stops: { readonly at: number; readonly ms: number }[] = [];

  /** Begins to watch. */
  start(): void {
    this.#looked = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      const ms = now - this.#looked - INTERVAL;
      if (ms > BUSY) this.#stops.push({ at: now, ms });
      this.#looked = now;
    }, INTERVAL);
    this.#timer.unref();
  }

  /** Ends watching. */
  stop(): void {
    clearInterval(this.#timer);
  }

  /** Whether the judge stood still since `begun`, or the testee took long to open. */
  since(begun: number, opened: number | undefined): boolean {
    return (opened ?? 0) > BUSY || this.#stops.some(({ at }) => at >= begun);
  }
}
