/** Plays one case on an open connection and says what was seen. */

import type { Line } from "../carrier/line.ts";
import type { DialogCase, Scale, Step } from "../case.ts";
import { type Event, NOTHING_SEEN, type Observation, sameEvents } from "../observation.ts";
import { meets } from "../opening/deflate-offer.ts";
import type { Deflate } from "../wire/deflate.ts";
import { closePayload } from "../wire/frame.ts";
import { Echoes } from "./echoes.ts";
import { CLOSE_WAIT, LONG_CLOSE_WAIT, Peer } from "./peer.ts";
import type { Attempt } from "./sighting.ts";

/** Events kept of one case; a testee that sends without end has failed long before. */
const MOST_EVENTS = 10_000;

/** What a dialog needs to know. */
export interface DialogOptions {
  readonly deflate: Deflate | undefined;
  /** Upper limit for the whole case, in milliseconds. */
  readonly timeout: number;
  readonly scale: Scale;
  /** Milliseconds after which a series that stands still is given up; never when left out. */
  readonly stall?: number;
  /** Before each frame what the one before it gives is waited for, so that nothing races. */
  readonly calm?: boolean;
}

/** How long a calm dialog waits before each frame, in milliseconds. */
const CALM_WAIT = 500;

/** Plays a case on a line on which a WebSocket is open. Resolves when the connection is gone. */
export function playDialog(
  testCase: DialogCase,
  line: Line,
  attempt: Attempt,
  options: DialogOptions,
): Promise<Partial<Observation>> {
  return new Promise((resolve) => {
    const dialog = new Dialog(testCase, line, attempt, options);
    dialog.start();
    line.listen({
      data: (chunk) => dialog.peer.receive(chunk),
      gone: (reset) => {
        dialog.peer.gone(reset);
        resolve(dialog.seen());
      },
    });
  });
}

/** One case on one open connection. */
class Dialog {
  readonly peer: Peer;
  readonly #received: Event[] = [];
  readonly #case: DialogCase;
  readonly #options: DialogOptions;
  readonly #attempt: Attempt;
  #echoes: Echoes | undefined;
  #awaited: { readonly events: number; readonly go: () => void } | undefined;

  constructor(testCase: DialogCase, line: Line, attempt: Attempt, options: DialogOptions) {
    this.#case = testCase;
    this.#options = options;
    this.#attempt = attempt;
    const closeWait = testCase.heavy ? LONG_CLOSE_WAIT : CLOSE_WAIT;
    const { deflate } = options;
    const settings = { isServer: attempt.isServer, deflate, closeWait };
    this.peer = new Peer(line.carrier, attempt.recorder, settings, {
      message: (payload, binary) => this.#onMessage(payload, binary),
      pong: (payload) => this.#onEvent({ kind: "pong", payload }),
    });
  }

  /** Begins, once the opening handshake is done. */
  start(): void {
    this.peer.later(this.#options.timeout, () => {
      this.peer.waited = true;
      this.#attempt.recorder.mark("KLE");
      this.peer.drop(true);
    });
    if (this.#agreed() !== "yes") this.peer.close(closePayload(1000));
    else if (this.#case.series !== undefined) this.#exchange(this.#case.series);
    else this.#play(this.#case.steps?.(this.peer.isServer) ?? [], 0);
  }

  /** What was seen, once the connection is gone. */
  seen(): Partial<Observation> {
    const { peer } = this;
    this.#attempt.recorder.enable(true);
    if (this.#case.deflate !== undefined) {
      this.#attempt.traffic = { sent: peer.sent, got: peer.got };
    }
    return {
      ...NOTHING_SEEN,
      opening: { is: "open" },
      agreed: this.#agreed(),
      events: this.#received,
      ...(this.#echoes === undefined ? {} : { exchange: this.#echoes.exchange }),
      faults: peer.faults,
      ending: peer.ending,
      sameKeys: peer.sameKeys,
      waited: peer.waited,
    };
  }

  /** Whether the compression that the case needs was agreed upon. */
  #agreed(): Observation["agreed"] {
    const { deflate } = this.peer;
    const wishes = this.#case.deflate;
    if (wishes === undefined) return "yes";
    if (deflate === undefined) return "no";
    return meets(wishes, deflate.parameters) ? "yes" : "otherwise";
  }

  #exchange(series: NonNullable<DialogCase["series"]>): void {
    this.#attempt.recorder.enable(false);
    const { scale, stall } = this.#options;
    this.#echoes = new Echoes(this.peer, series, scale, stall);
    this.#echoes.start();
  }

  #play(steps: readonly Step[], from: number, waited = false): void {
    for (let i = from; i < steps.length; i++) {
      const step = steps[i]!;
      if (this.#options.calm && step.kind === "frame" && i > 0 && !(waited && i === from)) {
        this.#calmDown(() => this.#play(steps, i, true));
        return;
      }
      if (step.kind === "wait") {
        this.#attempt.recorder.mark("CT", step.ms / 1000, step.mark ?? null);
        this.peer.later(step.ms, () => this.#resume(steps, i + 1, step.mark));
        return;
      }
      if (step.kind === "await") {
        if (this.#received.length >= step.events) continue;
        this.#awaited = { events: step.events, go: () => this.#play(steps, i + 1) };
        return;
      }
      this.#act(step);
    }
  }

  /** Goes on when something has come, or nothing for a while. */
  #calmDown(go: () => void): void {
    const wait = this.peer.later(CALM_WAIT, () => {
      this.#awaited = undefined;
      go();
    });
    const came = () => {
      wait.end();
      go();
    };
    this.#awaited = { events: this.#received.length + 1, go: came };
  }

  #resume(steps: readonly Step[], from: number, mark: string | undefined): void {
    if (this.peer.state === "closed") return;
    this.#attempt.recorder.mark("CTE", mark ?? null);
    if (mark !== undefined) {
      if (this.peer.state !== "open") return;
      this.#received.push({ kind: "timeout", mark });
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
    this.#attempt.recorder.mark(set!, ms / 1000);
    this.peer.later(ms, () => {
      if (this.peer.state === "closed") return;
      this.peer.waited = true;
      this.#attempt.recorder.mark(ran!);
      if (kind === "kill") this.peer.fail(1001, "Going Away");
      else this.peer.close(closePayload());
    });
  }

  #onMessage(payload: Buffer, binary: boolean): void {
    if (this.#echoes === undefined) this.#onEvent({ kind: "message", payload, binary });
    else this.#echoes.message(payload, binary);
  }

  #onEvent(event: Event): void {
    if (this.#received.length >= MOST_EVENTS) {
      this.peer.dropFlood();
      return;
    }
    this.#received.push(event);
    this.#closeWhenDone();
    const awaited = this.#awaited;
    if (awaited === undefined || this.#received.length < awaited.events) return;
    this.#awaited = undefined;
    awaited.go();
  }

  /** Begins to close when all has come that one of the outcomes waits for. */
  #closeWhenDone(): void {
    if (this.#case.suppressClose) return;
    for (const { when } of this.#case.outcomes) {
      const { apart, end, events, sparse } = when;
      if (end?.by !== "judge" || events === undefined) continue;
      if (!sparse && !sameEvents(this.#received, events, apart)) continue;
      if (sparse && this.#received.length < events.length) continue;
      this.peer.close(closePayload(end.codes?.[0] ?? 1000));
      return;
    }
  }
}
