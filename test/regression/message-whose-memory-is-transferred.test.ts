import { expect, it, onTestFinished } from "vitest";
import { connect } from "../../src/index.ts";
import { serve } from "../served.ts";

it("takes no memory from messages of other connections", async () => {
  const { address } = await serve({
    message(ws, data) {
      try {
        structuredClone(data, { transfer: [(data as Buffer).buffer as ArrayBuffer] });
      } catch {
        // From Node 22 on this is an error, as it is for the memory of Buffer.from.
      }
      ws.send(data);
    },
  });
  const clients = await Promise.all([1, 2, 3].map(() => connect(`${address.url}/`)));
  onTestFinished(() => {
    for (const client of clients) client.terminate();
  });
  for (const size of [10, 200, 3000]) {
    for (const client of clients) {
      client.send(Buffer.alloc(size, size));
      client.send(Buffer.alloc(size, 1));
      expect(await client.receive()).toEqual(Buffer.alloc(size, size));
      expect(await client.receive()).toEqual(Buffer.alloc(size, 1));
    }
  }
});
