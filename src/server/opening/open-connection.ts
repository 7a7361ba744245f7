import { type ConnectionInit, openConnection } from "../../connection/connection.ts";

/** What a handshake of a server leads to: the one place where its connections are made. */
export function openServerConnection(
  init: ConnectionInit,
  data: unknown,
): ReturnType<typeof openConnection> {
  const opened = openConnection(init);
  if (data !== undefined) opened.connection.data = data;
  return opened;
}
