import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { connect } from "../../src/index.ts";
import { accepting, answering } from "../client/raw-server.ts";
import { deflated } from "../compression/compressed-peer.ts";

// A client's socket ended by itself when the server's side did, and was gone before the message was
// inflated, which was dropped with all behind it.
test.each([
  ["a Close and the end of TCP", [0x88, 2, 0x03, 0xe8], { code: 1000, clean: true }],
  ["nothing but the end of TCP", [], { code: 1006, clean: false }],
])("a client gets a long compressed message behind which is %s", async (_, behind, end) => {
  const text = "abcdefghij".repeat(200_000);
  const payload = deflated(text);
  const header = Buffer.from([0xc1, 126, payload.length >> 8, payload.length & 255]);
  const server = createServer((socket) => {
    const answer = answering((head) => {
      setImmediate(() => {
        socket.end(Buffer.concat([header, payload, Buffer.from(behind)]));
      });
      return accepting(head, "Sec-WebSocket-Extensions: permessage-deflate");
    });
    answer(socket);
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const options = { compression: true, maxMessageSize: 4_000_000 };
  const ws = await connect(`ws://127.0.0.1:${port}/`, options);
  expect(await ws.receive()).toBe(text);
  expect(await ws.closed).toMatchObject(end);
});
