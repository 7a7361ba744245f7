// As the README of websocket has it.
import { createServer } from "node:http";
import websocket from "websocket";
import { HOST, listening, MAX_MESSAGE, PORT } from "./testee.mjs";

const httpServer = createServer();
const server = new websocket.server({
  httpServer,
  autoAcceptConnections: true,
  maxReceivedFrameSize: MAX_MESSAGE,
  maxReceivedMessageSize: MAX_MESSAGE,
});
server.on("connect", (connection) => {
  connection.on("error", () => {});
  connection.on("message", (message) => {
    if (message.type === "utf8") connection.sendUTF(message.utf8Data);
    else connection.sendBytes(message.binaryData);
  });
});
httpServer.listen({ port: PORT, host: HOST }, () => listening(httpServer.address().port));
