// As Bun's documentation has it: `Bun.serve` with a `websocket` handler, `publish` to broadcast.
import { HOST, MAX_MESSAGE, options, readTls, ready } from "./control.mjs";

const broadcast = options.mode === "broadcast";
const server = Bun.serve({
  hostname: HOST,
  port: 0,
  tls: readTls(),
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response("Upgrade failed", { status: 400 });
  },
  websocket: {
    perMessageDeflate: false,
    maxPayloadLength: MAX_MESSAGE,
    backpressureLimit: 4 * MAX_MESSAGE,
    open(ws) {
      if (broadcast) ws.subscribe("all");
    },
    message(ws, message) {
      if (broadcast) server.publish("all", message);
      else ws.send(message);
    },
  },
});
ready(server.port);
