import { expect, it } from "vitest";
import { deferred, openPair } from "../served.ts";

// When its turn came the broadcast found the queue busy, with itself, and queued up again: a loop
// of microtasks that never let anything else run.
it("a broadcast that waits for a message in fragments is sent once", async () => {
  const { server, ws, peer } = await openPair();
  const go = deferred();
  const sent = ws.sendFragments(
    (async function* () {
      yield "a";
      await go.promise;
    })(),
  );
  server.broadcast("b");
  server.broadcast("c");
  await peer.readFrame();
  go.resolve();
  await sent;
  expect((await peer.readFrame()).fin).toBe(true);
  expect(await peer.readText()).toBe("b");
  expect(await peer.readText()).toBe("c");
});
