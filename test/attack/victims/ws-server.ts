/** A server of ws under attack, as its README has it, with the limits of the other. */
import { createServer, type Server as HttpServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { selfSignedCertificate } from "../../../src/cli/self-signed-certificate.ts";
import { chosen, given, ready } from "./control.ts";
import { processorTime } from "./processor-time.ts";
import { setups } from "./ws-setups.ts";

const { onConnection, commands } = chosen(setups)();
const wss = new WebSocketServer({ noServer: true, maxPayload: 2 ** 20, ...given.options });
wss.on("connection", (ws: WebSocket, request) => {
  ws.on("error", () => {});
  if (request.url === "/probe") ws.on("message", () => ws.send(`${processorTime()}`));
  else onConnection(ws);
});

async function listen(http: HttpServer): Promise<number> {
  http.on("upgrade", (request, socket, head) => {
    wss.handleUpgrade(request, socket, head, (ws) => wss.emit("connection", ws, request));
  });
  http.on("request", (_, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) =>
    http.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, resolve),
  );
  return (http.address() as AddressInfo).port;
}

const port = await listen(createServer());
const tlsPort = given.tls ? await listen(createTlsServer(selfSignedCertificate())) : 0;
ready(
  { port, tlsPort },
  {
    connections: () => wss.clients.size,
    waiting: () => [...wss.clients].map((ws) => ws.bufferedAmount),
    ...commands,
  },
);
