/** What a case is: what is sent, the rule that is on trial, and what may come of it. */
import type { Pace } from "./carrier/carrier.ts";
import type { RawConnection, ServerHands } from "./drive/raw-connection.ts";
import type { Http2Script } from "./http2/probe.ts";
import type { DeflateOffer } from "./opening/deflate-offer.ts";
import type { HeadChange } from "./opening/head-changes.ts";
import type { Outcome } from "./outcome.ts";
import type { RuleName } from "./rules.ts";
import type { FrameSpec } from "./wire/frame.ts";
import type { Head } from "./wire/head.ts";

/** Whom a case tests. */
export type Role = "server" | "client";

/** What every case has. */
export interface CaseHead {
  /** Number of the case, for example `"6.4.2"`. */
  readonly id: string;
  /** What is sent. */
  readonly description: string;
  /** The rule that is on trial. It is broken by whatever none of the outcomes allows. */
  readonly rule: RuleName;
  /** What may come of it; the first that fits counts. */
  readonly outcomes: readonly Outcome[];
  /** Another rule that is broken where no outcome fits. */
  readonly otherwise?: RuleName;
  /** The testee's role it applies to; both when left out. */
  readonly only?: Role;
  /** The version of HTTP it is about, for cases that run over no other. */
  readonly http?: "1.1" | "2";
  /** Takes much time or memory: run with few others beside it. */
  readonly heavy?: boolean;
  /** May be the end of a testee: run with no other beside it, and looked after. */
  readonly dangerous?: boolean;
  /** What comes of it depends on which of two things comes first. */
  readonly races?: boolean;
}

/** One thing that the judge does, in order. */
export type Step =
  | ({ readonly kind: "frame"; readonly frame: FrameSpec } & Pace)
  | ({ readonly kind: "bytes"; readonly bytes: Buffer } & Pace)
  /** More of the payload of the last frame, from byte `at` of it on, masked as it was. */
  | { readonly kind: "rest"; readonly payload: Buffer; readonly at: number }
  /** Begins the closing handshake with this payload, right or wrong. */
  | ({ readonly kind: "close"; readonly payload: Buffer } & Pace)
  /** Waits; with a mark, the wait is noted as an event and ends the case if no longer open. */
  | { readonly kind: "wait"; readonly ms: number; readonly mark?: string }
  /** Waits until so many events have come, or until a `kill` or `giveUp` that was set before. */
  | { readonly kind: "await"; readonly events: number }
  /** Fails the connection after so many milliseconds. The next step does not wait for it. */
  | { readonly kind: "kill"; readonly ms: number }
  /** Begins the closing handshake after so many milliseconds. */
  | { readonly kind: "giveUp"; readonly ms: number };

/** How much of a long case is run. */
export interface Scale {
  /** Whether the cases of sections 12 and 13 send 1000 messages each, as Autobahn's do. */
  readonly full: boolean;
}

/** Messages that are sent one after the other, each when the one before it has come back. */
export interface Series {
  readonly binary: boolean;
  /** Number of messages. */
  readonly count: (scale: Scale) => number;
  /** The messages, of any number. */
  readonly messages: () => Iterator<Buffer, never>;
  /** Sends frames as they are instead of messages, which may be compressed. */
  readonly plain?: Pace;
  /** Bytes of a fragment; 0 for one frame. */
  readonly fragment: number;
  /** Seconds after which the judge gives up; none when left out. */
  readonly seconds?: number;
}

/** A case on an open connection: steps, or a series of echoes. */
export interface DialogCase extends CaseHead {
  readonly kind: "dialog";
  /** What is done once the connection is open; the judge may be the server. */
  readonly steps?: (isServer: boolean) => readonly Step[];
  readonly series?: Series;
  /** The judge does not close by itself when what is expected has come. */
  readonly suppressClose?: boolean;
  /** permessage-deflate to negotiate. */
  readonly deflate?: DeflateOffer;
  /** Whether the time it takes is of interest. */
  readonly reportTime?: boolean;
}

/** A case on a server's part of the opening handshake: what it is asked. */
export interface RequestCase extends CaseHead {
  readonly kind: "request";
  readonly only: "server";
  /** Makes another request of the right one. */
  readonly change: HeadChange;
  /** How the request is written. */
  readonly pace?: Pace;
  /** Frames that are written right behind the request, in one write with it. */
  readonly behind?: () => Buffer;
  /** A message that is sent once a WebSocket is open, and should come back. */
  readonly afterwards?: string;
  /** Milliseconds to wait for messages after the answer; none when left out. */
  readonly listen?: number;
}

/** What a client is answered: bytes, and pauses in milliseconds between them. */
export type AnswerPart = Buffer | { readonly pause: number };

/** A case on a client's part of the opening handshake: what it is answered. */
export interface AnswerCase extends CaseHead {
  readonly kind: "answer";
  readonly only: "client";
  readonly answer: (request: Head) => readonly AnswerPart[];
}

/** A case on what a testee can stand. */
export interface EnduranceCase extends CaseHead {
  readonly kind: "endurance";
  readonly only: Role;
  /** The client's request is not answered: that is what the case is about. */
  readonly unanswered?: boolean;
  /** Opens no connection by itself: the script does. */
  readonly bare?: boolean;
  /** permessage-deflate to negotiate; without it the case is not for the testee. */
  readonly deflate?: DeflateOffer;
  /** Fields of a client's answer besides the right ones. */
  readonly answer?: readonly (readonly [name: string, value: string])[];
  /** Most bytes that a server may grow by over its plateau, where its memory is watched. */
  readonly bound?: number;
  /** Wears the testee out; resolves with what became of the connection, in a sentence. */
  readonly abuse: (connection: RawConnection, hands: Hands) => Promise<string>;
}

/** What an {@link EnduranceCase} works with. */
export interface Hands {
  /** Whether the judge is the client, whose frames are masked. */
  readonly masked: boolean;
  /** Whether memory is watched: then more is sent where it is a matter of amount. */
  readonly watched: boolean;
  /** Opens further connections to a server. */
  readonly server: ServerHands | undefined;
}

/** A case on a server's HTTP/2 (RFC 8441). */
export interface Http2Case extends CaseHead {
  readonly kind: "http2";
  readonly only: "server";
  readonly http: "2";
  readonly script: Http2Script;
}

/** Any case. */
export type Case = DialogCase | RequestCase | AnswerCase | EnduranceCase | Http2Case;
