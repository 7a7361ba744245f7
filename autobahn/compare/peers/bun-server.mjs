// As Bun's documentation has it.
import { HOST, listening, MAX_MESSAGE, PORT } from "./testee.mjs";

const server = Bun.serve({
  hostname: HOST,
  port: PORT,
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response("Upgrade failed", { status: 400 });
  },
  websocket: {
    perMessageDeflate: true,
    maxPayloadLength: MAX_MESSAGE,
    backpressureLimit: 4 * MAX_MESSAGE,
    message(ws, message) {
      ws.send(message, true);
    },
  },
});
listening(server.port);
