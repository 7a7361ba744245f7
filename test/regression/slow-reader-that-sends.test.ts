import { expect, it } from "vitest";
import { OP, rawFrame } from "../raw-peer.ts";
import { openPair } from "../served.ts";

// A peer that reads nothing kept what waits for it for ever, as long as it sent a byte now and then.
it("a peer that takes nothing for sendTimeout is given up, whatever it sends", async () => {
  const { ws, peer } = await openPair({ sendTimeout: 100 }, { message() {} });
  peer.socket.pause();
  while (ws.send(Buffer.alloc(500_000)) === undefined) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const pings = setInterval(() => peer.write(rawFrame(OP.pong)), 10);
  const info = await ws.closed;
  clearInterval(pings);
  expect(info).toMatchObject({ code: 1006 });
  expect(info.error).toMatchObject({ code: "SEND_TIMEOUT" });
});

it("a peer that takes a little now and then is not", async () => {
  const { ws, peer } = await openPair({ sendTimeout: 1000 }, { message() {} });
  peer.socket.pause();
  let bytes = 0;
  for (let held = false; !held; bytes += 500_000) {
    held = ws.send(Buffer.alloc(500_000)) !== undefined;
    await new Promise((resolve) => setImmediate(resolve));
  }
  let taken = 0;
  while (taken < bytes) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    peer.socket.resume();
    const piece = Math.min(100_000, bytes - taken);
    taken += (await peer.readBytes(piece)).length;
    peer.socket.pause();
  }
  expect(ws.state).toBe("open");
});
