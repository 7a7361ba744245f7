// What all forms of barewire share: the built library, and the server with the options of a run.
import { HOST, MAX_MESSAGE, options, readTls, ready } from "./control.mjs";

const { Server } = await import(options.library);

/** Members of each group, in the order of their coming; see `mode` in control.mjs. */
export const groups = Array.from({ length: options.groups?.count ?? 0 }, () => new Set());
let joined = 0;

/** Puts a connection into its group. */
export function join(ws) {
  groups[joined++ % groups.length].add(ws);
}

/** Listens, with the route that `add` makes. */
export async function serve(add) {
  const tls = readTls();
  const { deflate } = options;
  const server = new Server({
    compression: deflate === "defaults" || (deflate !== undefined && { threshold: 0, ...deflate }),
    maxMessageSize: MAX_MESSAGE,
    // A reply over the hard cap would close the connection.
    maxSendBuffer: 4 * MAX_MESSAGE,
  });
  add(server);
  const { port } = await server.listen({
    port: 0,
    host: HOST,
    ...(tls === undefined ? {} : { tls }),
  });
  ready(port);
}
