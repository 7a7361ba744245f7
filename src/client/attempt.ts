/** One attempt to connect: its deadline, its signal, and the sockets to destroy when it fails. */

import type { Socket } from "node:net";
import { HandshakeError } from "../errors.ts";

/** Whoever waits on a socket hears of its errors; between two waits nobody need. */
function ignoreError(): void {}

/**
 * Watches over one attempt of a client to connect.
 *
 * Every wait of an attempt is a wait on a socket that it owns, so the deadline and the signal need
 * only destroy the sockets: the wait ends, and {@link failure} puts the true reason in the place
 * of what the wait reported.
 */
export class HandshakeAttempt {
  readonly #label: string;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #deadline: number;
  readonly #sockets = new Set<Socket>();
  #phase = "";
  #verdict: { readonly reason: unknown } | undefined;

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
    signal?.addEventListener("abort", this.#onAbort);
    this.#deadline = performance.now() + timeout;
    if (timeout < Number.POSITIVE_INFINITY) {
      this.#timer = setTimeout(() => this.#end(this.#timeoutError(timeout)), timeout);
    }
  }

  /** Says what is under way from now on, for the message at the deadline. */
  enter(phase: string): void {
    this.#phase = phase;
  }

  /** Takes charge of a socket: it is destroyed when the attempt fails, its errors are not fatal. */
  own<S extends Socket>(socket: S): S {
    this.#sockets.add(socket);
    socket.on("error", ignoreError);
    return socket;
  }

  /**
   * The outcome is known, only details are still to come: the deadline is lifted. Returns the
   * milliseconds that were left until it.
   */
  liftDeadline(): number {
    clearTimeout(this.#timer);
    return Math.max(0, this.#deadline - performance.now());
  }

  /**
   * The attempt has failed with `error`: destroys the sockets, stops watching, and returns what
   * the caller is to be told, which is the deadline or the signal's reason where one of them was
   * the cause.
   */
  failure(error: unknown): unknown {
    this.#end(error);
    this.#stopWatching();
    const reason = this.#verdict?.reason;
    // Not the user's own, which a signal may have.
    if (reason !== this.#signal?.reason) HandshakeError.markReceived(reason);
    return reason;
  }

  /**
   * The attempt has succeeded: stops watching and gives `socket`, without the listeners of the
   * attempt, to whoever owns it from now on, who must listen for its errors at once.
   *
   * @throws the deadline's error or the signal's reason when one of them came just before.
   */
  success(socket: Socket): void {
    if (this.#verdict !== undefined) throw this.#verdict.reason;
    this.#stopWatching();
    socket.off("error", ignoreError);
  }

  readonly #onAbort = (): void => this.#end(this.#signal?.reason);

  #end(reason: unknown): void {
    this.#verdict ??= { reason };
    for (const socket of this.#sockets) socket.destroy();
  }

  #stopWatching(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  #timeoutError(timeout: number): HandshakeError {
    return new HandshakeError(
      "HANDSHAKE_TIMEOUT",
      `${this.#label}: no connection within ${timeout} ms (handshakeTimeout); under way was ${this.#phase}`,
      { status: 0 },
    );
  }
}
