/** The client: `connect()`. */

import { type Connection, openConnection } from "../connection/connection.ts";
import { closedIsHeard } from "../connection/diagnostics.ts";
import { ConnectionGroup } from "../connection/group.ts";
import { toError } from "../connection/user-code.ts";
import type { EndpointOwner } from "../connection/user-side.ts";
import { publishEnd, publishError, publishStart } from "./diagnostics.ts";
import { type OpenedClient, openClient } from "./handshake.ts";
import type { ConnectOptions } from "./options.ts";
import { type ClientPlan, planClient } from "./plan.ts";

const NO_BYTES = Buffer.alloc(0);

const OWNER: EndpointOwner = {
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
 * `connect<User>(…)` gives `ws.data` a type, also in the `handler`.
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
export function connect<User = unknown>(
  url: string | URL,
  options: ConnectOptions<User> = {},
): Promise<Connection<User>> {
  return open(url, options, false);
}

/** `connect()`, for a connection whose iterations end without an error, however it ends. */
export function openQuietly<User>(
  url: string | URL,
  options: ConnectOptions<User>,
): Promise<Connection<User>> {
  return open(url, options, true);
}

async function open<User>(
  url: string | URL,
  own: ConnectOptions<User>,
  endsQuietly: boolean,
): Promise<Connection<User>> {
  // What belongs to the application goes through unseen, and comes out as the type that it is.
  const options = own as ConnectOptions;
  const plan = planClient(url, options, process.env);
  const event = publishStart(url);
  try {
    const connection = await openClient(plan, (opened) => adopt(plan, opened, endsQuietly));
    if (event !== undefined) publishEnd(event, connection);
    return connection as Connection<User>;
  } catch (error) {
    if (event !== undefined) publishError(event, error);
    throw error;
  }
}

/** Makes a connection of what the opening handshake has led to. */
function adopt(plan: ClientPlan, opened: OpenedClient, endsQuietly: boolean): Connection {
  const { stream, protocol, extensions, codec, response } = opened;
  const { connection, endpoint } = openConnection({
    stream,
    group: new ConnectionGroup({ ...plan.settings, endsQuietly }),
    owner: OWNER,
    protocol,
    extensions,
    codec,
    opening: response.fields,
    tellsEnd: plan.handler?.close !== undefined || closedIsHeard(),
  });
  connection.data = plan.data;
  // What came right behind the response is still in the stream, so there is no rest to give.
  endpoint.start(plan.handler, NO_BYTES);
  return connection;
}
