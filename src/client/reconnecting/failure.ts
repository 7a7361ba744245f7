/** Why there is no connection, and whether another attempt makes sense. */

import type { CloseInfo } from "../../connection/close-info.ts";
import { toError } from "../../connection/user-code.ts";
import { ArgumentError, ConnectionClosedError, HandshakeError } from "../../errors.ts";
import { CloseCode } from "../../protocol/close-code.ts";
import { retryAfter } from "./retry-after.ts";

/** An attempt that failed, or a connection that has ended. */
export interface ReconnectFailure {
  /**
   * What `connect()` has rejected with, or what a function for the URL, a header and so on has thrown; a
   * ConnectionClosedError for a connection that was open.
   */
  readonly error: Error;
  /** HTTP status of a refusal, 0 for none. */
  readonly status: number;
  /** Close code of a connection that was open (RFC 6455 §7.1.5), undefined for an attempt. */
  readonly closeCode: number | undefined;
  /** Milliseconds that the server asked to be left alone for (Retry-After); undefined for none. */
  readonly retryAfter: number | undefined;
  /**
   * Whether the next attempt would most likely end the same. True for
   *
   * - the statuses 300 to 499, but for 408, 421, 425 and 429, and 501 and 505
   * - of a proxy, the statuses 401, 403 and 407
   * - a Close of the server with 1008, 1010, 3000, 3003 or 4000 to 4999
   * - arguments that are wrong
   *
   * All else passes: a network that is away, a certificate that has run out, a server that restarts.
   */
  readonly permanent: boolean;
}

/** What an attempt has failed with. */
export function failedAttempt(thrown: unknown): ReconnectFailure {
  const error = toError(thrown);
  const { status, received } =
    error instanceof HandshakeError ? error : { status: 0, received: undefined };
  return {
    error,
    status,
    closeCode: undefined,
    retryAfter: retryAfter(received?.headers.get("retry-after"), Date.now()),
    permanent: error instanceof ArgumentError || isPermanentRefusal(error),
  };
}

/** How a connection has ended that was open. */
export function endedConnection(info: CloseInfo): ReconnectFailure {
  const { code, reason, initiator, error: cause } = info;
  const who = { local: "by this side", peer: "by the server", none: "" }[initiator];
  const how = initiator === "none" ? "was lost" : `was closed ${who} with ${code}`;
  return {
    error: new ConnectionClosedError(
      `the connection ${how}${reason === "" ? "" : `: ${reason}`}`,
      code,
      reason,
      cause === undefined ? {} : { cause },
    ),
    status: 0,
    closeCode: code,
    retryAfter: undefined,
    // Where this side has begun, the code is an echo of its own.
    permanent: initiator === "peer" && isPermanentClose(code),
  };
}

/** Statuses below 500 that say something of the moment and not of the request. */
const PASSING_STATUSES = [408, 421, 425, 429];

/** Statuses from 500 on that say something of the server and not of the moment. */
const LASTING_STATUSES = [501, 505];

function isPermanentRefusal(error: Error): boolean {
  if (!(error instanceof HandshakeError)) return false;
  const { code, status } = error;
  // What else a proxy refuses with is its opinion of the way behind it.
  if (code === "PROXY_REFUSED") return status === 401 || status === 403 || status === 407;
  if (code !== "REFUSED") return false;
  // 200 is the answer of a portal that wants to be logged in to, and of pages in the place of a service
  // that is being maintained.
  if (status < 300 || PASSING_STATUSES.includes(status)) return false;
  return status < 500 || LASTING_STATUSES.includes(status);
}

/** RFC 6455 §7.4.1, and "Unauthorized" and "Forbidden" of the IANA registry. */
const PERMANENT_CLOSES: readonly number[] = [
  CloseCode.policyViolation,
  CloseCode.mandatoryExtension,
  3000,
  3003,
];

function isPermanentClose(code: number): boolean {
  // §7.4.2: 4000 to 4999 are the application's. What one of them means, only that can know.
  return code >= 4000 || PERMANENT_CLOSES.includes(code);
}
