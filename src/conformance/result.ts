/** The result of one case, in the shape of Autobahn's case reports. */
import { expectationOf } from "./account.ts";
import type { Case, Role } from "./case.ts";
import type { BehaviorClose } from "./close-verdict.ts";
import type { Traffic } from "./drive/sender.ts";
import { Attempt, type Sighting } from "./drive/sighting.ts";
import type { Event } from "./observation.ts";
import { type RuleName, ruleNamed, type Strength } from "./rules.ts";
import { type Behavior, notRun, type Verdict, verdict } from "./verdict.ts";
import type { WireEntry } from "./wire/recorder.ts";
import { textOf } from "./wire/recorder.ts";

/** An event as reports have it: `["message", text, binary]`, `["pong", text]`, `["timeout", mark]`. */
export type ReportedEvent = readonly [kind: string, ...rest: (string | boolean)[]];

/** One case against one testee. The fields up to `trafficStats` are those of Autobahn. */
export interface CaseResult {
  /** Place of the case in the list of all cases, from 1. */
  readonly case: number;
  readonly id: string;
  readonly description: string;
  readonly expectation: string;
  /** Name of the testee. */
  readonly agent: string;
  /** Begin, in ISO 8601. */
  readonly started: string;
  /** Milliseconds. */
  readonly duration: number;
  readonly reportTime: boolean;
  readonly reportCompressionRatio: boolean;
  readonly behavior: Behavior;
  readonly behaviorClose: BehaviorClose;
  readonly expected: Readonly<Record<string, readonly ReportedEvent[]>>;
  readonly expectedClose: {
    readonly closedByMe?: boolean;
    readonly closeCode?: readonly number[];
    readonly requireClean?: boolean;
    readonly closedByWrongEndpointIsFatal?: boolean;
  };
  readonly received: readonly ReportedEvent[];
  /** Why the verdict on the behavior. */
  readonly result: string;
  /** Why the verdict on the close. */
  readonly resultClose: string;
  readonly wirelog: readonly WireEntry[];
  readonly createWirelog: boolean;
  readonly closedByMe: boolean;
  readonly failedByMe: boolean;
  readonly droppedByMe: boolean;
  readonly wasClean: boolean;
  readonly wasNotCleanReason: string | null;
  readonly wasServerConnectionDropTimeout: boolean;
  readonly wasOpenHandshakeTimeout: boolean;
  readonly wasCloseHandshakeTimeout: boolean;
  readonly localCloseCode: number | null;
  readonly localCloseReason: string | null;
  readonly remoteCloseCode: number | null;
  readonly remoteCloseReason: string | null;
  readonly isServer: boolean;
  readonly createStats: boolean;
  readonly rxOctetStats: Readonly<Record<string, number>>;
  readonly rxFrameStats: Readonly<Record<string, number>>;
  readonly txOctetStats: Readonly<Record<string, number>>;
  readonly txFrameStats: Readonly<Record<string, number>>;
  readonly httpRequest: string;
  readonly httpResponse: string;
  readonly trafficStats: Readonly<Record<string, number | null>> | null;
  /** Not in Autobahn: the name of the rule that decided. */
  readonly rule: RuleName;
  /** Not in Autobahn: how much that rule asks. */
  readonly strength: Strength;
  /** Not in Autobahn: where the rules stand that the case rests on; the one that decided first. */
  readonly rules: readonly string[];
  /** Not in Autobahn: the rules that frames of the testee broke. */
  readonly faults: readonly string[];
  /** Not in Autobahn: the testee did not outlive the case. */
  readonly crashed: boolean;
  /** Not in Autobahn: the case was run more than once, with different verdicts. */
  readonly flaky: boolean;
  /** Not in Autobahn: the verdicts of all runs of the case, `"OK / OK"`, in their order. */
  readonly attempts: readonly string[];
  /** Not in Autobahn: milliseconds from the begin for each entry of `wirelog`. */
  readonly wirelogTimes: readonly number[];
  /** Not in Autobahn: entries that were left out of `wirelog`. */
  readonly wirelogOmitted: number;
}

/** Where a case stands in the list and who is tested. */
export interface Subject {
  /** From 1. */
  readonly number: number;
  readonly agent: string;
}

/** The result on what was seen. */
export function resultOf(testCase: Case, subject: Subject, sighting: Sighting): CaseResult {
  const role: Role = sighting.isServer ? "client" : "server";
  return reported(testCase, subject, sighting, verdict(testCase, sighting.seen, role));
}

/** The result on a case that was not run. */
export function notRunResult(
  testCase: Case,
  subject: Subject,
  role: Role,
  why: string,
): CaseResult {
  const sighting = new Attempt(role === "client").end({ unreached: why });
  return reported(testCase, subject, sighting, notRun(testCase, why));
}

/** Both verdicts in one line. */
export const verdictLine = ({
  behavior,
  behaviorClose,
}: Pick<CaseResult, "behavior" | "behaviorClose">): string => `${behavior} / ${behaviorClose}`;

function reported(
  testCase: Case,
  subject: Subject,
  sighting: Sighting,
  judged: Verdict,
): CaseResult {
  const { isServer, recorder, seen, traffic } = sighting;
  const { ending } = seen;
  const isDialog = testCase.kind === "dialog";
  return {
    case: subject.number,
    id: testCase.id,
    description: testCase.description,
    expectation: expectationOf(testCase),
    agent: subject.agent,
    started: sighting.started,
    duration: sighting.duration,
    reportTime: isDialog && (testCase.reportTime ?? false),
    reportCompressionRatio: isDialog && testCase.deflate !== undefined,
    behavior: judged.behavior,
    behaviorClose: judged.behaviorClose,
    ...expected(testCase),
    received: seen.events.slice(0, 200).map(reportEvent),
    result: judged.result,
    resultClose: judged.resultClose,
    wirelog: recorder.entries,
    createWirelog: recorder.enabled,
    closedByMe: ending?.closedByMe ?? false,
    failedByMe: ending?.failedByMe ?? false,
    droppedByMe: ending?.droppedByMe ?? false,
    wasClean: ending?.wasClean ?? false,
    wasNotCleanReason: ending?.wasNotCleanReason ?? null,
    wasServerConnectionDropTimeout: ending?.wasServerConnectionDropTimeout ?? false,
    wasOpenHandshakeTimeout: seen.opening.is === "silent" && seen.waited,
    wasCloseHandshakeTimeout: ending?.wasCloseHandshakeTimeout ?? false,
    localCloseCode: ending?.localCloseCode ?? null,
    localCloseReason: ending?.localCloseReason ?? null,
    remoteCloseCode: ending?.remoteCloseCode ?? null,
    remoteCloseReason: ending?.remoteCloseReason ?? null,
    isServer,
    createStats: true,
    rxOctetStats: Object.fromEntries(recorder.rxOctets),
    rxFrameStats: Object.fromEntries(recorder.rxFrames),
    txOctetStats: Object.fromEntries(recorder.txOctets),
    txFrameStats: Object.fromEntries(recorder.txFrames),
    httpRequest: sighting.request,
    httpResponse: sighting.response,
    trafficStats: traffic === undefined ? null : trafficStats(traffic),
    rule: judged.rule,
    strength: ruleNamed(judged.rule).strength,
    rules: placesOf(testCase, judged.rule),
    faults: seen.faults.map(({ text }) => text),
    crashed: judged.crashed,
    flaky: false,
    attempts: [verdictLine(judged)],
    wirelogTimes: recorder.times,
    wirelogOmitted: recorder.omitted,
  };
}

function placesOf({ outcomes, otherwise, rule }: Case, decided: RuleName): string[] {
  const names = [decided, rule, otherwise, ...outcomes.map((outcome) => outcome.rule)];
  const places = names.flatMap((name) =>
    name === undefined ? [] : ruleNamed(name).place.split(", "),
  );
  return [...new Set(withDocuments(places))];
}

/** `"§6.2"` behind `"RFC 6455 §5.2"` is of the same document. */
function withDocuments(places: readonly string[]): string[] {
  let document = "";
  return places.map((place) => {
    const [, named] = /^(RFC \d+) /.exec(place) ?? [];
    document = named ?? document;
    return named === undefined ? `${document} ${place}` : place;
  });
}

/** Autobahn's `expected` and `expectedClose`, where the case has them. */
function expected({ kind, outcomes }: Case): Pick<CaseResult, "expected" | "expectedClose"> {
  if (kind !== "dialog") return { expected: {}, expectedClose: {} };
  const events: Record<string, readonly ReportedEvent[]> = {};
  for (const { counts, when } of outcomes) {
    const name = counts === "meets" ? "OK" : counts === "weakens" ? "NON-STRICT" : undefined;
    if (when.events !== undefined && name !== undefined) {
      events[name] ??= when.events.map(reportEvent);
    }
  }
  const first = outcomes.find(({ when }) => when.end !== undefined)?.when;
  if (first?.end === undefined) return { expected: events, expectedClose: {} };
  const { by, clean, codes } = first.end;
  return {
    expected: events,
    expectedClose: {
      closedByMe: by === "judge",
      closeCode: codes ?? [],
      requireClean: clean ?? false,
      ...(first.unless?.includes("FAILED") ? { closedByWrongEndpointIsFatal: true } : {}),
    },
  };
}

/** An event in the form of reports. */
function reportEvent(event: Event): ReportedEvent {
  if (event.kind === "timeout") return ["timeout", event.mark];
  if (event.kind === "pong") return ["pong", textOf(event.payload)];
  return ["message", textOf(event.payload), event.binary];
}

/** Autobahn's `trafficStats`. */
function trafficStats({ got, sent }: NonNullable<Sighting["traffic"]>) {
  return { ...counts("outgoing", sent), ...counts("incoming", got) };
}

function counts(side: string, traffic: Traffic): Record<string, number | null> {
  const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : null);
  const { wireOctets, payloadOctets, messageOctets } = traffic;
  return {
    [`${side}OctetsWireLevel`]: wireOctets,
    [`${side}OctetsWebSocketLevel`]: payloadOctets,
    [`${side}OctetsAppLevel`]: messageOctets,
    [`${side}CompressionRatio`]: ratio(payloadOctets, messageOctets),
    [`${side}WebSocketOverhead`]: ratio(wireOctets - payloadOctets, payloadOctets),
    [`${side}WebSocketFrames`]: traffic.frames,
    [`${side}WebSocketMessages`]: traffic.messages,
  };
}
