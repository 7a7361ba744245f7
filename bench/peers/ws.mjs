// As the README of ws has it: `bufferutil` beside it, text sent as text by the `binary` flag.
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { WebSocket, WebSocketServer } from "ws";
import { HOST, MAX_MESSAGE, options, readTls, ready } from "./control.mjs";

const tls = readTls();
const server = tls ? createTlsServer(tls) : createServer();
const wss = new WebSocketServer({ server, perMessageDeflate: deflate(), maxPayload: MAX_MESSAGE });

function deflate() {
  if (options.deflate === undefined) return false;
  if (options.deflate === "defaults") return { threshold: 0 };
  const { windowBits, level, memLevel } = options.deflate;
  return {
    threshold: 0,
    serverMaxWindowBits: windowBits,
    clientMaxWindowBits: windowBits,
    zlibDeflateOptions: { level, memLevel },
  };
}

wss.on("connection", (ws) => {
  ws.on("error", () => {});
  ws.on("message", (data, isBinary) => {
    if (options.mode !== "broadcast") {
      ws.send(data, { binary: isBinary });
      return;
    }
    for (const client of wss.clients) {
      if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
    }
  });
});
server.listen({ port: 0, host: HOST, backlog: 4096 }, () => ready(server.address().port));
