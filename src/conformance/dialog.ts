/** Plays one case on an open connection and collects what comes back. */
import type { DialogCase, Driver, Event, Outcome, Scale, Step } from "./case.ts";
import { meets } from "./deflate-offer.ts";
import { CLOSE_WAIT, LONG_CLOSE_WAIT, Peer } from "./peer.ts";
import { sameEvents } from "./result.ts";
import { judge, judgeUnimplemented, type Verdict } from "./verdict.ts";
import type { Deflate } from "./wire/deflate.ts";
import { closePayload } from "./wire/frame.ts";
import type { Link } from "./wire/link.ts";
import type { Recorder } from "./wire/recorder.ts";

/** Events kept of one case; a testee that sends without end has failed long before. */
const MOST_EVENTS = 10_000;

/** What a dialog needs to know. */
export interface DialogOptions {
  /** Whether the judge is the server. */
  readonly isServer: boolean;
  readonly deflate: Deflate | undefined;
  /** Upper limit for the whole case, in milliseconds. */
  readonly timeout: number;
  readonly scale: Scale;
}

/** One case on one open connection. */
export class Dialog {
  readonly peer: Peer;
  readonly received: Event[] = [];
  readonly outcome: Outcome = {
    behavior: "FAILED",
    result: "Actual events differ from any expected.",
  };
  readonly #case: DialogCase;
  readonly #options: DialogOptions;
  readonly #recorder: Recorder;
  #driver: Driver | undefined;
  #awaited: { readonly events: number; readonly go: () => void } | undefined;

  constructor(testCase: DialogCase, link: Link, recorder: Recorder, options: DialogOptions) {
    this.#case = testCase;
    this.#options = options;
    this.#recorder = recorder;
    const closeWait = testCase.heavy ? LONG_CLOSE_WAIT : CLOSE_WAIT;
    this.peer = new Peer(
      link,
      recorder,
      { ...options, closeWait },
      {
        message: (payload, binary) => this.#onMessage(payload, binary),
        pong: (payload) => this.#onEvent({ kind: "pong", payload }),
      },
    );
  }

  /** Begins, once the opening handshake is done. */
  start(): void {
    this.peer.later(this.#options.timeout, () => {
      this.#recorder.mark("KLE");
      this.peer.drop(true);
    });
    if (!this.#agreed()) this.peer.close(closePayload(1000));
    else if (this.#case.drive !== undefined) this.#drive(this.#case.drive);
    else this.#play(this.#case.steps?.(this.peer.isServer) ?? [], 0);
  }

  /** The verdict, once the connection is gone. */
  verdict(): Verdict {
    this.#recorder.enable(true);
    if (!this.#agreed()) return judgeUnimplemented(this.#case, this.peer);
    if (this.#driver !== undefined && !this.peer.closedByMe)
      this.outcome.result = this.#endedEarly();
    return judge(this.#case, this.peer, this.received, this.outcome);
  }

  /** Whether the compression that the case needs was agreed upon. */
  #agreed(): boolean {
    const { deflate } = this.peer;
    const wishes = this.#case.deflate;
    return wishes === undefined || (deflate !== undefined && meets(wishes, deflate.parameters));
  }

  #endedEarly(): string {
    const { remoteCloseCode, remoteCloseReason } = this.peer;
    if (remoteCloseCode === null) return "The testee ended the connection too early.";
    const reason = remoteCloseReason === null ? "" : ` (${remoteCloseReason})`;
    return `The testee closed too early, with ${remoteCloseCode}${reason}.`;
  }

  #drive(begin: NonNullable<DialogCase["drive"]>): void {
    this.#recorder.enable(false);
    this.#driver = begin(this.peer, this.outcome, this.#options.scale);
    this.#driver.start();
  }

  #play(steps: readonly Step[], from: number): void {
    for (let i = from; i < steps.length; i++) {
      const step = steps[i]!;
      if (step.kind === "wait") {
        this.#recorder.mark("CT", step.ms / 1000, step.mark ?? null);
        this.peer.later(step.ms, () => this.#resume(steps, i + 1, step.mark));
        return;
      }
      if (step.kind === "await") {
        if (this.received.length >= step.events) continue;
        this.#awaited = { events: step.events, go: () => this.#play(steps, i + 1) };
        return;
      }
      this.#act(step);
    }
  }

  #resume(steps: readonly Step[], from: number, mark: string | undefined): void {
    if (this.peer.state === "closed") return;
    this.#recorder.mark("CTE", mark ?? null);
    if (mark !== undefined) {
      if (this.peer.state !== "open") return;
      this.received.push({ kind: "timeout", mark });
    }
    this.#play(steps, from);
  }

  #act(step: Exclude<Step, { kind: "wait" | "await" }>): void {
    const { peer } = this;
    if (step.kind === "frame") peer.frame(step.frame, step);
    else if (step.kind === "bytes") peer.bytes(step.bytes, step);
    else if (step.kind === "rest") peer.rest(step.payload, step.at);
    else if (step.kind === "close") peer.close(step.payload, false, step);
    else this.#timer(step.kind, step.ms);
  }

  #timer(kind: "kill" | "giveUp", ms: number): void {
    const [set, ran] = kind === "kill" ? ["KL", "KLE"] : ["TI", "TIE"];
    this.#recorder.mark(set!, ms / 1000);
    this.peer.later(ms, () => {
      if (this.peer.state === "closed") return;
      this.#recorder.mark(ran!);
      if (kind === "kill") this.peer.fail(1001, "Going Away");
      else this.peer.close(closePayload());
    });
  }

  #onMessage(payload: Buffer, binary: boolean): void {
    // Once the driver closes, it has decided: what still comes cannot mend it.
    if (this.#driver === undefined) this.#onEvent({ kind: "message", payload, binary });
    else if (!this.peer.closedByMe) this.#driver.message(payload, binary);
  }

  #onEvent(event: Event): void {
    if (this.received.length >= MOST_EVENTS) {
      this.peer.dropFlood();
      return;
    }
    this.received.push(event);
    this.#closeWhenDone();
    const awaited = this.#awaited;
    if (awaited === undefined || this.received.length < awaited.events) return;
    this.#awaited = undefined;
    awaited.go();
  }

  #closeWhenDone(): void {
    const { close, expected, kindsApart, suppressClose } = this.#case;
    const { otherwise } = this.#case;
    if (otherwise?.close.closedByMe && sameEvents(this.received, otherwise.events)) {
      this.peer.close(closePayload(otherwise.close.codes[0]));
    }
    if (!close.closedByMe || suppressClose) return;
    if (!Object.values(expected).every((events) => sameEvents(this.received, events, kindsApart))) {
      return;
    }
    this.peer.close(closePayload(close.codes[0]));
  }
}
