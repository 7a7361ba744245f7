import { describe, expect, it } from "vitest";
import { Server } from "../../src/index.ts";

// node:net closes a listener whose signal is aborted, without an error: listen() waited for ever.
describe("listen rejects with the reason of its signal", () => {
  const reason = new Error("changed my mind");

  it.each([undefined, "127.0.0.1", "localhost"])(
    "that was aborted before (host: %s)",
    async (host) => {
      const signal = AbortSignal.abort(reason);
      const server = new Server();
      await expect(server.listen({ port: 0, host, signal })).rejects.toBe(reason);
      await server.shutdown();
    },
  );

  it("that is aborted before it listens", async () => {
    const controller = new AbortController();
    const server = new Server();
    const listening = server.listen({ port: 0, host: "localhost", signal: controller.signal });
    controller.abort(reason);
    await expect(listening).rejects.toBe(reason);
    await server.shutdown();
  });
});

it("a signal that is aborted later ends the listening", async () => {
  const controller = new AbortController();
  const server = new Server();
  const target = { port: 0, host: "127.0.0.1", signal: controller.signal };
  const { port } = await server.listen(target);
  controller.abort();
  await server.listen({ port, host: "127.0.0.1" });
  await server.shutdown();
});
