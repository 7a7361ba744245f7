import { expect, test } from "vitest";
import { compressedPair } from "../compression/compressed-peer.ts";

const LONG = "abcdefghij".repeat(20_000);

// It was judged again when its turn came, and a Ping that waited by then was enough to close with 1013.
test.each([
  ["text", LONG],
  ["a Blob", new Blob([LONG])],
])("%s larger than maxSendBuffer is sent if nothing waited when it was taken", async (_, data) => {
  const { ws, peer } = await compressedPair({
    compression: { offThreadFrom: 1000 },
    maxSendBuffer: 50_000,
  });
  const sent = ws.send(data);
  void ws.ping();
  expect((await peer.receive())?.first).toBe(0x89);
  expect((await peer.receive())?.first).toBe(typeof data === "string" ? 0xc1 : 0xc2);
  await sent;
  expect(ws.state).toBe("open");
});
