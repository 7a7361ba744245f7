// The limit: sockets that return the bytes they get, after a fixed answer to the handshake.
import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { HOST, options, readTls, ready } from "./control.mjs";
import { groups, join, leave } from "./groups.mjs";

const ANSWER = Buffer.from(
  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
);
const CLOSE = 0x88;

const sockets = new Set();

const answers = {
  echo(chunk) {
    this.write(chunk);
  },
  // All that it knows of WebSocket: that a frame which begins so ends the connection, on the server's side.
  "echo until Close"(chunk) {
    if (chunk[0] === CLOSE) this.end(chunk);
    else this.write(chunk);
  },
  broadcast(chunk) {
    for (const socket of sockets) socket.write(chunk);
  },
  // What goes to one socket is joined and written at once.
  groups(chunk) {
    for (const members of groups) {
      const joined = Buffer.concat(Array.from({ length: options.groups.copies }, () => chunk));
      for (const socket of members) socket.write(joined);
    }
  },
};

function serve(socket) {
  socket.on("error", () => {});
  socket.once("data", () => {
    socket.write(ANSWER);
    socket.on("data", answers[options.mode]);
    if (options.mode === "groups") join(socket);
  });
  if (options.mode === "groups") socket.on("close", () => leave(socket));
  if (options.mode !== "broadcast") return;
  sockets.add(socket);
  socket.on("close", () => sockets.delete(socket));
}

const tls = readTls();
const server = tls
  ? createTlsServer({ ...tls, noDelay: true }, serve)
  : createServer({ noDelay: true }, serve);
server.listen({ port: 0, host: HOST, backlog: 4096 }, () => ready(server.address().port));
