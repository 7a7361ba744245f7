// The client of undici, which is also the global `WebSocket` of Node 22 and later.
import { WebSocket } from "undici";
import { HOST, ready } from "../peers/control.mjs";

function open(port) {
  return new Promise((resolve, reject) => {
    const ws = new WebSocket(`ws://${HOST}:${port}/`);
    ws.binaryType = "arraybuffer";
    ws.onerror = (event) => reject(event.error);
    ws.onopen = () => resolve();
    ws.onmessage = (event) => ws.send(event.data);
  });
}

ready(0, {
  async connect(port, count) {
    await Promise.all(Array.from({ length: count }, () => open(port)));
  },
});
