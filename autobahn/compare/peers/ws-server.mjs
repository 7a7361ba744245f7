// As the README of ws has it; compression on, as the suite offers it in sections 12 and 13.
import { WebSocketServer } from "ws";
import { HOST, listening, MAX_MESSAGE, PORT } from "./testee.mjs";

const server = new WebSocketServer({
  port: PORT,
  host: HOST,
  maxPayload: MAX_MESSAGE,
  perMessageDeflate: true,
});
server.on("connection", (ws) => {
  ws.on("error", () => {});
  ws.on("message", (data, binary) => ws.send(data, { binary }));
});
server.on("listening", () => listening(server.address().port));
