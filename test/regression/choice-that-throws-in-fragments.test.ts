import { expect, test } from "vitest";
import { compressedPair } from "../compression/compressed-peer.ts";

// Nothing of the message had been sent, but the connection was closed with 1011 as if it had.
test("a shouldCompress that throws ends a message in fragments, not the connection", async () => {
  const { ws, peer } = await compressedPair({
    compression: {
      threshold: 4,
      shouldCompress() {
        throw new Error("no choice");
      },
    },
  });
  await expect(ws.sendFragments(["one", "two"])).rejects.toThrow("no choice");
  ws.send("on");
  expect((await peer.receive())?.payload.toString()).toBe("on");
});
