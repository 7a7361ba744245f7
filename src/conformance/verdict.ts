/** From what was seen to the verdict: no clock, no network, no order of cases. */
import { seenWords, wantedWords } from "./account.ts";
import type { Case, Role } from "./case.ts";
import { isAutobahn } from "./case-numbers.ts";
import { type CloseVerdict, closeVerdict, type ExpectedEnd } from "./close-verdict.ts";
import type { Observation } from "./observation.ts";
import { fits, type Outcome } from "./outcome.ts";
import { type RuleName, ruleNamed } from "./rules.ts";

/** The verdict on what the testee did. */
export type Behavior =
  | "OK"
  | "NON-STRICT"
  | "INFORMATIONAL"
  | "UNIMPLEMENTED"
  | "FAILED"
  | "NOT RUN";

/** Both verdicts on one case, each with its reason. */
export interface Verdict extends CloseVerdict {
  readonly behavior: Behavior;
  /** Why, in a sentence. */
  readonly result: string;
  /** The rule that decided: that was met, or broken. */
  readonly rule: RuleName;
  /** The testee did not outlive the case. */
  readonly crashed: boolean;
}

interface Judgement {
  readonly behavior: Behavior;
  readonly result: string;
  readonly rule: RuleName;
  /** What the end of the connection is measured by; nothing judges it when left out. */
  readonly end?: ExpectedEnd | undefined;
  readonly crashed?: boolean;
}

const NOT_JUDGED: CloseVerdict = {
  behaviorClose: "OK",
  resultClose: "The close is not judged in this case.",
};

/** The verdict on a case, from what was seen of a testee in this role. */
export function verdict(testCase: Case, seen: Observation, role: Role): Verdict {
  if (seen.unreached !== undefined) return notRun(testCase, seen.unreached);
  const { behavior, crashed = false, end, result, rule } = judgement(testCase, seen, role);
  return { behavior, result, rule, crashed, ...closing(behavior, end, seen) };
}

/** What stands for the verdict on a case of which nothing was seen. */
export function notRun({ rule }: Case, why: string): Verdict {
  return {
    behavior: "NOT RUN",
    result: why,
    rule,
    crashed: false,
    behaviorClose: "NOT RUN",
    resultClose: why,
  };
}

function closing(
  behavior: Behavior,
  end: ExpectedEnd | undefined,
  { ending, opening }: Observation,
): CloseVerdict {
  if (behavior === "INFORMATIONAL") {
    return { behaviorClose: "INFORMATIONAL", resultClose: "The rules leave this open." };
  }
  if (end === undefined) return NOT_JUDGED;
  if (opening.is !== "open" || ending === undefined) {
    const resultClose = "The WebSocket opening handshake was never completed!";
    return { behaviorClose: "FAILED", resultClose };
  }
  return closeVerdict(end, ending);
}

function judgement(testCase: Case, seen: Observation, role: Role): Judgement {
  const end = testCase.outcomes.find(({ when }) => when.end !== undefined)?.when.end;
  const failed = (rule: RuleName, result: string): Judgement => ({
    behavior: "FAILED",
    result,
    rule,
    end,
  });
  const crash = crashOf(seen, role);
  if (crash !== undefined) return { ...failed("livesOn", crash), crashed: true };
  if (needsConnection(testCase) && seen.opening.is !== "open") {
    const refusal = offerRefused(testCase, seen);
    if (refusal !== undefined) return refusal;
    return failed(openingRule(testCase, seen, role), neverOpen(seen));
  }
  if (seen.agreed !== "yes") return unimplemented(testCase, seen.agreed);
  const fault = seen.faults.find(({ rule }) => isFatal(rule, role));
  if (fault !== undefined) {
    return failed(fault.rule, `The testee broke a rule itself: ${fault.text}.`);
  }
  const growth = growthOver(testCase, seen);
  if (growth !== undefined) return failed("livesOn", growth);
  const outcome = testCase.outcomes.find(({ when }) => fits(when, seen));
  return outcome === undefined ? broken(testCase, seen, end) : counted(testCase, seen, outcome);
}

/** What the outcome that fits comes to. */
function counted(testCase: Case, seen: Observation, outcome: Outcome): Judgement {
  const rule = outcome.rule ?? testCase.rule;
  const { end } = outcome.when;
  if (outcome.counts === "meets") {
    return { behavior: "OK", result: outcome.why ?? metWords(testCase, seen), rule, end };
  }
  const result = outcome.why ?? differs(testCase, seen);
  if (outcome.counts === "declines") return { behavior: "UNIMPLEMENTED", result, rule, end };
  if (outcome.counts === "weakens") return { behavior: "NON-STRICT", result, rule, end };
  return { ...breach(rule, result), end };
}

/** What comes of something that no outcome allows. */
function broken(testCase: Case, seen: Observation, end: ExpectedEnd | undefined): Judgement {
  const rule = testCase.otherwise ?? testCase.rule;
  const open = ruleNamed(rule).strength === "robustness" || testCase.outcomes.length === 0;
  const judged = breach(rule, open ? metWords(testCase, seen) : differs(testCase, seen));
  // Where nothing must be so, none of the two is the wrong one to end the connection.
  const either: ExpectedEnd = { by: "either" };
  return { ...judged, end: judged.behavior === "FAILED" || end === undefined ? end : either };
}

/** How bad it is to break a rule follows from its strength. */
function breach(rule: RuleName, result: string): Judgement {
  const behavior = (
    { MUST: "FAILED", SHOULD: "NON-STRICT", MAY: "INFORMATIONAL", robustness: "OK" } as const
  )[ruleNamed(rule).strength];
  return { behavior, result, rule };
}

function differs(testCase: Case, seen: Observation): string {
  const { said } = seen;
  const words = seenWords(seen, testCase);
  const got = words.slice(0, 1).toUpperCase() + words.slice(1);
  return `${got}; expected: ${wantedWords(testCase)}.${said === undefined ? "" : ` ${said}`}`;
}

function metWords({ kind }: Case, { exchange, opening, said }: Observation): string {
  if (said !== undefined) return said;
  if (exchange !== undefined) return `${exchange.cameBack} messages came back.`;
  if (kind === "dialog") return "Actual events match at least one expected.";
  if (opening.is === "refused") return `Refused with ${opening.status}.`;
  return opening.is === "open" ? "Opened." : "Not opened.";
}

/** Whether what a testee did by itself fails the case: it broke a MUST, or sends without bound. */
function isFatal(name: RuleName, role: Role): boolean {
  const { binds, strength } = ruleNamed(name);
  const counts = strength === "MUST" || strength === "robustness";
  return counts && (binds === "both" || binds === role);
}

function crashOf(seen: Observation, role: Role): string | undefined {
  const { life = "lives", processEnd, said } = seen;
  if (life === "lives" && !isProcessGone(seen)) return undefined;
  const before = said === undefined ? "" : `${said} `;
  if (life === "hangs") {
    const what = role === "server" ? "answers no fresh connection" : "makes no further request";
    return `${before}The testee ${what}: it hangs.`;
  }
  return `${before}Crash: the testee is gone${processEnd === undefined ? "" : ` (${processEnd})`}.`;
}

const isProcessGone = ({ growth }: Observation): boolean =>
  growth !== undefined && growth.most === undefined;

function needsConnection(testCase: Case): boolean {
  return testCase.kind === "dialog" || (testCase.kind === "endurance" && !isBare(testCase));
}

const isBare = ({ bare, unanswered }: { bare?: boolean; unanswered?: boolean }) =>
  bare === true || unanswered === true;

/** A server may refuse what it need not serve: of an offer that is allowed it should decline its part. */
function offerRefused(testCase: Case, { opening }: Observation): Judgement | undefined {
  const offers = "deflate" in testCase && testCase.deflate !== undefined;
  if (opening.is !== "refused" || !offers || isAutobahn(testCase.id)) return undefined;
  const result = `Refused with ${opening.status} for an offer of permessage-deflate that is allowed.`;
  return { behavior: "NON-STRICT", result, rule: "offerAnswered" };
}

function openingRule({ http }: Case, { stream }: Observation, role: Role): RuleName {
  if (role === "client") return "request";
  return http === "2" || stream !== undefined ? "connectOpens" : "handshake";
}

function neverOpen({ opening }: Observation): string {
  switch (opening.is) {
    case "wrong":
      return opening.why;
    case "refused":
      return `RFC 6455 §4.1: expected status 101, got "${opening.head.start}"`;
    case "ended":
      return "The testee ended the connection during the opening handshake.";
    default:
      return `The opening handshake was not finished within ${opening.is === "silent" ? opening.wait : 0} ms.`;
  }
}

function unimplemented(
  { kind, rule }: Case,
  agreed: Exclude<Observation["agreed"], "yes">,
): Judgement {
  const result = {
    no: "permessage-deflate was not negotiated.",
    otherwise: "permessage-deflate was negotiated without the parameters that the case is about.",
    // RFC 7692 §7.1: a client must fail what it does not support.
    declined:
      "The client did not want the parameters of permessage-deflate that it was answered with.",
  }[agreed];
  const end: ExpectedEnd = { by: "judge", codes: [1000], clean: true };
  const isJudged = kind === "dialog" && agreed !== "declined";
  return { behavior: "UNIMPLEMENTED", result, rule, end: isJudged ? end : undefined };
}

const MIB = 2 ** 20;

/** What is wrong with the memory of a testee that lives, where its case has a bound for it. */
function growthOver(testCase: Case, { growth, said }: Observation): string | undefined {
  if (growth?.most === undefined || testCase.kind !== "endurance") return undefined;
  const { bound } = testCase;
  if (bound === undefined || growth.most - growth.before <= bound) return undefined;
  const mib = (bytes: number) => Math.round(bytes / MIB);
  const grew = `Memory grew by ${mib(growth.most - growth.before)} MiB over ${mib(growth.before)}`;
  return `${said ?? ""} ${grew}, more than ${mib(bound)}.`.trim();
}
