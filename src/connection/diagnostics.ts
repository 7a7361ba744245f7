import { channel } from "node:diagnostics_channel";
import type { CloseInfo } from "./close-info.ts";
import type { Connection } from "./connection.ts";
import type { RequestInfo } from "./request-info.ts";

/**
 * What is published through `node:diagnostics_channel`:
 *
 * - `barewire:connection:open` `{ connection }`: an opening handshake was completed
 * - `barewire:connection:closed` `{ connection, info }`: a connection has ended
 * - `barewire:error` `{ error, subject }`: the user's code has thrown (subject is the connection or
 *   the request), or a listener had an error (no subject)
 */
const opened = channel("barewire:connection:open");
const closed = channel("barewire:connection:closed");
const failed = channel("barewire:error");

export function publishOpen(connection: Connection): void {
  if (opened.hasSubscribers) opened.publish({ connection });
}

/** Whether somebody hears of the end of connections. */
export function closedIsHeard(): boolean {
  return closed.hasSubscribers;
}

export function publishClosed(connection: Connection, info: CloseInfo): void {
  if (closed.hasSubscribers) closed.publish({ connection, info });
}

export function publishError(error: unknown, subject: Connection | RequestInfo | undefined): void {
  if (failed.hasSubscribers) failed.publish({ error, subject });
}
