import { expect, it } from "vitest";
import { closeFrame, textFrame, upgradeHead } from "../raw-peer.ts";
import { serve } from "../served.ts";

// The iteration counted as begun only with its first step, which came after the bytes behind the
// head were parsed: the Close was answered first, and no echo could be sent.
it("messages and a Close in one chunk with the head are all echoed", async () => {
  const { connect } = await serve(async (request) => {
    const ws = request.upgrade();
    for await (const message of ws) await ws.send(message);
  });
  const peer = await connect();
  peer.write(upgradeHead(), textFrame("1"), textFrame("2"), closeFrame(1000));
  await peer.readUpgraded();
  expect(await peer.readText()).toBe("1");
  expect(await peer.readText()).toBe("2");
  expect((await peer.readClose()).code).toBe(1000);
});
