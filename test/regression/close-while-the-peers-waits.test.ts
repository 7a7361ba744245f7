import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { connect } from "../../src/index.ts";
import { serve } from "../served.ts";

// The answer to the server's Close waits for an iteration that is at work. Where that called close()
// itself, the answer had gone, but a client still waited for its turn before it ended TCP: the connection
// was destroyed after closeTimeout.
test("close() within an iteration answers a Close that waits for it", async () => {
  const { address } = await serve(async (request) => {
    const ws = request.upgrade();
    await ws.send("last");
    await ws.close(1000);
  });
  const ws = await connect(address.url, { closeTimeout: 60_000 });
  for await (const _ of ws) {
    await sleep(50);
    expect(await ws.close(1000)).toMatchObject({ clean: true, initiator: "peer" });
  }
});
