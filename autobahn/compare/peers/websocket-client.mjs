// As the README of websocket has it.
import websocket from "websocket";
import { MAX_MESSAGE, runCases } from "./testee.mjs";

await runCases(
  (url, onText) =>
    new Promise((resolve) => {
      const client = new websocket.client({
        maxReceivedFrameSize: MAX_MESSAGE,
        maxReceivedMessageSize: MAX_MESSAGE,
      });
      client.on("connectFailed", resolve);
      client.on("connect", (connection) => {
        connection.on("error", () => {});
        connection.on("close", resolve);
        connection.on("message", (message) => {
          if (onText !== undefined) onText(message.utf8Data);
          else if (message.type === "utf8") connection.sendUTF(message.utf8Data);
          else connection.sendBytes(message.binaryData);
        });
      });
      client.connect(url);
    }),
);
