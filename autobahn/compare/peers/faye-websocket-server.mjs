// As the README of faye-websocket has it, with its extension for compression.
import { createServer } from "node:http";
import FayeWebSocket from "faye-websocket";
import deflate from "permessage-deflate";
import { HOST, listening, MAX_MESSAGE, PORT } from "./testee.mjs";

const server = createServer();
server.on("upgrade", (request, socket, body) => {
  if (!FayeWebSocket.isWebSocket(request)) return;
  const ws = new FayeWebSocket(request, socket, body, [], {
    maxLength: MAX_MESSAGE,
    extensions: [deflate],
  });
  ws.on("message", (event) => ws.send(event.data));
});
server.listen({ port: PORT, host: HOST }, () => listening(server.address().port));
