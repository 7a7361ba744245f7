import { expect, it } from "vitest";
import { connect } from "../../src/index.ts";
import { serve } from "../served.ts";

// A ClientHello has no empty line: the server waited for one until `handshakeTimeout`, and so did
// the client. node:http answers 400 at once.
it("wss: to a server without TLS fails at once, and says why", async () => {
  const { address } = await serve(() => {});
  const began = performance.now();
  const url = `wss://127.0.0.1:${address.port}/`;
  await expect(connect(url)).rejects.toMatchObject({
    code: "TLS_FAILED",
    message: expect.stringContaining("does not seem to speak TLS on this port"),
  });
  expect(performance.now() - began).toBeLessThan(4000);
});
