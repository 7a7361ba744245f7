// ws as its README has it: `bufferutil` beside it, text sent as text by the `binary` flag.
import { createServer } from "node:https";
import { HOST, MAX_MESSAGE, options, readTls, ready } from "./control.mjs";
import { groups, join, leave } from "./groups.mjs";

// The one line that a program changes to have barewire under it.
const { WebSocket, WebSocketServer } = await import(options.ws ?? "ws");

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

/** Sends to all of them that are open. */
function sendAll(clients, data, isBinary) {
  for (const client of clients) {
    if (client.readyState === WebSocket.OPEN) client.send(data, { binary: isBinary });
  }
}

/** Listens. `answer` makes what is sent of a message: a Buffer, for text in UTF-8, and `isBinary`. */
export function serve(answer) {
  const tls = readTls();
  const port = { port: 0, host: HOST, backlog: 4096 };
  const common = { perMessageDeflate: deflate(), maxPayload: MAX_MESSAGE };
  const server = tls === undefined ? undefined : createServer(tls).listen(port);
  const wss = new WebSocketServer({ ...common, ...(server === undefined ? port : { server }) });

  const onMessage = {
    echo: (ws, data, isBinary) => ws.send(answer(data, isBinary), { binary: isBinary }),
    length: (ws, data) => ws.send(String(data.length)),
    broadcast: (_ws, data, isBinary) => sendAll(wss.clients, answer(data, isBinary), isBinary),
    groups: (_ws, data, isBinary) => {
      const sent = answer(data, isBinary);
      for (const members of groups) {
        for (let i = 0; i < options.groups.copies; i++) sendAll(members, sent, isBinary);
      }
    },
  }[options.mode];

  wss.on("connection", (ws) => {
    ws.on("error", () => {});
    ws.on("message", (data, isBinary) => onMessage(ws, data, isBinary));
    if (options.mode !== "groups") return;
    join(ws);
    ws.on("close", () => leave(ws));
  });
  wss.on("listening", () => ready(wss.address().port));
}
