/** Servers with the crossws adapter for the tests, and clients of them. */

import { onTestFinished } from "vitest";
import {
  type CrosswsAdapter,
  type CrosswsOptions,
  crosswsAdapter,
} from "../../src/crossws/crossws.ts";
import {
  type Connection,
  type ConnectOptions,
  connect,
  type ServerOptions,
} from "../../src/index.ts";
import { type Served, serve } from "../served.ts";

/** A running server with the adapter. */
export interface ServedHooks extends Served {
  readonly ws: CrosswsAdapter;
  /** Opens a WebSocket, which is gone when the test has finished. */
  client(path?: string, options?: ConnectOptions): Promise<Connection>;
}

/** Serves all paths with hooks. */
export async function serveHooks(
  options: Omit<CrosswsOptions, "server">,
  serverOptions: ServerOptions = {},
): Promise<ServedHooks> {
  const served = await serve(undefined, serverOptions);
  const ws = crosswsAdapter({ server: served.server, ...options });
  const client = async (path = "/", connectOptions: ConnectOptions = {}) => {
    const connection = await connect(`${served.address.url}${path}`, connectOptions);
    onTestFinished(() => connection.terminate());
    return connection;
  };
  return { ...served, ws, client };
}
