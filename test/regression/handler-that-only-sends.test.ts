import { expect, it } from "vitest";
import { closeFrame, OP, rawFrame, textFrame } from "../raw-peer.ts";
import { openPair } from "../served.ts";

// A handler function that only sent had a connection that nobody read: pings went unanswered, the
// peer's Close was never seen and a dead peer never noticed.
it("answers pings and the peer's Close although nobody receives", async () => {
  const { ws, peer } = await openPair();
  await ws.send("news");
  expect(await peer.readText()).toBe("news");
  peer.write(rawFrame(OP.ping, "are you there?"));
  const pong = await peer.readFrame();
  expect([pong.opcode, pong.payload.toString()]).toEqual([OP.pong, "are you there?"]);
  peer.write(Buffer.concat([textFrame("unread"), closeFrame(1000)]));
  expect((await peer.readFrame()).opcode).toBe(OP.close);
  peer.socket.end();
  expect(await ws.closed).toMatchObject({ code: 1000, initiator: "peer", clean: true });
  // What had come before is not lost.
  expect(await ws.receive()).toBe("unread");
});
