/** When to connect again, and when that makes no sense. */

import type { HandshakeError } from "../../index.ts";

/** Milliseconds: the first delay is up to this, each further one up to twice as much … */
const FIRST = 1000;
/** … but never more than this. */
const LONGEST = 30_000;
/** A connection that has lasted so long counts as a success: the delays begin anew. */
const LASTED = 10_000;

/** Statuses of 400 and more that pass: the same request may be accepted later. */
const PASSING = [408, 425, 429];

/** The delays between attempts to connect. */
export class Delays {
  #most = FIRST;

  /** A connection has ended that lasted for so many milliseconds. */
  ended(lasted: number): void {
    if (lasted >= LASTED) this.#most = FIRST;
  }

  /**
   * Milliseconds until the next attempt. RFC 6455 §7.2.3: the first delay is random, so that clients do
   * not all come at once, and later ones grow.
   *
   * @param atLeast what the server asked for by Retry-After
   */
  next(atLeast = 0): number {
    const delay = Math.random() * this.#most;
    this.#most = Math.min(2 * this.#most, LONGEST);
    return Math.max(delay, atLeast);
  }
}

/** Whether another attempt may succeed where this one failed. */
export function isPassing(error: HandshakeError): boolean {
  const { code, status } = error;
  if (code === "REFUSED" || code === "PROXY_REFUSED") {
    return status >= 500 || PASSING.includes(status);
  }
  // A wrong certificate stays wrong, and so does what does not speak the protocol.
  return !["TLS_FAILED", "BAD_RESPONSE", "HEAD_TOO_LARGE"].includes(code);
}

/** The Retry-After of a refusal in milliseconds (RFC 9110 §10.2.3), at most an hour; 0 for none. */
export function retryAfter({ headers }: HandshakeError): number {
  const { "retry-after": value = "" } = headers;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(milliseconds) ? 0 : Math.min(Math.max(milliseconds, 0), 3_600_000);
}
