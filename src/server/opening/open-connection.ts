import { Connection, type ConnectionInit } from "../../connection/connection.ts";

/** What a handshake of a server leads to: the one place where its connections are made. */
export function openConnection(init: ConnectionInit, data: unknown): Connection {
  const connection = new Connection(init);
  if (data !== undefined) connection.data = data;
  return connection;
}
