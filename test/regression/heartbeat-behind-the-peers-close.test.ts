import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { closeFrame, OP, textFrame } from "../raw-peer.ts";
import { serve } from "../served.ts";

// A peer that has sent its Close need not answer pings any more. While the answer to that waited for
// an iteration that was at work, it was pinged, and given up when it kept silent.
test("a peer is not given up while the answer to its Close waits for a consumer", async () => {
  const { open } = await serve(
    async (request) => {
      const ws = request.upgrade();
      for await (const text of ws) {
        await sleep(400);
        ws.send(text);
      }
    },
    { heartbeatInterval: 50, heartbeatTimeout: 50, closeTimeout: 20_000 },
  );
  const peer = await open();
  peer.write(textFrame("late"), closeFrame(1000));
  const echo = await peer.readFrame();
  expect(echo).toMatchObject({ opcode: OP.text });
  expect(echo.payload.toString()).toBe("late");
  expect(await peer.readFrame()).toMatchObject({ opcode: OP.close });
});
