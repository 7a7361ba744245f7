/** The result of one case, in the shape of Autobahn's case reports. */
import type { BehaviorClose, Event } from "./case.ts";
import type { Behavior } from "./finding.ts";
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
  /** Not in Autobahn: the rules that the case rests on. */
  readonly rules: readonly string[];
  /** Not in Autobahn: the rules that frames of the testee broke. */
  readonly faults: readonly string[];
  /** Not in Autobahn: milliseconds from the begin for each entry of `wirelog`. */
  readonly wirelogTimes: readonly number[];
  /** Not in Autobahn: entries that were left out of `wirelog`. */
  readonly wirelogOmitted: number;
}

/** An event in the form of reports. */
export function reportEvent(event: Event): ReportedEvent {
  if (event.kind === "timeout") return ["timeout", event.mark];
  if (event.kind === "pong") return ["pong", textOf(event.payload)];
  return ["message", textOf(event.payload), event.binary];
}

/** Events by kind, in the order in which they came within each kind. */
function byKind(events: readonly Event[]): Event[] {
  return (["message", "pong", "timeout"] as const).flatMap((kind) =>
    events.filter((event) => event.kind === kind),
  );
}

/** Whether two lists have the same events; with `kindsApart` messages and Pongs may mix. */
export function sameEvents(
  first: readonly Event[],
  second: readonly Event[],
  kindsApart = false,
): boolean {
  const [a, b] = kindsApart ? [byKind(first), byKind(second)] : [first, second];
  return a.length === b.length && a.every((event, i) => sameEvent(event, b[i]!));
}

function sameEvent(a: Event, b: Event): boolean {
  if (a.kind === "timeout") return b.kind === "timeout" && a.mark === b.mark;
  if (b.kind === "timeout" || a.kind !== b.kind) return false;
  const type = a.kind !== "message" || (b.kind === "message" && a.binary === b.binary);
  return type && a.payload.equals(b.payload);
}
