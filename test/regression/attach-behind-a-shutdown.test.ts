import { createServer } from "node:http";
import { expect, test } from "vitest";
import { ArgumentError, Server } from "../../src/index.ts";

// It was attached all the same, and answered every upgrade of that HTTP server with 503 from then on.
test("a server that has been shut down is not attached", async () => {
  const server = new Server();
  await server.shutdown();
  const http = createServer();
  expect(() => server.attach(http)).toThrow(ArgumentError);
  expect(http.listenerCount("upgrade")).toBe(0);
});
