// The limit: sockets that return the bytes they get, after a fixed answer to the handshake.
import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { HOST, options, readTls, ready } from "./control.mjs";

const ANSWER = Buffer.from(
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
);
const sockets = new Set();

function echo(chunk) {
  this.write(chunk);
}

function broadcast(chunk) {
  for (const socket of sockets) socket.write(chunk);
}

function serve(socket) {
  socket.on("error", () => {});
  socket.once("data", () => {
    socket.write(ANSWER);
    socket.on("data", options.mode === "broadcast" ? broadcast : echo);
  });
  if (options.mode === "broadcast") {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  }
}

const tls = readTls();
const server = tls
  ? createTlsServer({ ...tls, noDelay: true }, serve)
  : createServer({ noDelay: true }, serve);
server.listen({ port: 0, host: HOST, backlog: 4096 }, () => ready(server.address().port));
