// The limit for clients: a socket that returns the bytes it gets.
import { connect } from "node:net";
import { HOST, ready } from "../peers/control.mjs";

const REQUEST =
  "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n";

function open(port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: HOST, port, noDelay: true }, () => socket.write(REQUEST));
    socket.on("error", reject);
    socket.once("data", (head) => {
      // Frames may stand right behind the head of the answer.
      const end = head.indexOf("\r\n\r\n") + 4;
      if (end < head.length) socket.write(head.subarray(end));
      socket.on("data", (chunk) => socket.write(chunk));
      resolve();
    });
  });
}

ready(0, {
  async connect(port, count) {
    await Promise.all(Array.from({ length: count }, () => open(port)));
  },
});
