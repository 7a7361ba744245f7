import { expect, it } from "vitest";
import { upgradeHead } from "../raw-peer.ts";
import { serve } from "../served.ts";

// A handler that threw at once had its socket paused after the answer: the peer's end was not
// seen behind what it still sent, and the socket stayed until the patience of two seconds was over.
it("a request whose handler throws at once frees its socket with the peer's end", async () => {
  const { connect, server } = await serve(() => {
    throw new Error("oops");
  });
  const peer = await connect();
  peer.write(upgradeHead());
  expect((await peer.readResponse()).status).toBe(500);
  await peer.untilEnded();
  peer.write("more");
  peer.socket.end();
  // Resolves when all sockets are gone: by themselves, long before the 2 seconds are over.
  const started = performance.now();
  await server.shutdown({ timeout: 10_000 });
  expect(performance.now() - started).toBeLessThan(1500);
});
