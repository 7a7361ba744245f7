import { createServer } from "node:http";
import { expect, test } from "vitest";
import { type Connection, Server } from "../../src/index.ts";
import { closeFrame, textFrame, upgradeHead } from "../raw-peer.ts";
import { until } from "../served.ts";
import { streamPair } from "../stream-pair.ts";

// node:http takes any stream for a connection, which has none of the methods of sockets: the upgrade was an
// uncaught exception. And the bytes of frames were used again while such a stream had them still.
test("an attached server serves connections over streams that are no sockets", async () => {
  const http = createServer();
  const server = new Server();
  let opened: Connection | undefined;
  server.handle("/", {
    open: (ws) => {
      opened = ws;
    },
    message: (ws, data) => ws.send(data),
  });
  server.attach(http);
  const [near, far] = streamPair();
  const received: Buffer[] = [];
  near.on("data", (chunk) => received.push(chunk));
  http.emit("connection", far);
  near.write(upgradeHead("/"));
  await until(() => opened !== undefined);
  const texts = ["first", "second", "a".repeat(200_000), "b".repeat(200_000)];
  for (const text of texts) {
    near.write(textFrame(text));
    await until(() => Buffer.concat(received).includes(text.slice(-5)));
  }
  for (const text of texts) expect(Buffer.concat(received).includes(text)).toBe(true);
  near.write(closeFrame(1000));
  near.end();
  expect(await opened?.closed).toMatchObject({ code: 1000, clean: true });
  await server.shutdown();
});
