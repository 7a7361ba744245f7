import type { Socket } from "node:net";
import { endpointOf } from "../src/connection/connection.ts";
import type { Connection } from "../src/index.ts";

/** The socket under a connection, which the library does not give to its users. */
export function streamOf(ws: Connection): Socket {
  return endpointOf(ws).stream as Socket;
}
