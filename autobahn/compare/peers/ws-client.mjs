// As the README of ws has it.
import WebSocket from "ws";
import { MAX_MESSAGE, runCases } from "./testee.mjs";

await runCases(
  (url, onText) =>
    new Promise((resolve) => {
      const ws = new WebSocket(url, { maxPayload: MAX_MESSAGE, perMessageDeflate: true });
      ws.on("error", () => {});
      ws.on("close", resolve);
      ws.on("message", (data, binary) => {
        if (onText === undefined) ws.send(data, { binary });
        else onText(data.toString());
      });
    }),
);
