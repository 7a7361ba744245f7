// As the README of websocket has it. Its default cuts what it sends into frames of 16 KiB; it is
// told not to, so that all peers send the same frames. Its default limits are raised to ours.
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import websocket from "websocket";
import { checkMode, HOST, MAX_MESSAGE, options, readTls, ready } from "./control.mjs";

checkMode("echo", "broadcast");

const tls = readTls();
const httpServer = tls ? createTlsServer(tls) : createServer();
const server = new websocket.server({
  httpServer,
  autoAcceptConnections: true,
  fragmentOutgoingMessages: false,
  maxReceivedFrameSize: MAX_MESSAGE,
  maxReceivedMessageSize: MAX_MESSAGE,
});

function send(connection, message) {
  if (message.type === "utf8") connection.sendUTF(message.utf8Data);
  else connection.sendBytes(message.binaryData);
}

server.on("connect", (connection) => {
  connection.on("error", () => {});
  connection.on("message", (message) => {
    if (options.mode !== "broadcast") send(connection, message);
    else for (const each of server.connections) send(each, message);
  });
});
httpServer.listen({ port: 0, host: HOST, backlog: 4096 }, () => ready(httpServer.address().port));
