/** Opens the connections of a load. */

import { type Connection, type ConnectionHandler, connect, HandshakeError } from "../../index.ts";
import { errorCode } from "../command-line.ts";
import { failureText } from "../dialing/options.ts";
import { Histogram } from "./histogram.ts";
import { LoadError } from "./load.ts";
import type { LoadPlan } from "./plan.ts";

/** So many opening handshakes are under way at a time. */
const AT_ONCE = 64;

/** Milliseconds that the server has to answer the Close at the end. */
const CLOSE_TIMEOUT = 2000;

/** How the connections were opened. Times are in milliseconds. */
export interface OpeningOutcome {
  readonly elapsed: number;
  /** The time of each, from the first packet to the server's answer. */
  readonly times: Histogram;
  /** `TLSv1.3` and the like; undefined for plain connections. */
  readonly tls: string | undefined;
  /** Extensions agreed upon, `""` for none. */
  readonly extensions: string;
}

/**
 * Opens the connections of a load, which are given to `handler`.
 *
 * @throws {LoadError} for the first that cannot be opened
 * @throws the signal's reason
 */
export async function openConnections(
  plan: LoadPlan,
  handler: ConnectionHandler,
  signal: AbortSignal,
): Promise<OpeningOutcome> {
  const times = new Histogram();
  const began = performance.now();
  let started = 0;
  // A failure ends those that are under way, too.
  const failed = new AbortController();
  const both = AbortSignal.any([signal, failed.signal]);
  let any: Connection | undefined;
  const openAll = async (): Promise<void> => {
    while (started < plan.connections) {
      started += 1;
      any = await openOne(plan, handler, both, times, started);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, plan.connections) }, openAll));
  } catch (error) {
    failed.abort(error);
    throw error;
  }
  const elapsed = performance.now() - began;
  return { elapsed, times, tls: any?.tls?.version ?? undefined, extensions: any?.extensions ?? "" };
}

async function openOne(
  { dialing, message, connections }: LoadPlan,
  handler: ConnectionHandler,
  signal: AbortSignal,
  times: Histogram,
  number: number,
): Promise<Connection> {
  const size = message.given === undefined ? message.size : Buffer.byteLength(message.given);
  const began = performance.now();
  try {
    const ws = await connect(dialing.url, {
      ...dialing.options,
      handler,
      signal,
      maxMessageSize: Math.max(size, 2 ** 20),
      // What may wait is limited by the number of messages under way.
      maxSendBuffer: Number.POSITIVE_INFINITY,
      closeTimeout: CLOSE_TIMEOUT,
    });
    times.record(performance.now() - began);
    if (dialing.options.compression === true && ws.extensions === "") {
      throw new LoadError("the server did not agree to compression (--compress)");
    }
    return ws;
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    const place = connections === 1 ? "" : `connection ${number} of ${connections}: `;
    const text = `${place}${failureText(error, dialing.secrets)}${advice(error)}`;
    throw new LoadError(text, { cause: error });
  }
}

function advice(error: Error): string {
  switch (errorCode(error)) {
    case "EMFILE":
      return "\nThis process may open no more files: raise the limit (ulimit -n).";
    case "EADDRNOTAVAIL":
      return "\nThis machine has no port left for another connection to that address.";
    default:
      return "";
  }
}
