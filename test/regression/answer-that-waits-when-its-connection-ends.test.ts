import { createConnection } from "node:net";
import { expect, it } from "vitest";
import { deferred, serve } from "../served.ts";

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

// `node:http` tells the end of a connection only to the answer that is being written. A file that was to be sent behind
// it was held open for ever.
it("closes an answer that waits for another one when their connection ends", async () => {
  const closed = deferred<boolean>();
  const { address } = await serve(undefined, {
    listener(request, response) {
      // The first is never answered.
      if (request.url === "/first") return;
      response.once("close", () => closed.resolve(response.destroyed));
      response.write("behind the first");
      client.destroy();
    },
  });
  const client = createConnection(address.port, "127.0.0.1");
  client.write(get("/first") + get("/second"));
  expect(await closed.promise).toBe(true);
});
