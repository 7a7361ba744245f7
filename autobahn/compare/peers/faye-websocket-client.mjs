// As the README of faye-websocket has it, with its extension for compression.
import FayeWebSocket from "faye-websocket";
import deflate from "permessage-deflate";
import { MAX_MESSAGE, runCases } from "./testee.mjs";

await runCases(
  (url, onText) =>
    new Promise((resolve) => {
      const ws = new FayeWebSocket.Client(url, [], {
        maxLength: MAX_MESSAGE,
        extensions: [deflate],
      });
      ws.on("error", () => {});
      ws.on("close", resolve);
      ws.on("message", (event) => {
        if (onText === undefined) ws.send(event.data);
        else onText(event.data);
      });
    }),
);
