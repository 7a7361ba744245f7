/** What a case is: what is sent, what may come back, and how the connection must end. */
import type { DeflateOffer } from "./deflate-offer.ts";
import type { Behavior, Finding } from "./finding.ts";
import type { Http2Probe } from "./http2/probe.ts";
import type { Peer } from "./peer.ts";
import type { Probe, RawConnection } from "./probe.ts";
import type { FrameSpec } from "./wire/frame.ts";
import type { Head } from "./wire/head.ts";
import type { Pace } from "./wire/link.ts";

/** The verdict on how the connection ended. */
export type BehaviorClose =
  | "OK"
  | "INFORMATIONAL"
  | "FAILED"
  | "WRONG CODE"
  | "UNCLEAN"
  | "FAILED BY CLIENT";

/** Something that came from the testee, or that did not come in time. */
export type Event =
  | { readonly kind: "message"; readonly payload: Buffer; readonly binary: boolean }
  | { readonly kind: "pong"; readonly payload: Buffer }
  | { readonly kind: "timeout"; readonly mark: string };

/** How the connection has to end. */
export interface ExpectedClose {
  /** Whether the judge begins the closing handshake; else the testee must. */
  readonly closedByMe: boolean;
  /** Codes that a Close frame of the testee may carry; one without a code is always accepted. */
  readonly codes: readonly number[];
  /** Whether the closing handshake must have been complete (§7.1.4). */
  readonly requireClean: boolean;
  /** An end by the wrong side makes the whole case FAILED. */
  readonly wrongEndIsFatal?: boolean;
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

/** A verdict in the making. */
export interface Outcome {
  behavior: Behavior;
  /** Why, in a sentence. */
  result: string;
}

/** A case that answers what comes in instead of playing steps. */
export interface Driver {
  start(): void;
  message(payload: Buffer, binary: boolean): void;
}

/** What every case has. */
export interface CaseHead {
  /** Number of the case, for example `"6.4.2"`. */
  readonly id: string;
  /** What is sent. */
  readonly description: string;
  /** What is expected. */
  readonly expectation: string;
  /** The rules it rests on, for example `"RFC 6455 §5.5"`. */
  readonly rules: readonly string[];
  /** The testee's role it applies to; both when left out. */
  readonly only?: "server" | "client";
  /** The version of HTTP it is about, for cases that run over no other. */
  readonly http?: "1.1" | "2";
  /** Takes much time or memory: run with few others beside it. */
  readonly heavy?: boolean;
}

/** A case on an open connection. */
export interface DialogCase extends CaseHead {
  readonly kind: "dialog";
  /** The sequences of events that may come, by the verdict they lead to. */
  readonly expected: Partial<Record<Behavior, readonly Event[]>>;
  readonly close: ExpectedClose;
  /** Pongs may come before or after messages: only the order among each kind counts. */
  readonly kindsApart?: boolean;
  /** A second way to end that is right, or nearly. */
  readonly otherwise?: {
    readonly behavior: Behavior;
    readonly events: readonly Event[];
    readonly close: ExpectedClose;
    /** Why, in a sentence. */
    readonly result?: string;
  };
  /** What is done once the connection is open; the judge may be the server. */
  readonly steps?: (isServer: boolean) => readonly Step[];
  /** Or: who does it. */
  readonly drive?: (peer: Peer, outcome: Outcome, scale: Scale) => Driver;
  /** The judge does not close by itself when what is expected has come. */
  readonly suppressClose?: boolean;
  /** A wrong close code makes the behavior FAILED, too. */
  readonly wrongCodeFails?: boolean;
  /** Whatever happens is INFORMATIONAL; says what to report. */
  readonly informational?: (behavior: Behavior) => string;
  /** permessage-deflate to negotiate. */
  readonly deflate?: DeflateOffer;
  /** Whether the time it takes is of interest. */
  readonly reportTime?: boolean;
}

/** How much of a long case is run. */
export interface Scale {
  /** Whether the cases of sections 12 and 13 send 1000 messages each, as Autobahn's do. */
  readonly full: boolean;
}

/** A case on the opening handshake or on the endurance of a server. */
export interface ServerProbe extends CaseHead {
  readonly kind: "server-probe";
  readonly only: "server";
  readonly probe: (probe: Probe) => Promise<Finding>;
}

/** A case on a server's HTTP/2 (RFC 8441). */
export interface Http2ProbeCase extends CaseHead {
  readonly kind: "http2-probe";
  readonly only: "server";
  readonly http: "2";
  readonly probe: (probe: Http2Probe) => Promise<Finding>;
}

/** A case on what a client can stand. */
export interface ClientEndurance extends CaseHead {
  readonly kind: "client-endurance";
  readonly only: "client";
  /** The request is not answered: that is what the case is about. */
  readonly unanswered?: boolean;
  /** Wears the client out; resolves with what became of the connection, in a sentence. */
  readonly abuse: (connection: RawConnection) => Promise<string>;
}

/** A case on a client's part of the opening handshake: what it is answered. */
export interface ClientProbe extends CaseHead {
  readonly kind: "client-probe";
  readonly only: "client";
  readonly answer: (request: Head) => readonly (Buffer | { readonly pause: number })[];
  /** What the client must do with it; `"any"` makes every outcome INFORMATIONAL. */
  readonly expects: "open" | "refuse" | "any";
}

/** Any case. */
export type Case = DialogCase | ServerProbe | ClientProbe | ClientEndurance | Http2ProbeCase;
