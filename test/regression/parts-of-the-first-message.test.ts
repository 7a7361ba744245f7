import { expect, it } from "vitest";
import { OP, rawFrame, upgradeHead } from "../raw-peer.ts";
import { deferred, serve } from "../served.ts";

// What came with the head was parsed before the connection knew that its messages are wanted in
// parts: a large first message was gathered as a whole.
it("a large message that begins in the head's chunk comes in parts", async () => {
  const parts = deferred<number>();
  const { connect } = await serve(
    async (request) => {
      for await (const message of request.upgrade().messages) {
        let count = 0;
        for await (const _ of message) count++;
        parts.resolve(count);
      }
    },
    { maxMessageSize: 10_000_000 },
  );
  const peer = await connect();
  peer.write(upgradeHead(), rawFrame(OP.binary, Buffer.alloc(2_000_000)));
  await peer.readUpgraded();
  expect(await parts.promise).toBeGreaterThan(1);
});
