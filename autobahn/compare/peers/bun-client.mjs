// The client that Bun has built in, by its standard interface.
import { runCases } from "./testee.mjs";

await runCases(
  (url, onText) =>
    new Promise((resolve) => {
      const ws = new WebSocket(url);
      ws.binaryType = "arraybuffer";
      ws.onerror = () => {};
      ws.onclose = resolve;
      ws.onmessage = ({ data }) => {
        if (onText === undefined) ws.send(data);
        else onText(data);
      };
    }),
);
