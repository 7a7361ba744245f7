import { channel } from "node:diagnostics_channel";
import type { HandshakeFault } from "../errors.ts";
import type { RequestHead } from "../handshake/request.ts";

/**
 * An opening handshake that a server has refused, or that has failed: what an operator wants to know, and
 * what browsers hide from the page.
 */
export interface RefusedHandshake {
  /**
   * Why. Before the request was read: `TOO_MANY_CONNECTIONS`, `TOO_MANY_FROM_ADDRESS`, `RATE_OF_ADDRESS`,
   * `NOT_ADMITTED`, `BAD_PROXY_HEADER`, `TLS_FAILED`. By its head: `NOT_HTTP`, `HEAD_TOO_LARGE`,
   * `BAD_REQUEST` (see {@link faults}), `HOST_REFUSED`, `NO_ROUTE`, `ORIGIN_REFUSED`. By the application:
   * `REJECTED`, `HANDLER_FAILED` (see {@link error}), or the code of the HandshakeError that it has
   * thrown. At any time: `HANDSHAKE_TIMEOUT`, `CONNECTION_LOST`, `SHUTTING_DOWN`, `TOTAL_BUFFER_FULL`.
   */
  readonly code: string;
  /** HTTP status of the answer; 0 where none was sent. */
  readonly status: number;
  /** The same in a sentence. */
  readonly message: string;
  /** All that was wrong with the request, in the order of the RFC. */
  readonly faults: readonly HandshakeFault[];
  /** The head of the request as far as it has come; undefined for nothing. */
  readonly head: RequestHead | undefined;
  /** The path of the route, as it was given to `handle`; undefined where none was found or asked for. */
  readonly route: string | undefined;
  /** Address of the client, or what a trusted proxy says of it; undefined on a Unix socket. */
  readonly remoteAddress: string | undefined;
  /** What was thrown or reported: the error of TLS, of TCP or of the application. */
  readonly error: unknown;
}

/** `barewire:handshake:refused`, a {@link RefusedHandshake}. */
const refused = channel("barewire:handshake:refused");

/** Tells of refused handshakes: the diagnostics channel, and who has asked to be told. */
export class RefusalReporter {
  readonly #onRefused: ((refused: RefusedHandshake) => void) | undefined;

  /** @param onRefused throws nothing */
  constructor(onRefused: ((refused: RefusedHandshake) => void) | undefined) {
    this.#onRefused = onRefused;
  }

  /** Whether anybody listens. */
  get observed(): boolean {
    return this.#onRefused !== undefined || refused.hasSubscribers;
  }

  /** @param describe called only where somebody listens: to read what has come of a head takes time */
  report(describe: () => RefusedHandshake): void {
    if (!this.observed) return;
    const what = describe();
    if (refused.hasSubscribers) refused.publish(what);
    this.#onRefused?.(what);
  }
}
