import type { CloseInfo } from "../connection/close-info.ts";
import type { Connection } from "../connection/connection.ts";
import { checkClose } from "../connection/control/payloads.ts";
import { ArgumentError } from "../errors.ts";
import { checkOptionNames, checkTimeout, LONGEST_TIMER } from "../options/checks.ts";
import { describe } from "../options/describe.ts";
import { CloseCode } from "../protocol/close-code.ts";

/** How a server is shut down. */
export interface ShutdownOptions {
  /**
   * Milliseconds that connections have to close, behind {@link spread}; what is left then is destroyed.
   * Default 5,000; `Infinity` waits for all.
   */
  readonly timeout?: number;
  /** Close code for all connections: 1001 (default), 1012 for a restart, or another that `close` takes. */
  readonly code?: number;
  /** Close reason for all connections, at most 123 bytes in UTF-8. Default `""`. */
  readonly reason?: string;
  /**
   * Milliseconds over which the closes are spread, so that not all clients come back at once to the servers
   * that stay. Default 0.
   */
  readonly spread?: number;
}

/** What a shutdown did. */
export interface ShutdownReport {
  /** Connections that ended with a clean closing handshake. */
  readonly closed: number;
  /** Connections that did not, and were destroyed when the time was over. */
  readonly destroyed: number;
  /** Sockets that had not finished their opening handshake, and were refused. */
  readonly handshakes: number;
}

/** The options of a shutdown, checked. */
export type ShutdownPlan = Required<ShutdownOptions>;

/** Milliseconds between two lots of connections that are closed. */
const STEP = 10;

/** @throws ArgumentError */
export function shutdownPlan(options: ShutdownOptions): ShutdownPlan {
  checkOptionNames("shutdown", options, ["timeout", "code", "reason", "spread"]);
  const { code = CloseCode.goingAway, reason = "" } = options;
  checkClose(code, reason);
  return {
    timeout: checkTimeout("timeout", options.timeout ?? 5000),
    code,
    reason,
    spread: checkSpread(options.spread ?? 0),
  };
}

function checkSpread(spread: unknown): number {
  if (typeof spread === "number" && spread >= 0 && spread <= LONGEST_TIMER) return spread;
  throw new ArgumentError(
    `spread is a number of milliseconds, 0 to ${LONGEST_TIMER}; got ${describe(spread)}`,
  );
}

/**
 * Closes connections, spread over the time that the plan has for it.
 *
 * @returns how each ended, in any order; those that have ended by themselves meanwhile count too
 */
export async function closeAll(
  connections: readonly Connection[],
  { code, reason, spread }: ShutdownPlan,
): Promise<CloseInfo[]> {
  const ends: Promise<CloseInfo>[] = [];
  const begun = performance.now();
  while (ends.length < connections.length) {
    const passed = performance.now() - begun;
    const due =
      passed >= spread ? connections.length : Math.ceil((connections.length * passed) / spread);
    for (const connection of connections.slice(ends.length, due)) {
      ends.push(connection.close(code, reason));
    }
    if (due < connections.length) await new Promise((resolve) => setTimeout(resolve, STEP));
  }
  return Promise.all(ends);
}
