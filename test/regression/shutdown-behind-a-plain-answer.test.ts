import { expect, test } from "vitest";
import { deferred, serve } from "../served.ts";

// A connection of plain HTTP that was waited for was kept alive behind its answer, for five seconds or
// until all the time of the shutdown was over.
test("a shutdown ends with the plain answers that are under way", async () => {
  const asked = deferred();
  const answer = deferred();
  const { server, connect } = await serve(undefined, {
    listener: async (_, response) => {
      asked.resolve();
      await answer.promise;
      response.end("done");
    },
  });
  const peer = await connect();
  peer.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await asked.promise;
  const shutdown = server.shutdown({ timeout: Number.POSITIVE_INFINITY });
  const before = performance.now();
  answer.resolve();
  expect((await peer.readWholeResponse()).body).toBe("done");
  await shutdown;
  expect(performance.now() - before).toBeLessThan(4000);
});
