import { once } from "node:events";
import { expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { listen } from "../../src/conformance/conform.ts";

// The socket was destroyed before the answer had left: clients saw their opening handshake fail.
it.each(["/stopServer", "/updateReports?agent=a&shutdownOnComplete=true"])(
  "conform --listen answers %s before it stops",
  async (path) => {
    const tests = await listen({ port: 0, cases: ["1.1.1"] });
    onTestFinished(() => tests.close());
    const client = new WebSocket(`ws://127.0.0.1:${tests.port}${path}`);
    const [code] = await once(client, "close");
    expect(code).toBe(1000);
    await tests.closed;
  },
);

it("conform --listen stops although the client that asked does not answer its Close", async () => {
  const tests = await listen({ port: 0, cases: ["1.1.1"] });
  onTestFinished(() => tests.close());
  const client = new WebSocket(`ws://127.0.0.1:${tests.port}/stopServer`);
  onTestFinished(() => client.terminate());
  client.once("open", () => client.pause());
  await tests.closed;
});
