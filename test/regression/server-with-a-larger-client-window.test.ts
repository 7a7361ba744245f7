import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { WebSocketServer } from "ws";
import { connect } from "../../src/index.ts";

// Both offers had the client's window as a hint. ws declines one that is smaller than its own limit, and
// refuses the handshake where it can accept none: 400.
test("a ws server with a limit above the client's window is connected to, compressed", async () => {
  const perMessageDeflate = { clientMaxWindowBits: 14, threshold: 0 };
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate });
  onTestFinished(() => server.close());
  await once(server, "listening");
  server.on("connection", (ws) =>
    ws.on("message", (data, isBinary) => ws.send(data, { binary: isBinary })),
  );
  const { port } = server.address() as AddressInfo;
  const ws = await connect(`ws://127.0.0.1:${port}`, { compression: { windowBits: 12 } });
  expect(ws.extensions).toBe("permessage-deflate; client_max_window_bits=14");
  const text = "The quick brown fox jumps over the lazy dog. ".repeat(300);
  for (let i = 0; i < 3; i++) {
    ws.send(text);
    expect(await ws.receive()).toBe(text);
  }
  await ws.close();
});
