/** The options of a client that comes back: what they are. `plan.ts` checks them. */

import type { Connection } from "../../connection/connection.ts";
import type { HeaderFields } from "../fields.ts";
import type { ConnectOptions } from "../options.ts";
import type { ReconnectFailure } from "./failure.ts";

/** What a client that comes back is at. */
export type ReconnectState =
  /** An attempt is under way. */
  | "connecting"
  /** There is a connection. */
  | "open"
  /** There is none, and the next attempt has not begun. */
  | "waiting"
  /** It does not come back any more. */
  | "closed";

/** What is known of an attempt before it is made. */
export interface ReconnectAttempt {
  /** 1 for the first, and for the first behind a connection that has lasted. */
  readonly number: number;
  /** Milliseconds that are waited before it. */
  readonly delay: number;
  /** Why there is no connection; undefined at the very beginning. */
  readonly failure: ReconnectFailure | undefined;
  /** What the application has put into `lastId`. */
  readonly lastId: unknown;
  /** Aborted when the attempt is given up. */
  readonly signal: AbortSignal;
}

/** A gap between two connections, when the second has opened. */
export interface ReconnectGap<User = unknown> {
  /** The new connection: what is sent on it now comes before all else. */
  readonly ws: Connection<User>;
  /**
   * Milliseconds from the end of the connection before, or from when it was noticed, to the opening of this
   * one. Where the clocks of the system differ, because it was asleep or was set, the longer time.
   */
  readonly downFor: number;
  /** What the application has put into `lastId`: of the last message that it has seen, for example. */
  readonly lastId: unknown;
}

/** A value, or a function that gives one for each attempt. Within `handshakeTimeout` it may take its time. */
export type PerAttempt<T> = T | ((attempt: ReconnectAttempt) => T | PromiseLike<T>);

/** Options that a client that comes back has not, or in its own way. */
type NotHere = "socket" | "headers" | "cookies" | "protocols" | "handler" | "data";

/**
 * Options of a client that comes back: those of `connect()`, some of which may differ from attempt to attempt,
 * and when to try again. `User` is the type of {@link data}.
 */
export interface ReconnectOptions<User = unknown> extends Omit<ConnectOptions, NotHere> {
  /** As for `connect()`. */
  readonly headers?: PerAttempt<HeaderFields>;
  /** As for `connect()`. */
  readonly cookies?: PerAttempt<Readonly<Record<string, string>>>;
  /** As for `connect()`. */
  readonly protocols?: PerAttempt<readonly string[]>;
  /** As for `connect()`. A function gives each connection data of its own. */
  readonly data?: PerAttempt<User>;
  /** A bearer token (RFC 6750 §2.1), sent as `Authorization: Bearer …`. Default: none. */
  readonly token?: PerAttempt<string>;
  /** Ends all of it when aborted, at any point. */
  readonly signal?: AbortSignal;

  /**
   * Milliseconds up to which the first delay goes. RFC 6455 §7.2.3 finds 5 s reasonable. The very first
   * attempt is made at once. Default 5,000.
   */
  readonly firstDelay?: number;
  /** Milliseconds that no delay goes beyond. Default 60,000. */
  readonly maxDelay?: number;
  /** How many times as long the limit of each delay is as that of the one before, at least 1. Default 2. */
  readonly delayFactor?: number;
  /**
   * `"full"` (default): each delay is a random part of its limit, so that clients that lost their server in
   * the same moment do not come back in the same moment. `"none"`: it is the limit.
   */
  readonly jitter?: "full" | "none";
  /** Milliseconds after which a connection counts as one that has lasted: delays begin anew. Default 10,000. */
  readonly stableAfter?: number;
  /** Attempts without a connection that lasts until it gives up. Default: no limit. */
  readonly maxAttempts?: number;
  /**
   * Milliseconds that a server may ask for at most by Retry-After; what it asks for beyond that is cut.
   * Default 600,000.
   */
  readonly maxRetryAfter?: number;

  /**
   * Called before an attempt is waited for, the very first one too: for a log, or for people who are to know
   * how long it takes. What it throws ends the client, as for the other functions here.
   */
  readonly onAttempt?: (attempt: Omit<ReconnectAttempt, "signal">) => void;
  /**
   * Decides, perhaps with the help of somebody who logs in again, whether to go on behind a failure. Nothing,
   * or undefined, leaves it at {@link ReconnectFailure.permanent}.
   */
  readonly onFailure?: (
    failure: ReconnectFailure,
  ) => ReconnectDecision | void | Promise<ReconnectDecision> | Promise<void>;
  /**
   * Called when a connection has opened and there was one before: to ask for what was missed. The connection
   * is handed out, or the outbox sent on it, when the promise that it returns has resolved.
   */
  readonly onGap?: (gap: ReconnectGap<User>) => unknown;
  /** Called when the state has changed. */
  readonly onState?: (state: ReconnectState) => void;
}

/** What `onFailure` may return. */
export type ReconnectDecision = "retry" | "stop" | undefined;

/** The names of the options that are not those of `connect()`. */
export const RECONNECT_OPTION_NAMES = [
  "token",
  "firstDelay",
  "maxDelay",
  "delayFactor",
  "jitter",
  "stableAfter",
  "maxAttempts",
  "maxRetryAfter",
  "onAttempt",
  "onFailure",
  "onGap",
  "onState",
];
