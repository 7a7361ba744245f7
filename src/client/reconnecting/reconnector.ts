/** One connection after the other: attempts, delays, and what ends it. */

import type { Connection } from "../../connection/connection.ts";
import { catchRejection, toError } from "../../connection/user-code.ts";
import { ArgumentError } from "../../errors.ts";
import { describe } from "../../options/describe.ts";
import { CloseCode } from "../../protocol/close-code.ts";
import { addAbortListener, removeAbortListener } from "../../socket/abort-listeners.ts";
import { Backoff } from "./backoff.ts";
import { endedConnection, failedAttempt, type ReconnectFailure } from "./failure.ts";
import type { ReconnectAttempt, ReconnectState } from "./options.ts";
import { Outage, Pause } from "./pause.ts";
import { type AttemptArguments, askForArguments, type ReconnectPlan } from "./plan.ts";

/** Opens a connection. */
export type OpenConnection = (
  url: AttemptArguments["url"],
  options: AttemptArguments["options"],
) => Promise<Connection>;

/**
 * Opens connections one after the other, for those who iterate over them and those who do not. Nothing runs
 * by itself: each {@link next} goes on from where the connection before it has ended.
 */
export class Reconnector {
  /** For the application: what it has seen last. */
  lastId: unknown;
  readonly #plan: ReconnectPlan;
  readonly #open: OpenConnection;
  readonly #backoff: Backoff;
  readonly #pause = new Pause();
  readonly #stop = new AbortController();
  #isHeeding = false;
  #state: ReconnectState = "connecting";
  #connection: Connection | undefined;
  /** Why there is no connection; undefined before the first attempt and while there is one. */
  #failure: ReconnectFailure | undefined;
  /** Since when there has been none; undefined before the first, too. */
  #outage: Outage | undefined;
  /** Attempts since the beginning, or since a connection that has lasted. */
  #attempts = 0;

  constructor(plan: ReconnectPlan, open: OpenConnection) {
    this.#plan = plan;
    this.#open = open;
    this.#backoff = new Backoff(plan.backoff, Math.random);
  }

  get state(): ReconnectState {
    return this.#state;
  }

  /** The connection that there is; undefined while there is none. */
  get connection(): Connection | undefined {
    return this.#state === "open" ? this.#connection : undefined;
  }

  /** Makes the next attempt now, where one is waited for. */
  wake(): void {
    this.#pause.wake();
  }

  /**
   * Resolves with the next connection. One that is open still is closed before, with 1000.
   *
   * @throws the error of the failure behind which it does not come back, what a function of the caller's has
   * thrown, or the reason of {@link stop} or of the signal
   */
  async next(): Promise<Connection> {
    try {
      this.#heedSignal();
      this.#stop.signal.throwIfAborted();
      if (this.#connection !== undefined) await this.#leave(this.#connection);
      for (;;) {
        const ws = await this.#attempt();
        if (ws !== undefined) return ws;
      }
    } catch (error) {
      this.stop(error);
      throw error;
    }
  }

  /** Ends it: no attempt follows. A connection that is open is left as it is. */
  stop(reason: unknown): void {
    const { signal } = this.#plan.options;
    if (signal !== undefined) removeAbortListener(signal, this.#onAbort);
    this.#stop.abort(reason);
    this.#enter("closed");
  }

  /** Listens to the caller's signal. What is never set to work leaves nothing at it. */
  #heedSignal(): void {
    const { signal } = this.#plan.options;
    if (signal === undefined || this.#isHeeding) return;
    this.#isHeeding = true;
    if (signal.aborted) this.stop(signal.reason);
    else addAbortListener(signal, this.#onAbort);
  }

  readonly #onAbort = (): void => {
    this.stop(this.#plan.options.signal?.reason);
    void this.#connection?.close(CloseCode.goingAway);
  };

  /** One attempt, and the delay before it; undefined where it has failed. */
  async #attempt(): Promise<Connection | undefined> {
    const attempt = await this.#nextAttempt();
    this.#enter("connecting");
    let ws: Connection;
    try {
      const now = { ...attempt, lastId: this.lastId };
      const { url, options } = await askForArguments(this.#plan, now, this.#stop.signal);
      ws = await this.#open(url, options);
    } catch (error) {
      this.#stop.signal.throwIfAborted();
      this.#failure = failedAttempt(error);
      return undefined;
    }
    return (await this.#adopt(ws)) ? ws : undefined;
  }

  /** Waits until it is time for the next attempt. */
  async #nextAttempt(): Promise<Omit<ReconnectAttempt, "signal">> {
    const { options, maxRetryAfter } = this.#plan;
    const failure = this.#failure;
    if (failure !== undefined) await this.#judge(failure);
    const asked = Math.min(failure?.retryAfter ?? 0, maxRetryAfter);
    const delay = failure === undefined ? 0 : Math.round(this.#backoff.next(asked));
    const attempt = { number: ++this.#attempts, delay, failure, lastId: this.lastId };
    tell(() => options.onAttempt?.(attempt));
    if (failure !== undefined) {
      this.#enter("waiting");
      await this.#pause.wait(delay, this.#stop.signal, failure.retryAfter === undefined);
    }
    return attempt;
  }

  /** Returns where another attempt is to follow a failure, and throws its error where not. */
  async #judge(failure: ReconnectFailure): Promise<void> {
    if (this.#attempts >= this.#plan.maxAttempts) throw failure.error;
    const { onFailure } = this.#plan.options;
    const decision: unknown = await this.#unlessStopped(onFailure?.(failure));
    if (decision === "stop" || (decision === undefined && failure.permanent)) throw failure.error;
    if (decision === undefined || decision === "retry") return;
    throw new ArgumentError(
      `onFailure returned ${describe(decision)}, expected "retry", "stop" or nothing`,
    );
  }

  /** A connection has opened. Returns whether it is still there behind `onGap`. */
  async #adopt(ws: Connection): Promise<boolean> {
    if (this.#stop.signal.aborted) {
      void ws.close(CloseCode.goingAway);
      throw this.#stop.signal.reason;
    }
    const outage = this.#outage;
    const openedAt = performance.now();
    this.#connection = ws;
    this.#failure = undefined;
    this.#enter("open");
    void ws.closed.then(() => this.#onClosed(performance.now() - openedAt));
    const { onGap } = this.#plan.options;
    if (outage === undefined || onGap === undefined) return true;
    try {
      const gap = { ws, downFor: outage.duration, lastId: this.lastId };
      await this.#unlessStopped(onGap(gap));
    } catch (error) {
      // That it could not ask for what was missed, since the connection has gone again, is no mistake.
      if (ws.state === "open" || this.#stop.signal.aborted) {
        void ws.close(CloseCode.internalError);
        throw error;
      }
    }
    if (ws.state === "open") return true;
    await this.#leave(ws);
    return false;
  }

  /** The connection has ended, after so many milliseconds. */
  #onClosed(lasted: number): void {
    this.#outage = new Outage();
    if (lasted >= this.#plan.stableAfter) {
      this.#backoff.reset();
      this.#attempts = 0;
    }
    if (this.#state === "open") this.#enter("waiting");
  }

  /** Sees a connection off: it is closed if need be, and why it has ended is the failure. */
  async #leave(ws: Connection): Promise<void> {
    this.#failure = endedConnection(await this.#unlessStopped(ws.close(CloseCode.normal)));
    this.#connection = undefined;
  }

  /** Waits for something that may take for ever, but not beyond {@link stop}. */
  async #unlessStopped<T>(awaited: T | PromiseLike<T>): Promise<T> {
    const { signal } = this.#stop;
    let onStop = (): void => {};
    const stopped = new Promise<never>((_, reject) => {
      onStop = () => reject(signal.reason);
      if (signal.aborted) onStop();
      else addAbortListener(signal, onStop);
    });
    try {
      return await Promise.race([awaited, stopped]);
    } finally {
      removeAbortListener(signal, onStop);
    }
  }

  #enter(state: ReconnectState): void {
    if (this.#state === state || this.#state === "closed") return;
    this.#state = state;
    tell(() => this.#plan.options.onState?.(state));
  }
}

/** Calls a function of the caller's that only listens: its mistakes are its own. */
function tell(call: () => unknown): void {
  const onError = (error: unknown): void => process.emitWarning(toError(error));
  try {
    catchRejection(call(), onError);
  } catch (error) {
    onError(error);
  }
}
