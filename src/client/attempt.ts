/** One attempt to connect: its deadline, its signal, and the streams to destroy when it fails. */

import type { Duplex } from "node:stream";
import { HandshakeError } from "../errors.ts";
import { addAbortListener, removeAbortListener } from "../socket/abort-listeners.ts";
import { Deadline } from "../socket/deadline.ts";
import { abandonStream } from "../socket/http2/stream.ts";

/** Whoever waits on a stream hears of its errors; between two waits nobody need. */
function ignoreError(): void {}

/**
 * Watches over one attempt of a client to connect.
 *
 * Nearly every wait of an attempt is a wait on a stream that it owns, so the deadline and the signal need
 * only destroy the streams: the wait ends, and {@link failure} puts the true reason in the place of what
 * the wait reported. A wait for the user's code goes through {@link wait}.
 */
export class HandshakeAttempt {
  readonly #label: string;
  readonly #signal: AbortSignal | undefined;
  readonly #deadline: Deadline;
  readonly #end: number;
  readonly #streams = new Set<Duplex>();
  #phase = "";
  #verdict: { readonly reason: unknown } | undefined;
  #failing: AbortController | undefined;

  /**
   * @param label what is connected to, for messages; no credentials in it.
   * @param timeout milliseconds that the whole attempt may take; `Infinity` for no deadline.
   * @param signal ends the attempt with its reason.
   * @throws the signal's reason when it is aborted already.
   */
  constructor(label: string, timeout: number, signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    this.#label = label;
    this.#signal = signal;
    if (signal !== undefined) addAbortListener(signal, this.#onAbort);
    this.#end = performance.now() + timeout;
    this.#deadline = new Deadline(() => this.#fail(this.#timeoutError(timeout)));
    this.#deadline.start(timeout);
  }

  /** Says what is under way from now on, for the message at the deadline. */
  enter(phase: string): void {
    this.#phase = phase;
  }

  /** Takes charge of a stream: it is destroyed when the attempt fails, its errors are not fatal. */
  own<S extends Duplex>(stream: S): S {
    this.#streams.add(stream);
    stream.on("error", ignoreError);
    if (this.#verdict !== undefined) abandonStream(stream);
    return stream;
  }

  /** A stream is no longer this attempt's alone: it is not destroyed when that fails. */
  release(stream: Duplex): void {
    this.#streams.delete(stream);
  }

  /** Destroys all streams so far: the attempt goes on somewhere else. */
  leave(): void {
    for (const stream of this.#streams) abandonStream(stream);
    this.#streams.clear();
  }

  /** Aborted when the attempt fails, for the user's code. */
  get failing(): AbortSignal {
    this.#failing ??= new AbortController();
    if (this.#verdict !== undefined) this.#failing.abort(this.#verdict.reason);
    return this.#failing.signal;
  }

  /**
   * Waits for a promise of the user's code, as long as the attempt may take. What it resolves with later
   * is given to `late`.
   */
  wait<T>(promise: PromiseLike<T>, late: (value: T) => void): Promise<T> {
    const { failing } = this;
    if (failing.aborted) {
      promise.then(late, () => {});
      return Promise.reject(failing.reason);
    }
    return new Promise((resolve, reject) => {
      const onFailing = (): void => reject(failing.reason);
      failing.addEventListener("abort", onFailing, { once: true });
      promise.then((value) => {
        failing.removeEventListener("abort", onFailing);
        if (failing.aborted) late(value);
        else resolve(value);
      }, reject);
    });
  }

  /**
   * The outcome is known, only details are still to come: the deadline is lifted. Returns the
   * milliseconds that were left until it.
   */
  liftDeadline(): number {
    this.#deadline.stop();
    return Math.max(0, this.#end - performance.now());
  }

  /**
   * The attempt has failed with `error`: destroys the streams, stops watching, and returns what
   * the caller is to be told, which is the deadline or the signal's reason where one of them was
   * the cause.
   */
  failure(error: unknown): unknown {
    this.#fail(error);
    this.#stopWatching();
    return this.#verdict?.reason;
  }

  /**
   * The attempt has succeeded: stops watching and gives `stream`, where it is for one, without the listeners
   * of the attempt, to whoever owns it from now on, who must listen for its errors at once.
   *
   * @throws the deadline's error or the signal's reason when one of them came just before.
   */
  success(stream?: Duplex): void {
    if (this.#verdict !== undefined) throw this.#verdict.reason;
    this.#stopWatching();
    stream?.off("error", ignoreError);
  }

  readonly #onAbort = (): void => this.#fail(this.#signal?.reason);

  #fail(reason: unknown): void {
    this.#verdict ??= { reason };
    this.#failing?.abort(this.#verdict.reason);
    for (const stream of this.#streams) abandonStream(stream);
  }

  #stopWatching(): void {
    this.#deadline.stop();
    if (this.#signal !== undefined) removeAbortListener(this.#signal, this.#onAbort);
  }

  #timeoutError(timeout: number): HandshakeError {
    return new HandshakeError(
      "HANDSHAKE_TIMEOUT",
      `${this.#label}: no connection within ${timeout} ms (handshakeTimeout); under way was ${this.#phase}`,
      { status: 0 },
    );
  }
}
