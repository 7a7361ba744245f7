import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { connect } from "../../src/index.ts";
import { WebSocketServer } from "../../src/ws/ws.ts";

// The Close frame of a breach waits for the end of the turn, and @fastify/websocket destroys a connection as soon as
// it is told of an error: the peer was left with 1006.
it("a peer hears what it broke where the error's listener destroys the connection", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", maxPayload: 1000 });
  onTestFinished(() => server.close());
  server.on("connection", (ws) => ws.on("error", () => ws.terminate()));
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  const ws = await connect(`ws://127.0.0.1:${port}/`);
  await ws.send("a".repeat(1001));
  expect(await ws.closed).toMatchObject({ code: 1009 });
});
