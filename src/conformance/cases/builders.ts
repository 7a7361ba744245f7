/** What cases on an open connection are made of besides their steps: ends and outcomes. */
import type { DialogCase } from "../case.ts";
import type { BehaviorClose, ExpectedEnd } from "../close-verdict.ts";
import type { Event } from "../observation.ts";
import { breaks, meets, type Outcome, type Pattern } from "../outcome.ts";

/** §7.1.4: the judge closes with 1000, and the handshake is complete. */
export const CLEAN: ExpectedEnd = { by: "judge", codes: [1000], clean: true };

/** §7.1.7: the testee fails the connection, with 1002 if it says why. */
export const PROTOCOL_ERROR: ExpectedEnd = { by: "testee", codes: [1002] };

/** §8.1: the testee fails the connection, with 1007 if it says why. */
export const INVALID_TEXT: ExpectedEnd = { by: "testee", codes: [1007] };

/** §7.4.1: codes that say that nothing was wrong, or that the testee leaves for reasons of its own. */
const SAYS_NOTHING = [1000, 1001, 1010];

/** A case on an open connection. */
export const dialog = (parts: Omit<DialogCase, "kind">): DialogCase => ({
  kind: "dialog",
  ...parts,
});

/**
 * Outcomes as Autobahn judges them: the events alone decide on the behavior, the end on the close, but
 * for verdicts on the close of which `unless` says that they decide on both.
 */
export const eventsThen = (
  events: readonly Event[],
  end: ExpectedEnd,
  unless: readonly BehaviorClose[] = [],
): Outcome => meets({ events, end, unless });

/** Legal frames: what is sent comes back, and the testee does not close by itself. */
export const served = (events: readonly Event[], more: Partial<Pattern> = {}): Outcome[] => [
  meets({ events, end: CLEAN, unless: ["FAILED"], ...more }),
];

/**
 * The testee must fail the connection after `events`. Which code its Close has, if it sends one, is no
 * more than a SHOULD, and so is that it sends one at all.
 */
export const failed = (events: readonly Event[] = []): Outcome[] => [
  meets({
    events,
    end: { by: "testee", notCodes: SAYS_NOTHING },
    unless: ["FAILED", "WRONG CODE"],
  }),
  breaks({ events, end: { by: "testee" }, unless: ["FAILED"] }, "fittingCode"),
];

/** The same, whatever came before. */
export const failedAnyhow: readonly Outcome[] = failed().map(({ when, ...outcome }) => {
  const { events: _, ...ending } = when;
  return { ...outcome, when: ending };
});

/** The judge closes; the testee's Close has one of these codes or none. */
export const closedWith = (...codes: readonly number[]): Outcome[] => [
  meets({ events: [], end: { ...CLEAN, codes }, unless: ["FAILED", "WRONG CODE", "UNCLEAN"] }),
];
