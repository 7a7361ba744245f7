// As the README of faye-websocket has it.
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import FayeWebSocket from "faye-websocket";
import { checkMode, HOST, MAX_MESSAGE, options, readTls, ready } from "./control.mjs";

checkMode("echo", "broadcast");

const tls = readTls();
const server = tls ? createTlsServer(tls) : createServer();
const clients = new Set();

server.on("upgrade", (request, socket, body) => {
  if (!FayeWebSocket.isWebSocket(request)) return;
  const ws = new FayeWebSocket(request, socket, body, [], { maxLength: MAX_MESSAGE });
  if (options.mode === "broadcast") {
    clients.add(ws);
    ws.on("close", () => clients.delete(ws));
    ws.on("message", (event) => {
      for (const client of clients) client.send(event.data);
    });
  } else {
    ws.on("message", (event) => ws.send(event.data));
  }
});
server.listen({ port: 0, host: HOST, backlog: 4096 }, () => ready(server.address().port));
