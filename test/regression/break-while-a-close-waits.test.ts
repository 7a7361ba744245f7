import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { closeFrame, OP, textFrame } from "../raw-peer.ts";
import { serve } from "../served.ts";

// A Close of the peer waits for an iteration that is at work. One that ended meanwhile never came back
// for more, and the answer was sent after half of `closeTimeout` only.
test.each(["whole", "parts"])(
  "an iteration that ends (%s) sends the Close that waited for it",
  async (how) => {
    const { open } = await serve(
      async (request) => {
        const ws = request.upgrade();
        for await (const _ of how === "whole" ? ws : ws.messages) {
          await sleep(50);
          break;
        }
        ws.send("last");
        await ws.closed;
      },
      { closeTimeout: 60_000 },
    );
    const peer = await open();
    peer.write(textFrame("first"), closeFrame(1000));
    expect((await peer.readFrame()).payload.toString()).toBe("last");
    expect(await peer.readFrame()).toMatchObject({ opcode: OP.close });
  },
);
