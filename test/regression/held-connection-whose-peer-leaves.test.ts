import { expect, it } from "vitest";
import { textFrame } from "../raw-peer.ts";
import { openPair, until } from "../served.ts";
import { streamOf } from "../stream-of.ts";

// Seventeen messages for a handler function that reads none, and a FIN: the socket stayed in CLOSE_WAIT for ever.
it("a peer that has ended TCP is noticed although nobody reads what it had sent", async () => {
  const { ws, peer } = await openPair({ closeTimeout: 50, maxQueuedBytes: 200 });
  for (let i = 0; i < 17; i++) peer.write(textFrame(`${i}`.padEnd(50)));
  peer.socket.end();
  const info = await ws.closed;
  expect(info).toMatchObject({ code: 1006, clean: false });
  expect(info.error).toMatchObject({ code: "CLOSE_TIMEOUT" });
  // Nothing of it is lost.
  for (let i = 0; i < 17; i++) expect((await ws.receive()).toString().trim()).toBe(`${i}`);
  await expect(ws.receive()).rejects.toMatchObject({ closeCode: 1006 });
});

it("a peer whose process has gone is noticed by a Ping although it is not read", async () => {
  const { ws, peer } = await openPair({ heartbeatInterval: 20, maxQueuedBytes: 200 });
  await until(() => {
    peer.write(textFrame("more".padEnd(1000)));
    return streamOf(ws).isPaused();
  });
  // The system of the peer answers what still comes with a reset.
  peer.destroy();
  expect(await ws.closed).toMatchObject({ code: 1006, clean: false });
});
