/** The client: `connect()`. */

import type { Socket } from "node:net";
import { Connection, type ConnectionOwner } from "../connection/connection.ts";
import { toError } from "../connection/user-code.ts";
import { publishEnd, publishError, publishStart } from "./diagnostics.ts";
import { type OpenedClient, openClient } from "./handshake.ts";
import type { ConnectOptions } from "./options.ts";
import { type ClientPlan, planClient } from "./plan.ts";

const NO_BYTES = Buffer.alloc(0);

const OWNER: ConnectionOwner = {
  onClosed() {},
  // A client has no option for it, and the error of a handler object would go unseen otherwise.
  onUserError(_, error) {
    process.emitWarning(toError(error));
  },
};

/**
 * Connects to a WebSocket server and resolves with the connection once the opening handshake
 * (RFC 6455 §4.1) is done. Nothing that the server sends is lost before somebody reads it.
 *
 * @param url `ws:` or `wss:` (or `http:` and `https:`, which mean the same here), or
 * `ws+unix:/path/of/socket:/path?query`. User name and password in it are sent as basic
 * credentials.
 * @throws ArgumentError, before anything was opened, when the URL or an option is wrong
 * @throws HandshakeError with one of these codes: `CONNECT_FAILED` (DNS, TCP, `createConnection`),
 * `TLS_FAILED`, `PROXY_FAILED`, `PROXY_REFUSED`, `CONNECTION_LOST` (the server hung up), `REFUSED` (it
 * answered with another status than 101; see `received`), `BAD_RESPONSE` (its 101 is wrong; see
 * `faults`), `HEAD_TOO_LARGE`, `HANDSHAKE_TIMEOUT`
 * @throws the reason of `options.signal` when that is aborted before the promise has resolved
 */
export function connect(url: string | URL, options: ConnectOptions = {}): Promise<Connection> {
  return open(url, options, false);
}

/** `connect()`, for a connection whose iterations end without an error, however it ends. */
export function openQuietly(url: string | URL, options: ConnectOptions): Promise<Connection> {
  return open(url, options, true);
}

async function open(
  url: string | URL,
  options: ConnectOptions,
  endsQuietly: boolean,
): Promise<Connection> {
  const plan = planClient(url, options, process.env);
  const event = publishStart(url);
  try {
    const connection = await openClient(plan, (opened) => adopt(plan, opened, endsQuietly));
    if (event !== undefined) publishEnd(event, connection);
    return connection;
  } catch (error) {
    if (event !== undefined) publishError(event, error);
    throw error;
  }
}

/** Makes a connection of what the opening handshake has led to. */
function adopt(plan: ClientPlan, opened: OpenedClient, endsQuietly: boolean): Connection {
  const { stream, protocol, extensions, compression, response } = opened;
  const connection = new Connection({
    socket: stream as Socket,
    settings: { ...plan.settings, endsQuietly },
    owner: OWNER,
    protocol,
    extensions,
    compression,
    response: response.fields,
  });
  // What came right behind the response is still in the stream, so there is no rest to give.
  connection.start(plan.handler, NO_BYTES);
  return connection;
}
