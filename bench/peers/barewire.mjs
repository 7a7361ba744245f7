// The built library, through the handler object that its guide recommends.
import { Server } from "../.cache/dist/index.cjs";
import { HOST, MAX_MESSAGE, options, readTls, ready } from "./control.mjs";

const tls = readTls();
const { deflate } = options;
const server = new Server({
  compression: deflate === "defaults" || (deflate !== undefined && { threshold: 0, ...deflate }),
  maxMessageSize: MAX_MESSAGE,
  // A reply over the hard cap would close the connection.
  maxSendBuffer: 4 * MAX_MESSAGE,
});
const broadcast = options.mode === "broadcast";
server.handle("/", {
  message(ws, data) {
    if (broadcast) server.broadcast(data);
    else ws.send(data);
  },
});
const { port } = await server.listen({
  port: 0,
  host: HOST,
  ...(tls === undefined ? {} : { tls }),
});
ready(port);
