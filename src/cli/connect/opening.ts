/** Connects, and tells how that went. */

import { ArgumentError, type Connection, connect, HandshakeError } from "../../index.ts";
import { UsageError } from "../command-line.ts";
import { type DialingPlan, failureText } from "../dialing/options.ts";
import { maskSecrets } from "../dialing/secrets.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { connectionDetails, responseLines } from "./details.ts";

/** Milliseconds that the peer has to answer a Close: somebody is waiting. */
export const CLOSE_TIMEOUT = 5000;

/** What the command line has about a connection. */
export interface OpeningOptions {
  /** Bytes. */
  readonly maxSize: number;
  readonly verbose: boolean;
  readonly signal: AbortSignal;
}

/**
 * Connects to a server.
 *
 * @returns the connection, or what went wrong, which has been told then
 * @throws {UsageError} when it cannot be tried
 */
export async function open(
  plan: DialingPlan,
  options: OpeningOptions,
  terminal: Terminal,
): Promise<Connection | Error> {
  const { url, shown, secrets } = plan;
  const { maxSize, signal } = options;
  const began = performance.now();
  try {
    const limits = { closeTimeout: CLOSE_TIMEOUT, maxMessageSize: maxSize, signal };
    const ws = await connect(url, { ...plan.options, ...limits });
    const protocol = ws.protocol === "" ? "" : `, subprotocol ${ws.protocol}`;
    terminal.tell(`connected to ${shown}${protocol}`, "green");
    if (options.verbose) {
      const time = `connecting took ${(performance.now() - began).toFixed(1)} ms`;
      const lines = [time, ...connectionDetails(ws), ...responseLines(ws, secrets)];
      terminal.tell(lines.join("\n"));
    }
    return ws;
  } catch (error) {
    if (error instanceof ArgumentError) {
      throw new UsageError(maskSecrets(error.message, secrets), { cause: error });
    }
    if (error instanceof HandshakeError) {
      terminal.complain(`barewire connect: ${failureText(error, secrets)}`);
      return error;
    }
    if (!signal.aborted) throw error;
    terminal.complain("barewire connect: given up before there was a connection");
    return signal.reason as Error;
  }
}
