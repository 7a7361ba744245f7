/**
 * A load on one server: messages that come back, at times that do not depend on when they do.
 *
 * **Open loop** (a rate): message k of all is due at `start + k / rate`, whatever has become of those
 * before it, and its latency counts from then. A generator that waits for answers before it sends on
 * sends less just while the server is slow, and measures the good times only ("coordinated omission").
 * **Closed loop** (`"max"`): the next message goes when one has come back; latency counts from its
 * sending, and what would have waited meanwhile is not in it.
 */

import { setTimeout as sleep } from "node:timers/promises";
import type { ConnectionHandler } from "../../index.ts";
import { Histogram } from "./histogram.ts";
import { Lane } from "./lane.ts";
import { isSame, makeMessages, messageName } from "./messages.ts";
import type { LoadPlan } from "./plan.ts";

/** The load makes no sense with this server; the message says why. */
export class LoadError extends Error {
  override readonly name = "LoadError";
}

/** What a load came to. Times are in milliseconds. */
export interface LoadOutcome {
  /** The time that was measured. */
  readonly elapsed: number;
  /** Messages whose time was within it. */
  readonly due: number;
  /** Those of them that were sent. */
  readonly sent: number;
  /** Those of them that came back. */
  readonly echoed: number;
  /** Messages that came back within the time. */
  readonly returned: number;
  readonly latency: Histogram;
  /** How late messages were sent, although there was room; open loop only. */
  readonly lateness: Histogram;
  /** Processor time of this process, in milliseconds. */
  readonly cpu: number;
  /** How connections ended that should not have. */
  readonly lost: readonly string[];
  readonly interrupted: boolean;
}

/** So many messages at most are sent before answers are read again. */
const SENT_AT_ONCE = 512;

/** In milliseconds: a timer of the system may be as late as this. */
const TIMER_SLACK = 2;

export class Load {
  readonly #plan: LoadPlan;
  readonly #messages: readonly (string | Buffer)[];
  readonly #lanes: Lane[] = [];
  readonly #latency = new Histogram();
  readonly #lateness = new Histogram();
  readonly #lost: string[] = [];
  /** When the first message is due. */
  #start = 0;
  /** The measured time. */
  #from = Number.POSITIVE_INFINITY;
  #until = Number.POSITIVE_INFINITY;
  #returned = 0;
  /** Messages under way on all connections that are there. */
  #underWay = 0;
  /** Aborted when it is over, for whatever reason: nothing is to be sent or waited for any more. */
  readonly #over = new AbortController();
  #fail: (error: LoadError) => void = () => {};
  readonly #failure: Promise<never>;
  #onIdle: () => void = () => {};

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#messages = makeMessages(plan.message);
    this.#failure = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever works with it races against it.
    this.#failure.catch(() => {});
  }

  /** What happens on the connections, for `connect()`; each becomes part of the load. */
  readonly handler: ConnectionHandler = {
    open: (ws) => {
      const lane = new Lane(ws, this.#lanes.length, this.#plan.depth);
      ws.data = lane;
      this.#lanes.push(lane);
    },
    message: (ws, data) => this.#onMessage(ws.data as Lane, data),
    close: (ws, code, reason) => this.#onClose(ws.data as Lane, code, reason),
  };

  /** Rejects when the load makes no sense. */
  get failure(): Promise<never> {
    return this.#failure;
  }

  /**
   * Loads the server over all connections that were opened with {@link handler}.
   *
   * @param signal ends it early
   * @throws {LoadError}
   */
  async run(signal: AbortSignal): Promise<LoadOutcome> {
    const { warmUp, duration, patience, rate, phase } = this.#plan;
    this.#start = performance.now() + phase;
    this.#from = this.#start + warmUp;
    this.#until = this.#from + duration;
    const stop = AbortSignal.any([signal, this.#over.signal]);
    const sending = rate === "max" ? this.#sendAnswered(stop) : this.#sendScheduled(rate, stop);
    const cpu = sleep(warmUp, undefined, { signal: stop })
      .catch(() => {})
      .then(() => process.cpuUsage());
    await Promise.race([sending, this.#failure]);
    // Whoever ends it early gets what was measured until then.
    this.#until = Math.min(this.#until, performance.now());
    const used = process.cpuUsage(await cpu);
    await Promise.race([this.#drain(patience), this.#failure]);
    return this.#outcome((used.user + used.system) / 1000, signal.aborted);
  }

  /** Ends all connections. */
  async end(): Promise<void> {
    this.#over.abort();
    await Promise.all(this.#lanes.map(({ ws }) => ws.close(1000)));
  }

  // ---------------------------------------------------------------- sending

  /** Open loop: sends each message when it is due. */
  async #sendScheduled(rate: number, stop: AbortSignal): Promise<void> {
    let number = 0;
    const interval = 1000 / rate;
    await new Promise<void>((resolve) => {
      const turn = (): void => {
        const now = performance.now();
        let room = SENT_AT_ONCE;
        let due = this.#start + number * interval;
        while (due <= now && due < this.#until && room-- > 0) {
          this.#schedule(this.#lanes[number % this.#lanes.length]!);
          number += 1;
          due = this.#start + number * interval;
        }
        if (due >= this.#until || stop.aborted || this.#isDeserted()) resolve();
        // A timer would be late by up to a millisecond, and that would count as the server's: in the
        // last moments before a message the loop turns without sleeping.
        else if (due - now > 2 * TIMER_SLACK) setTimeout(turn, due - now - TIMER_SLACK);
        else setImmediate(turn);
      };
      turn();
    });
  }

  #schedule(lane: Lane): void {
    lane.scheduled += 1;
    // One that cannot be sent now is sent when there is room, and counts from when it was due.
    if (lane.sent < lane.scheduled - 1 || lane.underWay >= this.#plan.depth) return;
    const due = this.#due(lane, lane.sent);
    if (this.#send(lane) && this.#isMeasured(due)) this.#lateness.record(performance.now() - due);
  }

  #isMeasured(time: number): boolean {
    return time >= this.#from && time < this.#until;
  }

  /** Closed loop: as many as may be under way; the others follow in `#onMessage`. */
  async #sendAnswered(stop: AbortSignal): Promise<void> {
    for (const lane of this.#lanes) {
      for (let i = 0; i < this.#plan.depth; i++) this.#send(lane);
    }
    const { warmUp, duration } = this.#plan;
    const over = sleep(warmUp + duration, undefined, { signal: stop }).catch(() => {});
    await Promise.race([over, new Promise<void>((resolve) => (this.#onIdle = resolve))]);
  }

  #send(lane: Lane): boolean {
    if (lane.lost || lane.ws.state !== "open") return false;
    const message = this.#expected(lane, lane.sent);
    lane.markSent(performance.now());
    this.#underWay += 1;
    // It fails with its connection, whose end is told.
    lane.ws.send(message)?.catch(() => {});
    return true;
  }

  // -------------------------------------------------------------- receiving

  #onMessage(lane: Lane, data: string | Buffer): void {
    const { skip, rate } = this.#plan;
    if (lane.skipped < skip) {
      lane.skipped += 1;
      return;
    }
    const number = lane.received;
    const expected = this.#expected(lane, number);
    if (number >= lane.sent || !isSame(data, expected)) {
      const wanted = number < lane.sent ? expected : undefined;
      this.#fail(new LoadError(noEcho(data, wanted, number === 0)));
      return;
    }
    lane.received += 1;
    this.#underWay -= 1;
    const now = performance.now();
    if (this.#isMeasured(now)) this.#returned += 1;
    const since = this.#due(lane, number);
    if (this.#isMeasured(since)) this.#latency.record(now - since);
    const hasNext = rate === "max" || lane.sent < lane.scheduled;
    if (hasNext && now < this.#until) this.#send(lane);
    else if (this.#underWay === 0) this.#onIdle();
  }

  #expected(lane: Lane, number: number): string | Buffer {
    return this.#messages[(lane.index + number) % this.#messages.length]!;
  }

  /** From when on a message counts. */
  #due(lane: Lane, number: number): number {
    const { rate } = this.#plan;
    if (rate === "max") return lane.sentAt(number);
    return this.#start + (number * this.#lanes.length + lane.index) * (1000 / rate);
  }

  #onClose(lane: Lane | undefined, code: number, reason: string): void {
    if (lane === undefined || this.#over.signal.aborted) return;
    lane.lost = true;
    this.#underWay -= lane.underWay;
    this.#lost.push(`closed with ${code}${reason === "" ? "" : ` (${reason})`}`);
    if (this.#isDeserted() || this.#underWay === 0) this.#onIdle();
  }

  // ----------------------------------------------------------------- the end

  #isDeserted(): boolean {
    return this.#lanes.every(({ lost }) => lost);
  }

  /** Waits for the answers to what is under way. */
  async #drain(patience: number): Promise<void> {
    const timer = new AbortController();
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    if (this.#underWay > 0) {
      await Promise.race([
        idle,
        sleep(patience, undefined, { signal: timer.signal }).catch(() => {}),
      ]);
    }
    timer.abort();
  }

  /** What is still missing counts with the time that it has waited until now. */
  #outcome(cpu: number, interrupted: boolean): LoadOutcome {
    const now = performance.now();
    const echoed = this.#latency.count;
    let [due, sent] = [echoed, echoed];
    for (const lane of this.#lanes) {
      const last = this.#plan.rate === "max" ? lane.sent : lane.scheduled;
      for (let number = lane.received; number < last; number++) {
        const since = this.#due(lane, number);
        if (!this.#isMeasured(since)) continue;
        due += 1;
        if (number < lane.sent) sent += 1;
        this.#latency.record(now - since);
      }
    }
    return {
      elapsed: Math.max(0, this.#until - this.#from),
      due,
      sent,
      echoed,
      returned: this.#returned,
      latency: this.#latency,
      lateness: this.#lateness,
      cpu,
      lost: this.#lost,
      interrupted,
    };
  }
}

function noEcho(
  got: string | Buffer,
  expected: string | Buffer | undefined,
  isFirst: boolean,
): string {
  const skip = isFirst ? "; --skip 1 passes over a greeting" : "";
  return expected === undefined
    ? `a message came that was no echo: ${messageName(got)}${skip}`
    : `the server does not echo: expected ${messageName(expected)}, got ${messageName(got)}${skip}`;
}
