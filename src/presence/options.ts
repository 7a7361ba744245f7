import { ArgumentError } from "../errors.ts";
import { checkLimit, checkOptionNames, checkTimeout } from "../options/checks.ts";
import { describe } from "../options/describe.ts";
import type { Broker } from "../topics/broker.ts";
import { checkBroker } from "../topics/options.ts";

/** Options of a `Presence`. They are to be the same in all processes. */
export interface PresenceOptions {
  /**
   * What carries the entries to other processes: `clusterBroker()`, `redisBroker()`, `natsBroker()`, or one of your
   * own. It serves this object alone, which closes it, so a server needs another one. Without one, everything
   * stays in this process.
   */
  readonly broker?: Broker;
  /**
   * Milliseconds after which the entries of a process leave of which nothing is heard any more. Each process
   * says every fifth of this time that it is there. Default 30,000.
   */
  readonly timeout?: number;
  /** Most entries in one topic, those of all processes together. Default 10,000. */
  readonly maxEntries?: number;
  /** Most entries that this process knows of, its own and those of others, in all topics. Default 100,000. */
  readonly maxTotalEntries?: number;
  /** Most bytes of an entry, its key and meta as JSON. At most 65,536. Default 1,024. */
  readonly maxEntrySize?: number;
  /**
   * Told when something has failed that no call waits for: the broker is away, a handler has thrown, another process
   * has sent what is no message of presence, or more entries than there may be. By default it is
   * printed to stderr.
   */
  readonly onError?: (error: unknown) => void;
}

const OPTIONS = [
  "broker",
  "timeout",
  "maxEntries",
  "maxTotalEntries",
  "maxEntrySize",
  "onError",
] as const satisfies readonly (keyof PresenceOptions)[];

/** Checked options. */
export interface PresenceSettings {
  readonly broker: Broker | undefined;
  readonly timeout: number;
  readonly maxEntries: number;
  readonly maxTotalEntries: number;
  readonly maxEntrySize: number;
  readonly onError: (error: unknown) => void;
}

/** Bytes. Several entries go into one message, which engines bound, too. */
const LARGEST_ENTRY = 64 * 1024;

/** Milliseconds. A shorter one would have processes leave that are merely busy. */
const SHORTEST_TIMEOUT = 100;

/** @throws ArgumentError */
export function presenceSettings(options: PresenceOptions): PresenceSettings {
  checkOptionNames("Presence", options, OPTIONS);
  const { broker, onError = printError } = options;
  const { timeout = 30_000, maxEntrySize = 1024 } = options;
  const { maxEntries = 10_000, maxTotalEntries = 100_000 } = options;
  if (broker !== undefined) checkBroker(broker);
  if (typeof onError !== "function") {
    throw new ArgumentError(`onError is a function; got ${describe(onError)}`);
  }
  checkTimeout("timeout", timeout);
  if (timeout < SHORTEST_TIMEOUT || timeout === Number.POSITIVE_INFINITY) {
    throw new ArgumentError(`timeout is at least ${SHORTEST_TIMEOUT} milliseconds, and finite`);
  }
  checkLimit("maxEntrySize", maxEntrySize, 1, "bytes");
  if (maxEntrySize > LARGEST_ENTRY) {
    throw new ArgumentError(`maxEntrySize is at most ${LARGEST_ENTRY} bytes`);
  }
  return {
    broker,
    timeout,
    maxEntries: checkLimit("maxEntries", maxEntries, 1, "entries"),
    maxTotalEntries: checkLimit("maxTotalEntries", maxTotalEntries, 1, "entries"),
    maxEntrySize,
    onError,
  };
}

function printError(error: unknown): void {
  console.error(error);
}
