import { channel } from "node:diagnostics_channel";
import type { Connection } from "../connection/connection.ts";
import { withoutSecrets } from "./target.ts";

/**
 * One call of `connect()`, as it is published through `node:diagnostics_channel`, the same object each time:
 *
 * - `barewire:connect:start`: an attempt begins
 * - `barewire:connect:end`: it has led to `connection`
 * - `barewire:connect:error`: it has failed with `error`
 *
 * Behind each start comes one of the other two. A call whose arguments are wrong is no attempt.
 */
export interface ConnectEvent {
  /** The URL, without user name, password and query. */
  readonly url: string;
  /** The connection, from `end` on. */
  connection?: Connection;
  /** What `connect()` rejects with, at `error`. */
  error?: unknown;
}

const started = channel("barewire:connect:start");
const ended = channel("barewire:connect:end");
const failed = channel("barewire:connect:error");

/** Publishes that an attempt begins. Undefined where nobody listens for any of it. */
export function publishStart(url: string | URL): ConnectEvent | undefined {
  if (!started.hasSubscribers && !ended.hasSubscribers && !failed.hasSubscribers) return undefined;
  const event = { url: withoutSecrets(url) };
  if (started.hasSubscribers) started.publish(event);
  return event;
}

export function publishEnd(event: ConnectEvent, connection: Connection): void {
  event.connection = connection;
  if (ended.hasSubscribers) ended.publish(event);
}

export function publishError(event: ConnectEvent, error: unknown): void {
  event.error = error;
  if (failed.hasSubscribers) failed.publish(event);
}
