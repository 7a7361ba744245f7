/** What was seen of a testee in one case: plain data. What it means is said by `verdict.ts`. */
import type { RuleName } from "./rules.ts";
import type { Head } from "./wire/head.ts";

/** Something that came from the testee, or that did not come in time. */
export type Event =
  | { readonly kind: "message"; readonly payload: Buffer; readonly binary: boolean }
  | { readonly kind: "pong"; readonly payload: Buffer }
  | { readonly kind: "timeout"; readonly mark: string };

/** What came of the opening handshake. */
export type Opening =
  /** A WebSocket is open. `head` is the answer of a server under test. */
  | { readonly is: "open"; readonly head?: Head }
  /** The answer opens, and is not right; or a client's request is not. */
  | { readonly is: "wrong"; readonly why: string; readonly head?: Head }
  /** An answer that opens nothing. */
  | { readonly is: "refused"; readonly status: number; readonly head: Head }
  /** The testee ended the connection instead. */
  | { readonly is: "ended" }
  /** Nothing came, or no whole head, for so many milliseconds. */
  | { readonly is: "silent"; readonly wait: number };

/** How a connection ended. The names are those of Autobahn's reports. */
export interface Ending {
  /** The judge sent the first Close. */
  readonly closedByMe: boolean;
  /** The judge failed the connection. */
  readonly failedByMe: boolean;
  /** The judge ended TCP. */
  readonly droppedByMe: boolean;
  /** The closing handshake was complete. */
  readonly wasClean: boolean;
  readonly wasNotCleanReason: string | null;
  readonly wasServerConnectionDropTimeout: boolean;
  readonly wasCloseHandshakeTimeout: boolean;
  readonly localCloseCode: number | null;
  readonly localCloseReason: string | null;
  readonly remoteCloseCode: number | null;
  readonly remoteCloseReason: string | null;
  /** The judge tests as a server. */
  readonly isServer: boolean;
  /** The testee sent a Close, with a code or without. */
  readonly closeCame: boolean;
  /** TCP was reset. */
  readonly wasReset: boolean;
}

/** A rule that something sent by the testee broke. */
export interface Fault {
  readonly rule: RuleName;
  readonly text: string;
}

/** What came of messages that were sent one by one and had to come back. */
export interface Exchange {
  readonly wanted: number;
  readonly cameBack: number;
  /** What was wrong with one that came. */
  readonly fault?: string;
  /** Seconds after which the judge gave up. */
  readonly late?: number;
}

/** What became of a stream of HTTP/2 and of its connection. */
export interface StreamEnd {
  /** Code of the RST_STREAM that came. */
  readonly reset?: number;
  /** The testee sent END_STREAM. */
  readonly ended: boolean;
  /** Code of the GOAWAY that came. */
  readonly goaway?: number;
  /** The connection is gone. */
  readonly connectionEnded: boolean;
}

/** Memory of a testee while a case ran, in bytes. */
export interface Growth {
  /** What it had before: its own plateau, or more where it began with more. */
  readonly before: number;
  /** The most that was seen; `undefined` once the process was gone. */
  readonly most: number | undefined;
}

/** Whether a testee serves fresh connections, or does not answer them, or is not there any more. */
export type Life = "lives" | "hangs" | "gone";

/** All that was seen of a testee in one case. */
export interface Observation {
  /** Why there was no connection at all, in a sentence: nothing can be said of the testee. */
  readonly unreached?: string;
  readonly opening: Opening;
  /** Whether the compression that the case needs was agreed upon. */
  readonly agreed: "yes" | "no" | "otherwise" | "declined";
  readonly events: readonly Event[];
  readonly exchange?: Exchange;
  readonly faults: readonly Fault[];
  /** Frames of a client whose masking key is that of the frame before. */
  readonly sameKeys: number;
  /** `undefined` where the case says nothing of how its connection ends. */
  readonly ending?: Ending;
  readonly stream?: StreamEnd;
  /** What a script has found against its case, in a sentence. */
  readonly found?: string;
  /** What else is to be told, in a sentence. */
  readonly said?: string;
  /** The testee ended the connection without a Close. */
  readonly closeless?: boolean;
  /** A wait of the judge ran out. */
  readonly waited: boolean;
  /** What has become of the testee itself; `undefined` where nobody asked. */
  readonly life?: Life;
  /** How the testee's process ended, where that is known. */
  readonly processEnd?: string;
  readonly growth?: Growth;
}

/** Nothing seen yet. */
export const NOTHING_SEEN: Observation = {
  opening: { is: "silent", wait: 0 },
  agreed: "yes",
  events: [],
  faults: [],
  sameKeys: 0,
  waited: false,
};

/** Whether two lists have the same events; with `apart` messages and Pongs may mix. */
export function sameEvents(
  first: readonly Event[],
  second: readonly Event[],
  apart = false,
): boolean {
  const [a, b] = apart ? [byKind(first), byKind(second)] : [first, second];
  return a.length === b.length && a.every((event, i) => sameEvent(event, b[i]!));
}

/** Events by kind, in the order in which they came within each kind. */
function byKind(events: readonly Event[]): Event[] {
  return (["message", "pong", "timeout"] as const).flatMap((kind) =>
    events.filter((event) => event.kind === kind),
  );
}

/** Whether both are the same in kind, type and bytes. */
export function sameEvent(a: Event, b: Event): boolean {
  if (a.kind === "timeout") return b.kind === "timeout" && a.mark === b.mark;
  if (b.kind === "timeout" || a.kind !== b.kind) return false;
  const type = a.kind !== "message" || (b.kind === "message" && a.binary === b.binary);
  return type && a.payload.equals(b.payload);
}
