/** The client: `connect()`. */

import { type Connection, openConnection } from "../connection/connection.ts";
import type { EndpointOwner } from "../connection/endpoint.ts";
import { ConnectionGroup } from "../connection/group.ts";
import { toError } from "../connection/user-code.ts";
import { openClient } from "./handshake.ts";
import { type ConnectOptions, planClient } from "./options.ts";

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
 * @param url `ws:` or `wss:` (or `http:` and `https:`, which mean the same here), or
 * `ws+unix:/path/of/socket:/path?query`. User name and password in it are sent as basic
 * credentials.
 * @throws ArgumentError, before anything was opened, when the URL or an option is wrong
 * @throws HandshakeError with one of these codes: `CONNECT_FAILED` (DNS, TCP), `TLS_FAILED`,
 * `PROXY_FAILED`, `PROXY_REFUSED`, `CONNECTION_LOST` (the server hung up), `REFUSED` (it answered
 * with another status than 101; see `status`, `headers` and `body`), `BAD_RESPONSE` (its 101 is
 * wrong; see `faults`), `HEAD_TOO_LARGE`, `HANDSHAKE_TIMEOUT`
 * @throws the reason of `options.signal` when that is aborted before the promise has resolved
 */
export async function connect(
  url: string | URL,
  options: ConnectOptions = {},
): Promise<Connection> {
  const plan = planClient(url, options, process.env);
  return openClient(plan, ({ socket, protocol, extensions, compression, response }) => {
    const { connection, endpoint } = openConnection({
      stream: socket,
      group: new ConnectionGroup(plan.settings),
      owner: OWNER,
      protocol,
      extensions,
      compression,
      opening: response.fields,
    });
    // What came right behind the response is still in the socket, so there is no rest to give.
    endpoint.start(plan.handler, NO_BYTES);
    return connection;
  });
}
