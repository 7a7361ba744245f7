/** What may come of a case, and whether something seen is that. */
import { type BehaviorClose, closeVerdict, type ExpectedEnd } from "./close-verdict.ts";
import { type Event, type Observation, sameEvent, sameEvents } from "./observation.ts";
import type { RuleName } from "./rules.ts";
import type { Head } from "./wire/head.ts";

/** Looks at an answer for something that no other part of a {@link Pattern} says. */
export interface HeadCheck {
  /** What must be so, as the end of a sentence: `"with one of the two subprotocols"`. */
  readonly words: string;
  /** What is wrong with it, in a sentence; `undefined` for nothing. */
  readonly fault: (head: Head) => string | undefined;
}

/** What may be seen of a testee. All that is given must be so; what is left out may be anything. */
export interface Pattern {
  readonly opening?: Observation["opening"]["is"];
  /** Statuses of a refusal. */
  readonly statuses?: readonly number[];
  /** Something about the answer that opened or refused. */
  readonly head?: HeadCheck;
  readonly events?: readonly Event[];
  /** Messages and Pongs may mix: only the order among each kind counts. */
  readonly apart?: boolean;
  /** Some of the events may be missing; the last only with `"cut"`. */
  readonly sparse?: true | "cut";
  /** Messages that were to come back all did. */
  readonly exchange?: "complete";
  /** No two frames of a client in a row have the same masking key. */
  readonly freshKeys?: true;
  readonly end?: ExpectedEnd;
  /** Verdicts on the close with which this is not what was seen. */
  readonly unless?: readonly BehaviorClose[];
  /** The connection was ended without a Close. */
  readonly closeless?: true;
  /** TCP was reset. */
  readonly reset?: boolean;
  /** A stream of HTTP/2 was reset, with one of these codes or any. */
  readonly streamReset?: readonly number[] | "any";
  /** The connection of HTTP/2 ended with GOAWAY and one of these codes, or any but 0. */
  readonly goaway?: readonly number[] | "any";
  /** The connection of HTTP/2 ended. */
  readonly connectionEnded?: true;
  /** The script of the case has found nothing against it. */
  readonly nothingFound?: true;
}

/** One thing that may come of a case. */
export interface Outcome {
  /**
   * Whether it is what the rule asks, or is allowed and not what it should be, or breaks the rule: how
   * bad that is follows from the rule's strength. `"declines"` is to want no part of what the case is
   * about, where nobody must.
   */
  readonly counts: "meets" | "weakens" | "breaks" | "declines";
  /** The rule; that of the case when left out. */
  readonly rule?: RuleName;
  readonly when: Pattern;
  /** What to say of it, in a sentence. */
  readonly why?: string;
}

/** What the rule asks. */
export const meets = (when: Pattern, why?: string): Outcome => outcome("meets", when, why);

/** What is allowed, or nearly, and is not what it should be. */
export const weakens = (when: Pattern, why?: string): Outcome => outcome("weakens", when, why);

/** What breaks a rule, by default the one of the case. */
export const breaks = (when: Pattern, rule?: RuleName, why?: string): Outcome => ({
  ...outcome("breaks", when, why),
  ...(rule === undefined ? {} : { rule }),
});

const outcome = (counts: Outcome["counts"], when: Pattern, why: string | undefined): Outcome => ({
  counts,
  when,
  ...(why === undefined ? {} : { why }),
});

/** Whether what was seen is what a pattern says. */
export function fits(pattern: Pattern, seen: Observation): boolean {
  return (
    opensSo(pattern, seen) &&
    hasEvents(pattern, seen) &&
    (pattern.exchange === undefined || isComplete(seen)) &&
    (pattern.freshKeys === undefined || seen.sameKeys === 0) &&
    (pattern.closeless === undefined || isCloseless(seen)) &&
    endsSo(pattern, seen) &&
    streamEndsSo(pattern, seen) &&
    (pattern.nothingFound === undefined || seen.found === undefined)
  );
}

const isCloseless = ({ closeless, ending }: Observation): boolean =>
  closeless ?? (ending !== undefined && !ending.closeCame && !ending.droppedByMe);

function opensSo({ head, opening, statuses }: Pattern, seen: Observation): boolean {
  if (opening !== undefined && seen.opening.is !== opening) return false;
  const answer = "head" in seen.opening ? seen.opening.head : undefined;
  if (head !== undefined && (answer === undefined || head.fault(answer) !== undefined))
    return false;
  if (statuses === undefined) return true;
  return seen.opening.is === "refused" && statuses.includes(seen.opening.status);
}

function hasEvents({ apart, events, sparse }: Pattern, seen: Observation): boolean {
  if (events === undefined) return true;
  if (sparse === undefined) return sameEvents(seen.events, events, apart ?? false);
  return isPartOf(seen.events, events) && (sparse === "cut" || endsAlike(seen.events, events));
}

/** Whether `some` are `all` in their order, with some left out. */
function isPartOf(some: readonly Event[], all: readonly Event[]): boolean {
  let at = 0;
  for (const event of some) {
    while (at < all.length && !sameEvent(all[at]!, event)) at++;
    if (at++ >= all.length) return false;
  }
  return true;
}

function endsAlike(some: readonly Event[], all: readonly Event[]): boolean {
  const [last, wanted] = [some.at(-1), all.at(-1)];
  return last !== undefined && wanted !== undefined && sameEvent(last, wanted);
}

function isComplete({ exchange }: Observation): boolean {
  return (
    exchange !== undefined && exchange.fault === undefined && exchange.cameBack === exchange.wanted
  );
}

function endsSo({ end, reset, unless }: Pattern, { ending }: Observation): boolean {
  if (reset !== undefined && ending?.wasReset !== reset) return false;
  if (end === undefined || unless === undefined || ending === undefined) return true;
  return !unless.includes(closeVerdict(end, ending).behaviorClose);
}

function streamEndsSo(pattern: Pattern, { stream }: Observation): boolean {
  const { connectionEnded, goaway, streamReset } = pattern;
  if (connectionEnded !== undefined && stream?.connectionEnded !== true) return false;
  const among = (codes: Pattern["goaway"], code: number | undefined) =>
    codes === undefined || (code !== undefined && (codes === "any" || codes.includes(code)));
  return among(streamReset, stream?.reset) && among(goaway, stream?.goaway || undefined);
}
