import { expect, test } from "vitest";
import { type Connection, connect } from "../../src/index.ts";
import { deferred, serve } from "../served.ts";

// While the Close waited for a message that was being compressed, those of the peer still reached the
// handler. It could not answer them any more, which was taken for its mistake: 1011, and the message lost.
test("close() behind a long compressed message waits for it, whatever the peer sends", async () => {
  const opened = deferred<Connection>();
  const { address, errors } = await serve(
    { open: (ws) => opened.resolve(ws), message: (ws, data) => ws.send(data) },
    { compression: true },
  );
  const text = "abcdefghij".repeat(200_000);
  const ws = await connect(address.url, { compression: true, maxMessageSize: 4_000_000 });
  const server = await opened.promise;
  const sent = server.send(text);
  ws.send("hello");
  const closed = server.close(4000, "done");
  expect(await ws.receive()).toBe(text);
  await expect(ws.receive()).rejects.toMatchObject({ closeCode: 4000 });
  await sent;
  expect(await closed).toMatchObject({ clean: true, discarded: 1 });
  expect(errors).toEqual([]);
});
