// ws as its README has it: `bufferutil` beside it, text sent as text by the `binary` flag.
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { WebSocket, WebSocketServer } from "ws";
import { HOST, MAX_MESSAGE, options, readTls, ready } from "./control.mjs";

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

/** Listens. `answer` makes what is sent of a message: a Buffer, for text in UTF-8, and `isBinary`. */
export function serve(answer) {
  const tls = readTls();
  const server = tls ? createTlsServer(tls) : createServer();
  const wss = new WebSocketServer({
    server,
    perMessageDeflate: deflate(),
    maxPayload: MAX_MESSAGE,
  });
  wss.on("connection", (ws) => {
    ws.on("error", () => {});
    ws.on("message", (data, isBinary) => {
      const sent = answer(data, isBinary);
      if (options.mode !== "broadcast") {
        ws.send(sent, { binary: isBinary });
        return;
      }
      for (const client of wss.clients) {
        if (client.readyState === WebSocket.OPEN) client.send(sent, { binary: isBinary });
      }
    });
  });
  server.listen({ port: 0, host: HOST, backlog: 4096 }, () => ready(server.address().port));
}
