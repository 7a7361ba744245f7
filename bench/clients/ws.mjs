// The client of ws, as its README has it, with `bufferutil`.
import { WebSocket } from "ws";
import { HOST, MAX_MESSAGE, ready } from "../peers/control.mjs";

function open(port) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`ws://${HOST}:${port}/`, {
      perMessageDeflate: false,
      maxPayload: MAX_MESSAGE,
    });
    ws.on("error", reject);
    ws.on("open", resolve);
    ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary }));
  });
}

ready(0, {
  async connect(port, count) {
    await Promise.all(Array.from({ length: count }, () => open(port)));
  },
});
